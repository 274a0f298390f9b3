"""The samples of ServiceNow, a record to change, and the questions that its tests ask."""

from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from retold import Cut, Store
from retold.adapters.importers.accounts import Imported
from retold.adapters.importers.formats import Options
from retold.adapters.importers.importing import How, import_files
from retold.domain.events import NoteAdded, RoleAssigned
from retold.projections.views import IncidentRow

from .told import at, events_of

SAMPLES = Path(__file__).parents[1] / "samples" / "servicenow"
UTC = ZoneInfo("UTC")
BERLIN = ZoneInfo("Europe/Berlin")

SEARCH = "aaa000000000000000000000000005e1"
LOGIN = "aaa000000000000000000000000005e2"
DUPLICATE = "aaa000000000000000000000000005e4"
MISTAKE = "aaa000000000000000000000000005e5"
PRINTER = "aaa000000000000000000000000005e6"
FLAPPING = "aaa000000000000000000000000005e7"
DELETED = "aaa00000000000000000000000000777"

REF = "INC0095000"

events = partial(events_of, "servicenow")


def imported(store: Store, *files: object, zone: ZoneInfo | None = UTC) -> Imported:
    paths = [str(SAMPLES / file) if isinstance(file, str) else str(file) for file in files]
    return import_files(store, "servicenow", paths, How(Options(zone)))


def status(store: Store, ref: str, known_at: str | None = None) -> IncidentRow:
    cut = Cut(known_at=at(known_at)) if known_at else Cut()
    return store.status(store.find(f"servicenow:{ref}"), cut)


def kinds(store: Store, ref: str) -> list[str]:
    """The incident's lifecycle, without notes, roles and severities."""
    found = [event.kind for event in events(store, ref)]
    return [kind.removeprefix("incident-") for kind in found if kind.startswith("incident-")]


def notes(store: Store, ref: str) -> list[NoteAdded]:
    return events(store, ref, NoteAdded)


def holders(store: Store, ref: str, role: str) -> list[str]:
    found = events(store, ref, RoleAssigned)
    return [event.holder for event in found if event.role == role]


def record(**fields: Any) -> dict[str, Any]:
    """Return a record of the table, resolved at nine."""
    return {
        "number": "INC0095000",
        "state": "6",
        "opened_at": "2026-03-01 08:00:00",
        "sys_created_on": "2026-03-01 08:00:00",
        "sys_updated_on": "2026-03-01 09:00:00",
        "sys_mod_count": "3",
        "resolved_at": "2026-03-01 09:00:00",
        **fields,
    }
