"""The version of the tables and views, and the one rule about it that every database follows."""

from __future__ import annotations

from ..domain.errors import StoreMismatch

SCHEMA_VERSION = 5

FIRST_WITH_LEAVES = 4
"""The first version whose log has the audit's tree beside it."""


def check_schema_version(found: int, *, for_rebuild: bool) -> None:
    """Raise `StoreMismatch` unless the store's schema is of our version.

    An older one will do `for_rebuild`: the log is the same, and rebuilding makes the rest.
    """
    if found > SCHEMA_VERSION:
        raise StoreMismatch(
            f"a newer Retold made this store (schema {found}, this one knows {SCHEMA_VERSION}):"
            " upgrade"
        )
    if found < SCHEMA_VERSION and not for_rebuild:
        raise StoreMismatch(
            f"an older Retold made this store (schema {found}, this one writes {SCHEMA_VERSION}):"
            " run `retold rebuild`, which makes its views anew from the log, and the audit's tree"
            " if it has none"
        )
