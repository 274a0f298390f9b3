"""Stories told and written as CDEvents: what the tests of that export share."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from retold import Cut, Entry, Store
from retold.adapters.cdevents import Around, cdevents
from retold.domain import events as ev
from retold.domain.events import EVENT_CLASSES
from retold.domain.history import PRESENT

GOLDEN = Path(__file__).parents[1] / "golden" / "events"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TICKET = "https://tickets.example/OPS-7"
EU = Around("https://retold.example/eu", "eu-1")


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def told(store: Store, incident_id: UUID, *events: ev.AnyEvent, **entry: Any) -> list[UUID]:
    entries = [Entry(event_id=uuid4(), event=event, **entry) for event in events]
    store.append(incident_id, entries)
    return [one.event_id for one in entries]


def exported(store: Store, around: Around = EU, cut: Cut = PRESENT) -> list[dict[str, Any]]:
    return list(cdevents(store.histories(cut), around))


def every_kind() -> list[ev.AnyEvent]:
    """One event of every kind, with every field."""
    frozen = [json.loads((GOLDEN / f"{kind}.json").read_text()) for kind in sorted(EVENT_CLASSES)]
    return [Entry.model_validate_json(json.dumps(one)).event for one in frozen]


def story_kinds() -> list[ev.StoryEvent]:
    about_records = ev.EventCorrected | ev.EventRetracted | ev.PersonalDataErased
    return [one for one in every_kind() if not isinstance(one, about_records)]
