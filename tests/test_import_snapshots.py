"""What is new in a snapshot, and since when it was known."""

from datetime import UTC, datetime

from retold import Recorded
from retold.adapters.importers.news import news
from retold.adapters.importers.tellings import Snapshot, Wanted
from retold.domain.events import Detected, Resolved, SeverityAssessed, StoryEvent
from retold.domain.records import provisional


def day(number: int) -> datetime:
    return datetime(2026, 2, number, 12, tzinfo=UTC)


DETECTED = Wanted("detected", Detected(occurred_at=day(1), title="Down"), day(1))


def after(*snapshots: Snapshot) -> list[Recorded]:
    """Return what is recorded once these were read, one after the other."""
    recorded: list[Recorded] = []
    for one in snapshots:
        entries = news(recorded, one)
        recorded += provisional(one.incident_id, entries, after=len(recorded), now=day(28))
    return recorded


def known_since(recorded: list[Recorded], kind: type[StoryEvent]) -> datetime:
    return next(one.known_since for one in recorded if isinstance(one.event, kind))


def seen(on: int, *wanted: Wanted) -> Snapshot:
    return Snapshot("x", "1", day(on), day(on), (DETECTED, *wanted))


def test_what_a_later_snapshot_adds_was_told_when_its_source_says() -> None:
    resolved = Wanted("resolved", Resolved(occurred_at=day(3)), day(3))
    recorded = after(seen(2), seen(9, resolved))
    assert known_since(recorded, Resolved) == known_since(after(seen(9, resolved)), Resolved)
    assert known_since(recorded, Resolved) == day(3)


def test_what_a_later_snapshot_says_anew_of_the_past_was_not_known_before() -> None:
    assessed = SeverityAssessed(occurred_at=day(1), assessor="x", severity="sev1")
    recorded = after(seen(2), seen(9, Wanted("severity", assessed, day(1))))
    assert known_since(recorded, SeverityAssessed) == day(9)
