"""Which keys a stored event says were destroyed."""

from __future__ import annotations

from uuid import UUID

from pydantic_core import from_json

from ...domain.events import PersonalDataErased
from ...domain.records import StoredRow

KIND = PersonalDataErased.model_fields["kind"].default


def named_in(row: StoredRow) -> tuple[UUID, ...]:
    """Return the ids of the keys that a row names as destroyed; what is damaged names none."""
    if row.kind != KIND:
        return ()
    try:
        return tuple(UUID(kid) for kid in from_json(row.state)["event"].get("keys") or ())
    except (ValueError, LookupError, TypeError, AttributeError):
        return ()
