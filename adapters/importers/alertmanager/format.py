"""Prometheus Alertmanager's and Grafana's webhooks and alerts: an alert's firing is an incident.

The mapping is written out in docs/importing-alertmanager.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ....domain import events as ev
from ....domain.errors import InvalidInput
from ....domain.values import MAX_LINE, iso, refusing_invalid
from ..formats import Format, Options, Told
from ..reading.records import Record
from ..slotted import once
from ..tellings import Facts, Skipped
from ..titles import Noticed, detection, detections_by_name
from .form import Alert, alerts_of

SYSTEM = "alertmanager"
NO_ALERTS = Skipped("a webhook without alerts")
AROUND_ALERTS = frozenset({"receiver", "groupKey", "groupLabels", "commonLabels"})


def recognises(record: Record) -> bool:
    """Tell whether a record looks like a webhook's document, or like an alert."""
    raw = record.raw
    if not isinstance(raw, dict):
        return False
    if isinstance(raw.get("alerts"), list):
        return bool(AROUND_ALERTS & raw.keys())
    return isinstance(raw.get("labels"), dict) and bool({"startsAt", "annotations"} & raw.keys())


def read(record: Record, _options: Options) -> Told:
    """Return what a record tells: an incident for each of its alerts."""
    if not isinstance(record.raw, dict):
        raise InvalidInput("is no object, so no alert")
    listed = alerts_of(record.raw)
    told: dict[str, list[Facet]] = {}
    for number, raw in enumerate(listed):
        place = f"alerts.{number}" if "alerts" in record.raw else ""
        with refusing_invalid(place):
            alert = Alert.model_validate(raw)
            starts_at = _starts_at(alert, place)
            told.setdefault(_ref(alert, starts_at), []).extend(_told(alert, starts_at))
    return [Facts(SYSTEM, ref, once(facets)) for ref, facets in told.items()] or NO_ALERTS


def _starts_at(alert: Alert, place: str) -> datetime:
    if alert.starts_at is None:
        where = f"{place} startsAt".strip()
        raise InvalidInput("nothing says when the alert began to fire", where)
    return alert.starts_at


def _ref(alert: Alert, starts_at: datetime) -> str:
    # The API cuts to milliseconds what webhooks tell to the nanosecond.
    return f"{alert.fingerprint}@{iso(starts_at)[:-4]}Z"


Facet = tuple[str, ev.StoryEvent]
"""An event with its slot."""


def _told(alert: Alert, starts_at: datetime) -> Iterator[Facet]:
    name, service = alert.label("alertname"), alert.label("service", "job")
    title = alert.annotation("summary", "title")
    noticed = Noticed(starts_at, title, name, "[an alert without a name]", service, signal=name)
    yield from detection("detected", noticed)
    severity = alert.label("severity")
    if severity:
        basis = "the label `severity`"
        yield (
            "severity",
            ev.SeverityAssessed(
                occurred_at=starts_at, assessor=SYSTEM, severity=severity, basis=basis
            ),
        )
    yield from _details(alert, starts_at)
    if alert.status == "resolved":
        yield _resolution(alert, starts_at)


def _details(alert: Alert, starts_at: datetime) -> Iterator[Facet]:
    """Yield a note with the alert's description and links, if it has any."""
    found = (
        alert.annotation("runbook_url"),
        alert.generator_url,
        alert.dashboard_url,
        alert.panel_url,
    )
    links = [link for link in dict.fromkeys(found) if link]
    short = tuple(sorted(link for link in links if len(link) <= MAX_LINE))
    texts = [alert.annotation("description", "message")]
    texts += [link for link in links if len(link) > MAX_LINE]
    text = "\n".join(filter(None, texts))
    if text or short:
        note = ev.NoteAdded(occurred_at=starts_at, text=text or "[links]", links=short)
        yield "details", note


def _resolution(alert: Alert, starts_at: datetime) -> Facet:
    if alert.ends_at is None:
        text = "[resolved; the alert does not say when]"
        return "untimed", ev.NoteAdded(occurred_at=starts_at, text=text, status="resolved")
    return "resolved", ev.Resolved(occurred_at=alert.ends_at, automatic=True)


FORMAT = Format(
    SYSTEM,
    "webhooks of Alertmanager (version 4) or Grafana, or alerts as its API lists them",
    recognises,
    read,
    infer=detections_by_name,
)
