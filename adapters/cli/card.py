"""One incident as a card: where it stands, how long things took, what is odd, who differs."""

from __future__ import annotations

from collections.abc import Sequence

from ...projections.story import Story
from ..flat_forms import Row
from ..timeline_header import reopened_words
from ..wording import titled
from .output import Column, Section

_FACTS = (Column("fact", "fact", "word"), Column("value", "value"))
_MOMENTS = (
    Column("moment", "label", "word"),
    Column("when", "at", "time"),
    Column("T+", "offset_us", "offset"),
    Column("event", "event_id"),
)
_DURATIONS = (
    Column("measure", "measure", "word"),
    Column("took", "duration_us", "duration"),
    Column("state", "state"),
    Column("reason", "reason"),
)
_ASSESSMENTS = (
    Column("assessor", "assessor"),
    Column("severity", "severity"),
    Column("confidence", "confidence"),
    Column("when", "occurred_at", "time"),
    Column("basis", "basis"),
)
ASSESSMENT_KEYS = (
    "incident_id", "event_id", "occurred_at", "assessor", "severity", "confidence", "basis",
)  # fmt: skip
"""The columns of `v1_assessments`."""

_ANOMALIES = (Column("what", "what"), Column("event", "event_id"))


def card_values(story: Story) -> dict[str, object]:
    """Return what a card says beyond the columns of `v1_incidents`."""
    state = story.document.incident
    return {
        "key_moments": [one._asdict() for one in story.moments],
        "durations": [one._asdict() for one in story.views.durations],
        "anomaly_list": [dict(one) for one in story.document.status.anomalies],
        "roles": [{"role": role, "holder": holder} for role, holder in state.roles],
        "open_impacts": [dict(one) for one in state.impacts],
        "assessments": [
            {key: getattr(row, key) for key in ASSESSMENT_KEYS} for row in story.assessments
        ],
        "assessments_differ": story.disagree,
        "follow_ups": list(state.follow_ups),
        "follow_ups_done": list(state.follow_ups_done),
    }


def card_heading(story: Story) -> str:
    """Return the line above a card."""
    incident = story.incident
    severity = incident.severity or "not recorded"
    return f"{titled(incident.title)} · {incident.state} · severity {severity}"


def card_sections(story: Story) -> list[Section]:
    """Return the tables of a card."""
    values = card_values(story)
    moments = [
        {**row, "event_id": row["event_id"] or "not recorded"}
        for row in _rows(values["key_moments"])
    ]
    differ = "Assessments: they differ" if story.disagree else "Assessments"
    return [
        Section("Incident", _facts(story), _FACTS),
        Section("Key moments", moments, _MOMENTS),
        Section("Durations", _rows(values["durations"]), _DURATIONS),
        Section(differ, _rows(values["assessments"]), _ASSESSMENTS),
        Section("Odd in the record", _rows(values["anomaly_list"]), _ANOMALIES),
    ]


def _rows(value: object) -> Sequence[Row]:
    return value if isinstance(value, list) else []


def _facts(story: Story) -> list[Row]:
    incident, state = story.incident, story.document.incident
    source = f"{incident.source}:{incident.source_ref}" if incident.source else None
    failing = "failing now" if incident.is_open else "impact without an end"
    facts: dict[str, object] = {
        "id": str(incident.incident_id),
        "source": source,
        "services": ", ".join(incident.services),
        "version": incident.version,
        "reopened": reopened_words(incident.reopens),
        "dismissed": incident.dismissed,
        "merged into": incident.merged_into,
        "restricted to": incident.restricted_to,
        failing: ", ".join(one.service for one in state.impacts),
        "roles": ", ".join(f"{role}: {holder}" for role, holder in state.roles),
        "to be done": ", ".join(state.follow_ups),
    }
    return [{"fact": fact, "value": value} for fact, value in facts.items() if value]
