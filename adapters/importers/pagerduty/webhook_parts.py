"""What a PagerDuty webhook, version 3, says of a part of an incident: a note, a task, a role."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from ....domain import events as ev
from ..tellings import Wanted
from .event_form import Event, EventData, RoleAssignment
from .facts import asked, came_in, fact, lines, name_of, note_by
from .form import Reference

OfPart = Callable[[Event, EventData], Iterator[Wanted]]


def action(event: Event, role: str, text: str) -> Wanted:
    """Return the note of what somebody did."""
    by, at = name_of(event.agent), event.occurred_at
    return fact(role, ev.NoteAdded(occurred_at=at, by=by, text=text, note="action"))


def communication(event: Event, role: str, text: str) -> Wanted:
    """Return the note of what somebody told others."""
    by, at = name_of(event.agent), event.occurred_at
    return fact(role, ev.NoteAdded(occurred_at=at, by=by, text=text, note="communication"))


def _annotated(event: Event, data: EventData) -> Iterator[Wanted]:
    yield note_by(event.occurred_at, event.agent, data.content or "[a note without text]")


def _status_update(event: Event, data: EventData) -> Iterator[Wanted]:
    text = data.message or "[a status update without text]"
    yield communication(event, "status-update", text)


def _conference_bridge(event: Event, data: EventData) -> Iterator[Wanted]:
    numbers = [one.number for one in data.conference_numbers or ()]
    where = [one for one in (data.conference_url, *numbers) if one]
    text = f"Conference bridge: {', '.join(where) or 'none'}"
    yield communication(event, "conference-bridge", text)


def _custom_fields(event: Event, data: EventData) -> Iterator[Wanted]:
    # The changed fields are told with the values that they had before.
    before = {one.name: one.value for one in data.changed_custom_fields or ()}
    now = {one.name: one.value for one in data.custom_fields or ()}
    changes = [
        f"{name}: {_plain(now.get(name))} (before: {_plain(value)})"
        for name, value in before.items()
    ]
    yield action(event, "custom-fields", lines(*changes) or "Custom fields changed")


def _responder_added(event: Event, data: EventData) -> Iterator[Wanted]:
    whom = data.user or data.escalation_policy or Reference()
    yield asked(event.occurred_at, whom, name_of(event.agent), data.message)


def _responder_replied(event: Event, data: EventData) -> Iterator[Wanted]:
    whom = data.user or data.escalation_policy or Reference()
    if data.user is not None and data.state in ("accepted", "joined"):
        yield came_in(event.occurred_at, data.user)
        return
    text = f"{whom.name or 'A responder'} replied: {data.state or 'nothing'}"
    yield communication(event, f"replied {whom.id}", text)


def _task_created(event: Event, data: EventData) -> Iterator[Wanted]:
    owner = next(iter(data.assignees or ()), None)
    added = ev.FollowUpAdded(
        occurred_at=event.occurred_at,
        by=name_of(event.agent),
        follow_up=data.id or data.name or "task",
        text=lines(data.name, data.description) or "[a task without text]",
        owner=name_of(owner),
    )
    yield Wanted(f"{data.id}/task", added, event.occurred_at)


def _task_updated(event: Event, data: EventData) -> Iterator[Wanted]:
    text = f"Task {data.name or data.id or ''}: {data.status or 'changed'}"
    yield action(event, f"task {data.id} {data.status}", text)


def _task_completed(event: Event, data: EventData) -> Iterator[Wanted]:
    completed = ev.FollowUpCompleted(
        occurred_at=event.occurred_at,
        by=name_of(event.agent),
        follow_up=data.id or data.name or "task",
    )
    yield fact(f"task-done {data.id}", completed)


def _invocation(event: Event, data: EventData) -> Iterator[Wanted]:
    text = f"Automation {name_of(data.action) or data.id or ''}: {data.state or 'changed'}"
    yield action(event, f"automation {data.id} {data.state}", text)


def _workflow(event: Event, data: EventData) -> Iterator[Wanted]:
    what = event.event_type.rpartition(".")[2]
    text = f"Workflow {name_of(data.incident_workflow) or data.id or ''}: {what}"
    yield action(event, f"workflow {data.id} {what}", text)


def role_facts(event: Event, one: RoleAssignment) -> Iterator[Wanted]:
    """Yield who took a role and who gave it back."""
    at, by = event.occurred_at, name_of(event.agent)
    role, before, now = str(one.role.name), name_of(one.old_assignee), name_of(one.assignee)
    is_held = one.status in (None, "active")
    gone = {before} - {now} if is_held else {before, now}
    for holder in sorted(filter(None, gone)):
        released = ev.RoleReleased(occurred_at=at, by=by, role=role, holder=holder)
        yield fact(f"role {one.role.id} released {holder}", released)
    if now is not None and is_held and now != before:
        assigned = ev.RoleAssigned(occurred_at=at, by=by, role=role, holder=now)
        yield fact(f"role {one.role.id} assigned {now}", assigned)


OF_PART: dict[str, OfPart] = {
    "incident.annotated": _annotated,
    "incident.status_update_published": _status_update,
    "incident.conference_bridge.updated": _conference_bridge,
    "incident.custom_field_values.updated": _custom_fields,
    "incident.responder.added": _responder_added,
    "incident.responder.replied": _responder_replied,
    "incident.task.created": _task_created,
    "incident.task.updated": _task_updated,
    "incident.task.completed": _task_completed,
    "incident.action_invocation.created": _invocation,
    "incident.action_invocation.updated": _invocation,
    "incident.action_invocation.terminated": _invocation,
    "incident.workflow.started": _workflow,
    "incident.workflow.completed": _workflow,
}
ROLES = "incident.role.assigned"


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
