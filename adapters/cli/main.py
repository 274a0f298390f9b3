"""The door of the command `retold`, which also answers where its libraries are missing."""

from __future__ import annotations

import sys
from importlib.util import find_spec


def main() -> None:
    """Run the command line and exit."""
    missing = [library for library in ("click", "rich") if find_spec(library) is None]
    if missing:
        sys.stderr.write("retold: the command line needs: pip install 'retold[cli]'\n")
        sys.exit(2)
    try:
        from .group import retold  # noqa: PLC0415 - cannot be imported where click is missing

        retold(prog_name="retold")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
