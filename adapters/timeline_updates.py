"""What of an incident's story its customers were told, and in which words."""

from __future__ import annotations

from datetime import tzinfo

from ..domain import events as ev
from ..domain.history import Effective
from ..domain.records import Recorded
from ..projections.story import Story
from .timeline_parts import Row, Section, Table, fixed, said, time_heads, times

PUBLIC_PAGES = frozenset({"statuspage", "google-cloud"})
"""Sources whose messages all stood on a public page, whatever kind of event they became."""

AMONG_RESPONDERS = frozenset({"incident-io", "pagerduty", "splunk-oncall"})
"""Sources whose communication goes to those who respond: pages, replies, conference bridges."""


def updates(story: Story, zone: tzinfo | None) -> Section | None:
    """Return what customers were told, in its words alone; nothing if nothing was."""
    # One message may have become several events, as one that declares and resolves.
    told = dict.fromkeys(
        (one.event.occurred_at, words)
        for one in story.history.entries
        if (words := told_to_customers(one))
    )
    rows = [Row((*times(at, zone), said(words))) for at, words in told]
    table = Table((*time_heads(zone), fixed("update")), tuple(rows))
    return Section("updates", fixed("Updates"), (table,)) if rows else None


def told_to_customers(entry: Effective) -> str | None:
    """Return the words of an event that customers were told; None where it told them nothing.

    Of a public status page that is every message on it, also one that declares or resolves. Of
    everything else it is the notes of the type `communication`, but those among responders.
    """
    system = _system(entry.recorded)
    if entry.retraction is not None or system in AMONG_RESPONDERS:
        return None
    event = entry.event
    if isinstance(event, ev.NoteAdded):
        is_told = event.note == "communication" and not _is_filler(event)
        return event.text if is_told else None
    return _message(event) if system in PUBLIC_PAGES else None


def _system(recorded: Recorded) -> str | None:
    return recorded.source.system if recorded.source else None


def _is_filler(note: ev.NoteAdded) -> bool:
    """Tell whether an import wrote it where a message had no text or another event has it."""
    return note.text == f"[{note.status}]" or (
        note.text.startswith("[") and note.text.endswith(", no text]")
    )


def _message(event: ev.StoryEvent) -> str | None:
    match event:
        case ev.Declared() | ev.Reopened():
            return event.why
        case ev.Mitigated():
            return event.how
        case ev.Resolved():
            return event.summary
        case _:
            return None
