"""What a store remembers of sealing: whose keys its personal data is sealed with."""

from __future__ import annotations

from uuid import UUID

from ...domain.errors import StoreMismatch
from ..backend import Backend

MARKED_AS = ("retold.keys", 1)
"""Its place among the measures that a store remembers: no measure's name has a dot."""


def marked(backend: Backend) -> UUID | None:
    """Return the identity of a store's keys; None if it seals nothing."""
    identity = backend.definitions().get(MARKED_AS)
    return UUID(identity) if identity else None


def mark(backend: Backend, identity: UUID) -> None:
    """Let a store remember its keys; raises `StoreMismatch` if it has others."""
    if marked(backend) is None:
        backend.define({MARKED_AS: str(identity)})
    if marked(backend) != identity:
        raise StoreMismatch("these are not the keys that this store's personal data is sealed with")
