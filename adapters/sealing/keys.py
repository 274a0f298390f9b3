"""The keys that personal data is sealed with: one port, kept by a SQLite file or by PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from ...domain.errors import StoreMismatch
from ...domain.personal import subject_of

KEY_BYTES = 32
"""For AES-256."""

SUBJECT = "subject:"
EVENT = "event:"


class Key(NamedTuple):
    """A key and its id, which tells nothing of what it is for; without its secret if destroyed."""

    kid: UUID
    secret: bytes | None


class Destroyed(NamedTuple):
    """One line of the list of erasures: what is left of a key."""

    kid: UUID
    destroyed_at: datetime
    why: str


class Keys(Protocol):
    """Keys by what they are for, their owner: a person, or the texts of one event.

    Every method raises `StorageUnavailable` when the keys cannot be reached.
    """

    @property
    def identity(self) -> UUID:
        """Tells these keys from all others, also after they were restored from a backup."""
        ...

    def of(self, owners: Collection[str]) -> dict[str, Key]:
        """Return by owner the keys that there are."""
        ...

    def made_for(self, owners: Collection[str]) -> dict[str, Key]:
        """Return by owner its key, made on first use.

        MUST return only after new keys are durable: what is sealed with them is stored next. Of
        several writers that ask at once for a new one, all MUST get the same.
        """
        ...

    def by_id(self, kids: Collection[UUID]) -> dict[UUID, Key]:
        """Return by their ids the keys that there are, and those that were destroyed."""
        ...

    def destroy(self, kids: Collection[UUID], at: datetime, why: str) -> None:
        """Destroy keys, known or not, and keep their ids; what is destroyed already stays as it is.

        MUST leave neither secrets nor names of persons to be asked for; see `scrubbed`.
        """
        ...

    def scrubbed(self) -> bool:
        """Leave no old bytes of destroyed keys in their files; tells whether that could be done.

        Where others are reading the keys it cannot be yet, and MUST NOT wait for them for long.
        """
        ...

    def destroyed(self) -> list[Destroyed]:
        """Return the list of erasures, the first first."""
        ...

    def is_private(self) -> bool:
        """Tell whether nobody but their owner may read the keys, as far as that can be told."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


def the_one(rows: Sequence[tuple[Any, ...]]) -> Any:
    """Return the identity that keys keep of themselves; raises `StoreMismatch` without one."""
    if len(rows) != 1:
        raise StoreMismatch("the keys are damaged: they do not say whose they are")
    return rows[0][0]


def owner_of_subject(name: str) -> str:
    """Return the owner of the key for a person's name."""
    return SUBJECT + subject_of(name)


def owner_of_event(event_id: UUID) -> str:
    """Return the owner of the key for the texts of an event."""
    return f"{EVENT}{event_id}"
