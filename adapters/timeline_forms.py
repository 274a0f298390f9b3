"""The timeline document as JSON for programs and as rows for a table."""

from __future__ import annotations

from datetime import tzinfo

from ..domain.history import PRESENT, Cut
from ..projections.clusters import clusters
from ..projections.questions import open_questions
from ..projections.story import Gap, Story, StoryEntry
from ..projections.views import IncidentRow
from .provenance import Provenance
from .timeline_remarks import remarks
from .wording import duration, json_row, with_local_times

INCIDENT_KEYS = tuple(field for field in IncidentRow._fields if field != "t_zero_at")
"""The columns of `v1_incidents`, but for `position`."""


def as_json(
    story: Story,
    cut: Cut = PRESENT,
    zone: tzinfo | None = None,
    *,
    provenance: Provenance | None = None,
    only_key: bool = False,
) -> dict[str, object]:
    """Return the document as `retold.timeline/1`; its rows have the columns of `v1_timeline`.

    Beside them each row says since when it was known, how late it was added, and what corrected
    or retracted it. `zone` adds local times beside those in UTC. `only_key` leaves out the rows
    that are no key moments, and what is told of the spaces between rows.
    """
    told = story.only_key if only_key else story
    document = {
        "schema": "retold.timeline/1",
        "cut": dict(cut),
        **_about(story),
        "gaps": [one._asdict() for one in told.told if isinstance(one, Gap)],
        "clusters": [one._asdict() for one in clusters(told)],
        "only_key": only_key,
        "rows": [with_local_times(json_row(values), zone) for values in timeline_values(told)],
        "provenance": _provenance(story, provenance),
    }
    return json_row(document)


def _about(story: Story) -> dict[str, object]:
    impacts = [
        one._asdict() | {"users": dict(one.users) if one.users else None} for one in story.impacts
    ]
    return {
        "incident": incident_values(story),
        "t_zero_is": story.t_zero_is,
        "t_zero_at": story.incident.t_zero_at,
        "key_moments": [one._asdict() for one in story.moments],
        "durations": [one._asdict() for one in story.views.durations],
        "severity_history": [one._asdict() for one in story.severities],
        "assessments_differ": story.disagree,
        "roles": [one._asdict() for one in story.roles],
        "impacts": impacts,
        "anomalies": [dict(one) for one in story.document.status.anomalies],
        "open_questions": [one._asdict() for one in open_questions(story)],
    }


def _provenance(story: Story, provenance: Provenance | None) -> dict[str, object]:
    told: dict[str, object] = {"position": story.position, "version": story.incident.version}
    if provenance is None:
        return told
    checkpoint = provenance.checkpoint
    return told | provenance._asdict() | {"checkpoint": checkpoint and checkpoint._asdict()}


def incident_values(story: Story) -> dict[str, object]:
    """Return the incident's row with the columns of `v1_incidents`."""
    row = story.incident
    return {key: getattr(row, key) for key in INCIDENT_KEYS} | {"position": story.position}


def timeline_values(story: Story) -> list[dict[str, object]]:
    """Return rows with the columns of `v1_timeline`, and what there is to know of each beside."""
    return [_values(entry) for entry in story.entries]


def people_rows(story: Story) -> list[dict[str, object]]:
    """Return rows for a table that people read: gaps in their place, remarks after the text."""
    return [
        {"text": f"({duration(one.gap_us)} without entries)"}
        if isinstance(one, Gap)
        else _values(one) | {"text": _with_remarks(one)}
        for one in story.told
    ]


def _with_remarks(entry: StoryEntry) -> str:
    return "".join([entry.row.text, *(f" ({remark})" for remark in remarks(entry))])


def _values(entry: StoryEntry) -> dict[str, object]:
    row = entry.row
    return {
        "incident_id": row.incident_id,
        "event_id": row.event_id,
        "number": entry.number,
        "position": row.position,
        "occurred_at": row.occurred_at,
        "offset_us": entry.offset_us,
        "first_said_at": row.first_said_at,
        "phase": row.phase,
        "kind": row.kind,
        "note": entry.note,
        "who": row.who,
        "text": row.text,
        "link": row.link,
        "key_moment": row.key_moment,
        "corrections": row.corrections,
        "retracted": row.retracted,
        "known_since": entry.known_since,
        "late_us": entry.late_us,
        "corrected": [one._asdict() for one in entry.corrected],
        "retraction": entry.retraction._asdict() if entry.retraction else None,
        "links": list(entry.links),
        "tombstones": [dict(one) for one in entry.tombstones],
    }
