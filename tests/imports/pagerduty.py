"""The samples of PagerDuty, and the questions that its tests ask."""

import json
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from retold import Store
from retold.adapters.importers.accounts import Imported
from retold.adapters.importers.formats import Options
from retold.adapters.importers.importing import How, import_files
from retold.domain import events as ev

from .told import events_of

SAMPLES = Path(__file__).parents[1] / "samples" / "pagerduty"
INCIDENTS, LOG_ENTRIES = SAMPLES / "incidents.json", SAMPLES / "log-entries.json"
WEBHOOKS, ANALYTICS = SAMPLES / "webhooks.jsonl", SAMPLES / "analytics.json"

PAYMENTS, DUPLICATE, FLAPPING, OPEN = "QPAYING1", "QDUPE001", "QFLAP001", "QOPEN001"
ONLY_LOGGED, ONLY_HOOKED, ONLY_ANALYSED = "QLOGS001", "QHOOK001", "QANAL001"

events = partial(events_of, "pagerduty")


def imported(store: Store, *files: object, tz: str | None = None) -> Imported:
    options = Options(ZoneInfo(tz) if tz else None)
    return import_files(store, "pagerduty", [str(file) for file in files], How(options))


def texts(store: Store, ref: str) -> list[str]:
    return [note.text for note in events(store, ref, ev.NoteAdded)]


def parts(store: Store, ref: str) -> set[str]:
    entries = store.history(store.find(f"pagerduty:{ref}")).entries
    found = [one.recorded.source.part for one in entries if not one.retraction]  # type: ignore[union-attr] # all are imported
    return {part for part in found if part}


def person(name: str) -> dict[str, str]:
    return {"id": f"P{name.upper()}", "type": "user_reference", "summary": name}


SERVICE = {"id": "SVC1", "type": "service_reference", "summary": "API"}
REF = "PINC1"
"""The incident that `incident`, `entry`, `hook` and `analysed` tell of."""


def incident(**fields: Any) -> dict[str, Any]:
    """Return an incident as the REST API shows it."""
    return {
        "id": REF,
        "type": "incident",
        "title": "Checkout down",
        "status": "triggered",
        "created_at": "2026-03-02T10:00:00Z",
        "service": SERVICE,
    } | fields


def entry(
    part: str, action: str, moment: str, agent: dict[str, str] | None = None, **fields: Any
) -> dict[str, Any]:
    """Return an entry of the incident's log."""
    return {
        "id": part,
        "type": f"{action}_log_entry",
        "summary": action,
        "created_at": f"2026-03-02T{moment}Z",
        "incident": {"id": REF, "type": "incident_reference", "summary": "[#7] Checkout down"},
        "service": SERVICE,
        "agent": agent,
    } | fields


def hook(
    kind: str, moment: str, agent: dict[str, str] | None = None, **fields: Any
) -> dict[str, Any]:
    """Return a webhook that tells of the incident."""
    event = {"event_type": f"incident.{kind}", "occurred_at": f"2026-03-02T{moment}Z"}
    return {"event": {**event, "agent": agent, "data": incident(**fields)}}


def analysed(**fields: Any) -> dict[str, Any]:
    """Return the incident as analytics tell it a day later."""
    return {
        "id": REF,
        "seconds_to_resolve": 3600,
        "description": "Checkout down",
        "created_at": "2026-03-02T10:00:00Z",
        "updated_at": "2026-03-03T15:00:00Z",
    } | fields


def documents(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def sample_incident(ref: str = PAYMENTS) -> dict[str, Any]:
    page = json.loads(INCIDENTS.read_text())
    return dict(next(one for one in page["incidents"] if one["id"] == ref))
