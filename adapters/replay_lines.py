"""A replay's steps in lines for people: a heading and labelled facts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, tzinfo
from itertools import groupby
from typing import NamedTuple, assert_never

from ..domain.events import EventCorrected, EventRetracted, PersonalDataErased
from ..domain.records import Recorded
from ..domain.values import iso
from ..projections.durations import DurationRow
from ..projections.replaying import DurationChange, StatusChange, Step, named_by
from ..projections.status import Anomaly
from .replay_rows import why_of
from .wording import duration, markdown, offset, visible

NOTHING = "-"


class Fact(NamedTuple):
    """One line about an event: several may stand under one label."""

    label: str
    text: str


def as_text(step: Step, zone: tzinfo | None = None) -> str:
    """Return a step as lines that cannot move a cursor: a heading, indented facts, an empty one."""
    lines = [visible("  ".join(heading(step)))]
    for label, facts in groupby(told(step, zone), key=lambda fact: fact.label):
        for number, fact in enumerate(facts):
            lines.append(f"    {'' if number else label:<11} {visible(fact.text)}")
    return "\n".join(lines) + "\n\n"


def as_markdown(step: Step, zone: tzinfo | None = None) -> str:
    """Return a step as a section of Markdown in which recorded text can only be read."""
    lines = [f"## {' · '.join(map(markdown, heading(step)))}", ""]
    lines += [f"- {fact.label}: {markdown(fact.text)}" for fact in told(step, zone)]
    return "\n".join(lines) + "\n\n"


def heading(step: Step) -> tuple[str, ...]:
    """Return what tells one step from another: position, time of recording, incident, kind."""
    recorded, title = step.recorded, step.incident.title
    incident = f"{str(recorded.incident_id)[:8]} {title or '(no title yet)'}"
    return str(recorded.position), iso(recorded.recorded_at), incident, recorded.event.kind


def told(step: Step, zone: tzinfo | None) -> Iterator[Fact]:
    """Yield what there is to say about a step."""
    yield from _recording(step, zone)
    yield from _content(step)
    if step.is_out_of_order:
        yield Fact("order", "happened before what was recorded earlier")
    for change in step.status:
        yield from _status(change, zone)
    yield from _durations(step.durations, zone)


def _recording(step: Step, zone: tzinfo | None) -> Iterator[Fact]:
    recorded, source = step.recorded, step.recorded.source
    at = _time(recorded.event.occurred_at, zone)
    from_zero = "" if step.offset_us is None else f", {offset(step.offset_us)}"
    yield Fact("happened", f"{at}{from_zero}")
    yield Fact("told", _time(recorded.known_since, zone))
    if zone is not None:
        yield Fact("recorded", _time(recorded.recorded_at, zone))
    if recorded.event.by:
        yield Fact("by", recorded.event.by)
    if recorded.recorded_by:
        yield Fact("recorded by", recorded.recorded_by)
    if source:
        part = f", {source.part}" if source.part else ""
        yield Fact("source", f"{source.system}:{source.ref}{part}")
    yield Fact("event", f"{recorded.event_id}, version {recorded.version}")


def _content(step: Step) -> Iterator[Fact]:
    event = step.recorded.event
    match event:
        case EventCorrected():
            yield from _targets("corrects", step)
            for one in event.changes:
                change = f"{_said(one.old)} → {_said(one.new)}"
                yield Fact("changes", f"{one.field}: {change} ({event.why})")
        case EventRetracted():
            yield from _targets("retracts", step)
        case PersonalDataErased():
            yield from _targets("erases", step)
        case _:
            yield Fact("says", step.text)
    why = why_of(step.recorded)
    if why and not isinstance(event, EventCorrected):
        yield Fact("why", why)


def _targets(verb: str, step: Step) -> Iterator[Fact]:
    there: dict[object, Recorded] = {one.event_id: one for one in step.about}
    for event_id in named_by(step.recorded.event):
        one = there.get(event_id)
        what = f"position {one.position}, {one.event.kind}" if one else "not in this history"
        yield Fact(verb, f"{event_id} ({what})")


def _status(change: StatusChange, zone: tzinfo | None) -> Iterator[Fact]:
    if change.field == "anomalies":
        yield from (Fact("odd", _odd(one)) for one in change.after if one not in change.before)
        yield from (Fact("not odd", _odd(one)) for one in change.before if one not in change.after)
        return
    sides = f"{_value(change.before, zone)} → {_value(change.after, zone)}"
    yield Fact("status", f"{change.field}: {sides}")


def _odd(one: Anomaly) -> str:
    return f"{one.what} ({one.code}, event {one.event_id})"


def _durations(changes: tuple[DurationChange, ...], zone: tzinfo | None) -> Iterator[Fact]:
    alike: dict[str, list[str]] = {}
    for change in changes:
        alike.setdefault(_sides(change, zone), []).append(change.measure)
    for sides, measures in alike.items():
        yield Fact("durations", f"{', '.join(measures)}: {sides}")


def _sides(change: DurationChange, zone: tzinfo | None) -> str:
    before = NOTHING if change.before is None else _reading(change.before, zone)
    after = _reading(change.after, zone)
    if before == after and change.before is not None:
        # Words round, and leave out the events: it is these, then, that differ.
        return f"{before} ({_evidence(change.before)} → {_evidence(change.after)})"
    return f"{before} → {after}"


def _reading(row: DurationRow, zone: tzinfo | None) -> str:
    closed = f", not counting {duration(row.paused_us)} closed" if row.paused_us else ""
    return f"{_judged(row, zone)}{closed}"


def _judged(row: DurationRow, zone: tzinfo | None) -> str:
    took = "" if row.duration_us is None else duration(row.duration_us)
    match row.state:
        case "observed":
            return took
        case "censored":
            since = f" since {_time(row.started_at, zone)}" if row.started_at else ""
            return f"open{since}"
        case "anomalous":
            return f"anomalous, {took} ({row.reason})"
        case "missing" | "excluded":
            return f"{row.state} ({row.reason})"
        case other:
            assert_never(other)


def _evidence(row: DurationRow) -> str:
    start, end = (
        str(one)[:8] if one else NOTHING for one in (row.start_event_id, row.end_event_id)
    )
    times = [row.duration_us, row.paused_us or None]
    took = "".join(f"{one} µs, " for one in times if one is not None)
    return f"{took}events {start} and {end}"


def _value(value: object, zone: tzinfo | None) -> str:
    match value:
        case None | ():
            return NOTHING
        case datetime():
            return _time(value, zone)
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(map(str, value))
        case _:
            return str(value)


def _said(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _time(at: datetime, zone: tzinfo | None) -> str:
    return f"{iso(at)} ({at.astimezone(zone).isoformat()})" if zone else iso(at)
