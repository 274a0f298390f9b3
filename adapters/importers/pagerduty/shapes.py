"""Which of PagerDuty's objects a record is, judged by its keys alone."""

from __future__ import annotations

from typing import Any, Literal

Form = Literal[
    "incident", "reference", "log entry", "analytics", "webhook", "data", "notes", "service",
    "subscription",
]  # fmt: skip

_PARTS = frozenset(
    f"incident_{part}"
    for part in (
        "note", "status_update", "responder", "field_values", "role_assignment", "task",
        "conference_bridge", "action_invocation", "workflow_instance",
    )
)  # fmt: skip
"""Types of what stands as `data` in a webhook; by itself it has no time."""


def form_of(raw: Any) -> Form | None:  # noqa: PLR0911 - one arm a form
    """Return which form a record has, judged by its keys."""
    match raw:
        case {"event": {"event_type": str(), "data": {}}}:
            return "webhook"
        case {"webhook_subscription": {}}:
            return "subscription"
        case {"log_entry": {"type": str(kind)}} | {"type": str(kind)} if kind.endswith("log_entry"):
            return "log entry"
        case {"incident": {"type": "incident_reference"}, **more} if not more:
            return "reference"
        case {"incident": {"type": "incident"}} | {"type": "incident", "created_at": _}:
            return "incident"
        case {"data": {"seconds_to_resolve": _}} | {"seconds_to_resolve": _, "created_at": _}:
            return "analytics"
        case {"type": "service", "alert_creation": _} | {"type": "service_field_values"}:
            return "service"
        case {"type": str(kind)} if kind in _PARTS:
            return "data"
        case {"notes": [{"content": _, "channel": _}, *_]} | {"note": {"content": _, "channel": _}}:
            return "notes"
        case _:
            return None


def unwrapped(raw: Any, form: Form) -> tuple[str, Any]:
    """Return the object within what a single one comes in, and the key of that."""
    key = _WRAPPED.get(form, "")
    is_wrapped = key in raw and "type" not in raw
    return (key, raw[key]) if is_wrapped else ("", raw)


_WRAPPED: dict[Form, str] = {
    "incident": "incident",
    "log entry": "log_entry",
    "webhook": "event",
    "analytics": "data",
}
