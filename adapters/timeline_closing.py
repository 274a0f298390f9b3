"""What a document says after its timeline: what is open, what is to be done, where it is from."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain.events import FollowUpAdded, FollowUpCompleted, SurpriseNoted
from ..domain.history import Cut
from ..projections.questions import Question, open_questions
from ..projections.story import Story
from .provenance import Provenance
from .timeline_header import NO_CUT, cut_words
from .timeline_parts import Items, Phrase, Row, Section, Table, event_ids, fixed, said


def questions(story: Story) -> Section | None:
    """Return what the record leaves open; nothing if it leaves nothing."""
    asked = tuple(_question(one) for one in open_questions(story))
    return Section("questions", fixed("Open questions"), (Items(asked),)) if asked else None


def _question(one: Question) -> Phrase:
    if not one.event_ids:
        return said(one.text)
    noun = "event" if len(one.event_ids) == 1 else "events"
    return (*said(one.text), *fixed(f" ({noun} "), *event_ids(*one.event_ids), *fixed(")"))


def surprises(story: Story) -> Section | None:
    """Return what was expected and what was seen instead; nothing if nobody said."""
    rows = [
        Row((said(one.event.expected), said(one.event.observed), event_ids(one.recorded.event_id)))
        for one in story.history.entries
        if isinstance(one.event, SurpriseNoted) and one.retraction is None
    ]
    heads = (fixed("expected"), fixed("seen instead"), fixed("event"))
    return Section("surprises", fixed("Surprises"), (Table(heads, tuple(rows)),)) if rows else None


def follow_ups(story: Story) -> Section | None:
    """Return what is to be done, by whom, and whether it is; nothing if nothing is recorded."""
    rows = tuple(_follow_ups(story))
    heads = tuple(map(fixed, ("follow-up", "what", "owner", "state", "events")))
    return Section("follow-ups", fixed("Follow-ups"), (Table(heads, rows),)) if rows else None


def _follow_ups(story: Story) -> Iterator[Row]:
    """Yield a row for each follow-up, and for each that was done without having been added."""
    told = [one for one in story.history.entries if one.retraction is None]
    done = {
        one.event.follow_up: one.recorded.event_id
        for one in told
        if isinstance(one.event, FollowUpCompleted)
    }
    added = set()
    for one in told:
        event = one.event
        if isinstance(event, FollowUpAdded):
            added.add(event.follow_up)
            end = done.get(event.follow_up)
            ids = event_ids(one.recorded.event_id, end)
            what = said(event.follow_up), said(event.text), said(event.owner)
            yield Row((*what, fixed("done" if end else "open"), ids))
    for name, end in done.items():
        if name not in added:
            yield Row((said(name), fixed("not recorded"), (), fixed("done"), event_ids(end)))


def provenance_of(story: Story, cut: Cut, provenance: Provenance | None) -> Section:
    """Return where all this comes from, so that it can be told again and checked."""
    lines = tuple(_provenance(story, cut, provenance))
    return Section("provenance", fixed("Provenance"), (Items(lines),))


def _provenance(story: Story, cut: Cut, provenance: Provenance | None) -> Iterator[Phrase]:
    if provenance is not None:
        log = f"its log read up to position {provenance.log_position}"
        yield fixed(f"Store: {provenance.store}, {log}.")
    yield fixed(f"Last event told: position {story.position}, version {story.incident.version}.")
    yield fixed(cut_words(cut) or NO_CUT)
    if provenance is None:
        return
    yield fixed(f"People: {PEOPLE[provenance.actors]}.")
    by = f"Told by Retold {provenance.retold_version} as "
    yield (*fixed(by), *fixed("retold.timeline/1", "code"), *fixed("."))
    if provenance.checkpoint is not None:
        origin, size, root = provenance.checkpoint
        yield (
            *fixed("Checkpoint: "), *fixed(root, "code"),
            *fixed(f" is the root over the first {size} events of "), *said(origin),
            *fixed("; not verified here."),
        )  # fmt: skip


PEOPLE = {
    "names": "by the names recorded",
    "roles": "by role, where a field names one; free text is as it was recorded",
    "hidden": "hidden, where a field names one; free text is as it was recorded",
}
