"""The one rule about schema versions that every database follows."""

from __future__ import annotations

from ..domain.errors import StoreMismatch


def check_schema_version(found: int, ours: int, *, for_rebuild: bool) -> None:
    """Raise `StoreMismatch` unless the store's schema is of our version.

    An older one will do `for_rebuild`: the log is the same, and rebuilding makes the rest.
    """
    if found > ours:
        raise StoreMismatch(
            f"a newer Retold made this store (schema {found}, this one knows {ours}): upgrade"
        )
    if found < ours and not for_rebuild:
        raise StoreMismatch(
            f"an older Retold made this store (schema {found}, this one writes {ours}):"
            " run `retold rebuild`, which makes its views anew from the log, and the audit's tree"
            " if it has none"
        )
