"""What a CDEvent about an incident says in Retold's words, and what follows from several."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ....domain import events as ev
from ....domain.values import MAX_LINE, MAX_TEXT
from ...cdevents import REPORTED
from ..tellings import INFERRED, Said, Wanted
from ..titles import Noticed, detection, detections_by_name
from .form import CDEvent
from .own import SLOT

_BREACH = ("metric", "threshold", "value")
_SHORT = 300
"""Characters of a value that is read as what broke an expectation; longer ones are no values."""

_SERVICE = "service: "


def said(predicate: str, cdevent: CDEvent) -> Iterator[Wanted]:
    """Yield what happened, and beside it what broke and what else was said."""
    at = cdevent.context.timestamp
    # One occurrence may have several events of one id, whose types differ.
    slot = f"{cdevent.event_ref}/{predicate}"
    for place, event in _happened(slot, predicate, cdevent):
        yield Wanted(place, event, at)
    breach = _breach(cdevent) if predicate == "detected" else None
    if breach is not None:
        yield Wanted(f"{slot}/breach", breach, at)
    lines = list(_lines(cdevent, left_out=_BREACH if breach else ()))
    if lines:
        ticket = cdevent.subject.content.ticket_uri
        note = ev.NoteAdded(
            occurred_at=at,
            text="\n".join(lines)[:MAX_TEXT],
            links=(ticket,) if ticket else (),
            status=predicate,
        )
        yield Wanted(f"{slot}/note", note, at)


def _happened(slot: str, predicate: str, cdevent: CDEvent) -> Iterator[tuple[str, ev.StoryEvent]]:
    at, content = cdevent.context.timestamp, cdevent.subject.content
    match predicate:
        case "detected":
            noticed = Noticed(
                at,
                content.description,
                name=None,
                which=cdevent.subject.id,
                service=content.service.id if content.service else None,
                signal=cdevent.context.source,
            )
            yield from detection(slot, noticed)
        case "reported":
            yield slot, ev.Declared(occurred_at=at, why=content.description)
        case _:
            yield slot, ev.Resolved(occurred_at=at, summary=content.description)


def _breach(cdevent: CDEvent) -> ev.ExpectationBreached | None:
    """Return the breach that a metric with its threshold tells of, as the specification shows."""
    metric, threshold, value = (_text(cdevent.custom.get(key)) for key in _BREACH)
    if not metric or not threshold or max(map(len, (metric, threshold, value))) > _SHORT:
        return None
    return ev.ExpectationBreached(
        occurred_at=cdevent.context.timestamp,
        expectation=f"the threshold of {metric}",
        indicator=metric,
        threshold=threshold,
        observed=value or None,
    )


def _lines(cdevent: CDEvent, left_out: Iterable[str]) -> Iterator[str]:
    """Yield what no event has a field for, a line each."""
    content = cdevent.subject.content
    if content.ticket_uri:
        yield f"ticket: {content.ticket_uri}"
    for name, reference in (("service", content.service), ("environment", content.environment)):
        if reference:
            yield f"{name}: {reference.id}"
        if reference and reference.source:
            yield f"{name} source: {reference.source}"
    if content.artifact_id:
        yield f"artifact: {content.artifact_id}"
    for key, value in cdevent.custom.items():
        if key not in left_out and (text := _text(value)):
            yield f"customData.{key}: {text}"


def _text(value: Any) -> str:
    """Return a plain value as text; lists and objects are not read."""
    match value:
        case None | list() | dict():
            return ""
        case str():
            return value
        case _:
            return json.dumps(value)


def infer(said: Sequence[Said]) -> Iterator[Wanted]:
    """Yield detections without a description, one before a first report, and reopenings.

    It is reopened where it was detected again after it was resolved.

    Retold's own events say all of it themselves.
    """
    said = [one for one in said if not one.slot.endswith(SLOT)]
    by_name = list(detections_by_name(said))
    yield from by_name
    said += [Said(one.slot.removeprefix(INFERRED), one.event, one.told_at) for one in by_name]
    if not any(isinstance(one.event, ev.Detected) for one in said):
        yield from _noticed(said)
    is_over = False
    for one in sorted(said, key=_in_order):
        match one.event:
            case ev.Detected() if is_over:
                why = f"detected again: {one.event.title}"
                reopened = ev.Reopened(occurred_at=one.event.occurred_at, why=why)
                yield Wanted(f"{INFERRED}{one.slot}/reopened", reopened, one.told_at)
                is_over = False
            case ev.Detected() | ev.Reopened():
                is_over = False
            case ev.Resolved():
                is_over = True


_RANK = {"incident-reopened": 0, "incident-resolved": 2}
"""What comes first and last of one moment, so that nothing seems to come again at once."""


def _in_order(one: Said) -> tuple[Any, ...]:
    return one.event.occurred_at, _RANK.get(one.event.kind, 1), one.slot


def _noticed(said: Sequence[Said]) -> Iterator[Wanted]:
    """Yield that somebody had noticed by the first report, where there is no detection."""
    reports = [one for one in said if one.slot.endswith(f"/{REPORTED}")]
    if not reports:
        return
    first = min(reports, key=_in_order)
    why = first.event.why if isinstance(first.event, ev.Declared) else None
    detected = ev.Detected(
        occurred_at=first.event.occurred_at,
        title=(why or "reported without a description")[:MAX_LINE],
        services=_services(said, f"{first.slot}/note"),
    )
    yield Wanted(f"{INFERRED}detected", detected, first.told_at)


def _services(said: Sequence[Said], note_slot: str) -> tuple[str, ...]:
    """Return the service that the note beside a report names."""
    notes = {one.slot: one.event for one in said if isinstance(one.event, ev.NoteAdded)}
    lines = notes[note_slot].text.splitlines() if note_slot in notes else []
    named = [line.removeprefix(_SERVICE) for line in lines if line.startswith(_SERVICE)]
    return tuple(filter(None, named[:1]))
