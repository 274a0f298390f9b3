"""What a timeline's picture says in words: its head, and its description for screen readers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..domain.history import Cut
from ..domain.values import iso
from ..projections.key_moments import KeyMoment
from ..projections.story import Story
from .picture_bands import Band
from .picture_labels import span_of
from .picture_marks import Lane, Mark
from .picture_scale import Scale
from .text_width import unpiled
from .wording import duration, moment, offset, visible

LONGEST = 300
"""So much of a text is told at most, even to those who are read the picture."""

MOST_BANDS = 24


def heading(story: Story, cut: Cut) -> Iterator[str]:
    """Yield the sentences under the title."""
    incident = story.incident
    facts = [incident.state, f"severity {incident.severity or 'not recorded'}"]
    facts += [f"services {', '.join(incident.services)}"] if incident.services else []
    facts += [f"{incident.source}:{incident.source_ref}"] if incident.source else []
    yield told(" · ".join(facts))
    first, last = span_of(story, cut)
    count = len(story.entries)
    entries = "1 entry" if count == 1 else f"{count} entries"
    yield f"{entries} from {moment(first)} to {moment(last)} UTC. {_t_zero(story)}"
    cuts = [f"{name.replace('_', ' ')} {iso(at)}" for name, at in cut if at is not None]
    if cuts:
        yield f"Cut: {'; '.join(cuts)}."


def described(
    heads: Sequence[str],
    story: Story,
    scale: Scale,
    bands: Sequence[Band],
    marks: Mapping[Lane, Sequence[Mark]],
) -> Iterator[str]:
    """Yield the picture in sentences."""
    yield f"{heads[0]}."
    yield from heads[1:]
    listed = [f"{_sequence(band)}{band.phase} {band.took}" for band in bands[:MOST_BANDS]]
    more = [f"{len(bands) - MOST_BANDS} more"] if len(bands) > MOST_BANDS else []
    if listed:
        yield f"Phases: {', '.join(listed + more)}."
    at = [f"{one.label} {_when(one)}" for one in story.moments if one.at is not None]
    if at:
        yield f"Key moments: {', '.join(at)}."
    counts = (f"{lane} {sum(len(one.entries) for one in inside)}" for lane, inside in marks.items())
    yield f"Entries by lane: {'; '.join(counts)}."
    broken = [duration(one.end_us - one.start_us) for one in scale.parts if one.is_break]
    if broken:
        yield f"Not drawn to scale, as nothing was entered: {', '.join(broken)}."


def told(recorded: str | None) -> str:
    """Return recorded text on one line, cut where it is extremely long."""
    plain = unpiled(visible((recorded or "")[: 4 * LONGEST])) or "Incident without a title"
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST]}…"


def _t_zero(story: Story) -> str:
    match story.t_zero_is:
        case "impact":
            return "T0 is the first impact."
        case "detection":
            return "T0 is the detection; no impact start is recorded."
        case None:
            return "There is no T0: neither impact nor detection is recorded."


def _when(one: KeyMoment) -> str:
    since = "" if one.offset_us is None else f" {offset(one.offset_us)}"
    return f"{moment(one.at)}{since}" if one.at else ""


def _sequence(band: Band) -> str:
    return f"after reopening {band.sequence - 1} " if band.sequence > 1 else ""
