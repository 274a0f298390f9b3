"""The one rule about schema versions that every database follows."""

from __future__ import annotations

from ..domain.errors import StoreMismatch


def check_schema_version(found: int, ours: int) -> None:
    """Raise `StoreMismatch` unless the store's schema is of our version."""
    if found > ours:
        raise StoreMismatch(
            f"a newer Retold made this store (schema {found}, this one knows {ours}): upgrade"
        )
    if found < ours:
        raise StoreMismatch(f"schema {found} was never released; this Retold knows {ours}")
