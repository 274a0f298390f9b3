"""What a timeline's picture says in words: its head, and its description for screen readers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import assert_never

from ..domain.history import Cut
from ..projections.story import Story
from .picture_bands import Band
from .picture_labels import span_of
from .picture_lanes import known_of
from .picture_marks import Lane, Mark
from .picture_scale import Scale
from .picture_ticks import is_to_the_second
from .text_width import unpiled
from .timeline_header import cut_words, severity_turns
from .wording import duration, ended, moment, offset, titled, visible

LONGEST = 300
"""So much of a text is told at most, even to those who are read the picture."""

MOST_BANDS = 24


def facts(story: Story, cut: Cut) -> Iterator[str]:
    """Yield the sentences under the title."""
    incident = story.incident
    said = [incident.state, f"severity {severity_turns(story) or 'not recorded'}"]
    said += [f"services {', '.join(incident.services)}"] if incident.services else []
    said += [f"{incident.source}:{incident.source_ref}"] if incident.source else []
    yield told(" · ".join(said))
    first, last = span_of(story, cut)
    count = len(story.entries)
    entries = "1 entry" if count == 1 else f"{count} entries"
    yield f"{entries} from {moment(first)} to {moment(last)} UTC. {_t_zero(story)}"
    if said_of_cut := cut_words(cut):
        yield said_of_cut


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
    listed = [f"{_sequence(band)}{band.said}" for band in bands[:MOST_BANDS]]
    more = [f"{len(bands) - MOST_BANDS} more"] if len(bands) > MOST_BANDS else []
    if listed:
        yield f"Phases: {', '.join(listed + more)}."
    to_the_second = is_to_the_second(story, scale)
    at = [
        f"{one.label} {_when(one.at, one.offset_us, to_the_second=to_the_second)}"
        for one in story.moments
        if one.at is not None
    ]
    if at:
        yield f"Key moments: {', '.join(at)}."
    counts = (f"{lane} {sum(len(one.entries) for one in inside)}" for lane, inside in marks.items())
    yield f"Entries by lane: {'; '.join(counts)}."
    known = list(
        known_of([one for inside in marks.values() for mark in inside for one in mark.entries])
    )
    if known:
        yield f"Of them {', '.join(known)}."
    broken = [duration(one.end_us - one.start_us) for one in scale.parts if one.is_break]
    if broken:
        yield f"Not drawn to scale, as nothing was entered: {', '.join(broken)}."


def told(recorded: str | None) -> str:
    """Return recorded text on one line, cut where it is extremely long."""
    plain = unpiled(visible(titled(recorded)[: 4 * LONGEST]))
    return ended(plain, LONGEST)


def _t_zero(story: Story) -> str:
    match story.t_zero_is:
        case "impact":
            return "T0 is the first impact."
        case "detection":
            return "T0 is the detection; no impact start is recorded."
        case None:
            return "There is no T0: neither impact nor detection is recorded."
        case other:
            assert_never(other)


def _when(at: datetime, offset_us: int | None, *, to_the_second: bool) -> str:
    since = "" if offset_us is None else f" {offset(offset_us, to_the_second=to_the_second)}"
    return f"{moment(at)}{since}"


def _sequence(band: Band) -> str:
    return f"after reopening {band.sequence - 1} " if band.sequence > 1 else ""
