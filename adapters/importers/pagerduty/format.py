"""PagerDuty: incidents, log entries, webhooks of version 3 and analytics, all as facts.

The mapping is written out in docs/importing-pagerduty.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from itertools import groupby
from typing import Any

from ....domain.errors import InvalidInput
from ....domain.values import refusing_invalid
from ....projections.calendars import zone_named
from ..formats import Format, Options, Told
from ..reading.records import Record
from ..tellings import INFERRED, Facts, Skipped, Wanted
from .analytics import Analysed, analytics_note
from .event_form import Event, EventData
from .facts import SYSTEM, together
from .form import IncidentObject, LogEntry
from .incidents import incident_facts
from .inferred import infer
from .log import entry_facts
from .shapes import Form, form_of, unwrapped
from .webhook_parts import OF_PART, ROLES, role_facts
from .webhooks import OF_INCIDENT, of_incident

SERVICE = Skipped("a service, not an incident")
PING = Skipped("a webhook that only tests the connection")
OTHER_EVENT = Skipped("an event of a type that is not known")
SKIPPED: dict[Form | None, Skipped] = {
    "reference": Skipped("a reference to an incident, which says nothing of it"),
    "service": SERVICE,
    "subscription": Skipped("a webhook subscription, not an incident"),
}
REFUSED: dict[Form | None, str] = {
    "notes": "does not say of which incident",
    "data": "has no time: the webhook around it, `event`, has it",
}


def recognises(record: Record) -> bool:
    """Tell whether a record looks like one of PagerDuty's objects."""
    return form_of(record.raw) is not None


def read(record: Record, options: Options) -> Told:
    """Return the facts that a record tells."""
    form = form_of(record.raw)
    if form in SKIPPED:
        return SKIPPED[form]
    if form is None or form not in READERS:
        raise InvalidInput(REFUSED.get(form, "is no object of PagerDuty that is read"))
    where, raw = unwrapped(record.raw, form)
    with refusing_invalid(where):
        return READERS[form](raw, _zone(record, options))


def _incident(raw: Any, zone: tzinfo | None) -> Told:
    incident = IncidentObject.model_validate(raw, context={"zone": zone})
    return _facts(incident.id, tuple(incident_facts(incident)), incident.updated_at)


def _log_entry(raw: Any, zone: tzinfo | None) -> Told:
    entry = LogEntry.model_validate(raw, context={"zone": zone})
    if entry.incident is None:
        raise InvalidInput("does not say of which incident", "incident")
    return _facts(entry.incident.id, tuple(entry_facts(entry, entry.incident)))


def _analysed(raw: Any, zone: tzinfo | None) -> Told:
    incident = Analysed.model_validate(raw, context={"zone": zone})
    return _facts(incident.id, (analytics_note(incident),), incident.updated_at)


def _webhook(raw: Any, zone: tzinfo | None) -> Told:
    event = Event.model_validate(raw, context={"zone": zone})
    kind, data, at = event.event_type, event.data, event.occurred_at
    if kind.startswith("service."):
        return SERVICE
    if kind == "pagey.ping":
        return PING
    if kind in OF_INCIDENT:
        with refusing_invalid("event.data"):
            incident = IncidentObject.model_validate(data, context={"zone": zone})
            return _facts(incident.id, tuple(of_incident(event, incident)), at)
    if kind not in OF_PART and kind != ROLES:
        return OTHER_EVENT
    with refusing_invalid("event.data"):
        part = EventData.model_validate(data)
        return _roles(event, part) if kind == ROLES else _part(event, part)


def _part(event: Event, part: EventData) -> Told:
    if part.incident is None:
        raise InvalidInput("does not say of which incident", "event.data.incident")
    wanted = tuple(OF_PART[event.event_type](event, part))
    return _facts(part.incident.id, wanted, event.occurred_at)


def _roles(event: Event, part: EventData) -> Told:
    assignments = sorted(part.incident_role_assignments or (), key=lambda one: one.incident.id)
    return [
        telling
        for ref, some in groupby(assignments, key=lambda one: one.incident.id)
        for telling in _facts(
            ref, tuple(fact for one in some for fact in role_facts(event, one)), event.occurred_at
        )
    ]


def _facts(
    ref: str, wanted: Sequence[Wanted], revised_at: datetime | None = None
) -> Sequence[Facts]:
    for one in wanted:
        if one.slot.startswith(INFERRED):
            raise InvalidInput(f"begins with {INFERRED!r}, as only what is inferred may", "id")
    return [Facts(SYSTEM, ref, together(wanted), revised_at)]


def _zone(record: Record, options: Options) -> tzinfo | None:
    """Return the zone that the answer is in, as analytics say, else the caller's."""
    for around in (record.context, record.raw):
        name = around.get("time_zone")
        if isinstance(name, str):
            return zone_named(name)
    return options.zone


READERS: dict[Form, Callable[[Any, tzinfo | None], Told]] = {
    "incident": _incident,
    "log entry": _log_entry,
    "analytics": _analysed,
    "webhook": _webhook,
}

FORMAT = Format(
    SYSTEM,
    "incidents, log entries, webhooks (version 3) and analytics, as JSON",
    recognises,
    read,
    lists=("incidents", "log_entries", "data"),
    infer=infer,
)
