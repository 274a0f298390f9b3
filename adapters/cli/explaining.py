"""The command that shows the events behind one number."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Any

import click

from ...domain.values import iso
from ...projections.durations import counted
from ...projections.explanation import Evidence, counts, explained
from ...projections.measures import Measure
from ...projections.story import Story
from ..flat_forms import Row
from ..wording import duration
from .options import measures_file, reads
from .output import Column, How, Section, write_rows, write_sections
from .reading import told
from .stores import existing_store

_FACTS = (Column("fact", "fact", "word"), Column("value", "value"))


@click.command(epilog="Example: retold explain ttr_detected statuspage:p31kqzx8w5tn")
@click.argument("name", metavar="MEASURE")
@click.argument("incident", metavar="ID")
@measures_file
@reads
@click.pass_obj
def explain(url: str, *, name: str, incident: str, file: str | None, how: How) -> None:
    """Show the events behind a number: when, when told, when recorded, by whom, corrected how."""
    with existing_store(url, measures=file) as store:
        measure = store.measure(name)
        story = told(store, incident, how.cut)
    definition: dict[str, object] = {"definition": f"{measure.title}: {measure.definition}"}
    if measure.form == "count":
        more, evidence = definition | _count(story, measure), counts(story, measure)
    else:
        explanation = explained(story, measure)
        evidence = explanation.evidence
        more = definition | explanation.duration._asdict()
    if how.form in ("table", "md"):
        sections = _sections(more, evidence, how.zone)
        write_sections(f"{name} of {story.incident.title}", sections, how)
    else:
        rows = [_values(one) for one in evidence]
        write_rows("explanation", rows, (), how, more={"measured": more}, keys=_KEYS)


def _count(story: Story, measure: Measure) -> dict[str, object]:
    return {
        "incident_id": story.incident.incident_id,
        "measure": measure.name,
        "measure_version": measure.version,
        "count": counted(story.history, measure),
    }


def _values(one: Evidence) -> dict[str, Any]:
    recorded, event = one.entry.recorded, one.entry.event
    moved = recorded.event.occurred_at != event.occurred_at
    source = recorded.source
    return {
        "role": one.role,
        "event_id": recorded.event_id,
        "version": recorded.version,
        "position": recorded.position,
        "kind": event.kind,
        "what": one.what,
        "occurred_at": event.occurred_at,
        "first_said_at": recorded.event.occurred_at if moved else None,
        "told_at": recorded.known_since,
        "recorded_at": recorded.recorded_at,
        "by": event.by,
        "recorded_by": recorded.recorded_by,
        "source": source.system if source else None,
        "source_ref": source.ref if source else None,
        "source_part": source.part if source else None,
        "corrected": [correction._asdict() for correction in one.corrected],
    }


_KEYS = (
    "role", "event_id", "version", "position", "kind", "what", "occurred_at", "first_said_at",
    "told_at", "recorded_at", "by", "recorded_by", "source", "source_ref", "source_part",
    "corrected",
)  # fmt: skip


def _sections(more: Row, evidence: tuple[Evidence, ...], zone: tzinfo | None) -> Iterator[Section]:
    yield Section("Measured", list(_facts(more, zone)), _FACTS)
    for one in evidence:
        values = _values(one)
        yield Section(values.pop("role"), list(_facts(values, zone)), _FACTS)
        for correction in one.corrected:
            change = {
                **correction._asdict(),
                "old": str(correction.old),
                "new": str(correction.new),
            }
            yield Section(f"{one.role}: corrected", list(_facts(change, zone)), _FACTS)


def _facts(values: Row, zone: tzinfo | None) -> Iterator[Row]:
    for key, value in values.items():
        fact = key.replace("_", " ")
        match value:
            case None | list():
                continue  # corrections follow in a table of their own
            case datetime():
                yield {"fact": fact, "value": iso(value)}
                if zone is not None:
                    yield {"fact": f"{fact} {zone}", "value": value.astimezone(zone).isoformat()}
            case int() if key == "duration_us":
                yield {"fact": "took", "value": f"{duration(value)} ({value} µs)"}
            case _:
                yield {"fact": fact, "value": value}


COMMANDS = (explain,)
