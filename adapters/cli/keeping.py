"""The commands that keep a store in order: rebuild, doctor."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version

import click

from ... import __version__
from ...domain.errors import InvalidInput, RetoldError, StorageUnavailable, StoreMismatch
from ..audit.view_check import view_findings
from ..backend import Check
from ..reader import Reader
from ..store import Store
from .exits import FINDINGS
from .options import answers
from .output import Column, How, say, write_rows
from .progress import Progress
from .stores import existing_store

_LIBRARIES = ("eventsourcing", "pydantic", "click", "rich", "psycopg")

_CHECKS = (
    Column("check", "name"),
    Column("value", "value"),
    Column("fine", "is_fine"),
    Column("advice", "advice"),
)
_COUNTS = (
    Column("incidents rebuilt", "incidents", "number"),
    Column("leaves made", "leaves", "number"),
)


@click.command(epilog="Example: retold rebuild")
@answers
@click.pass_obj
def rebuild(url: str, *, how: How) -> None:
    """Make all views again from the log, keeping writers out meanwhile.

    This also upgrades a store that an older Retold made: its log stays as it is, and gets the
    audit's tree, a leaf for each event, if it had none.
    """
    with existing_store(url, for_rebuild=True) as store, Progress("incidents rebuilt") as progress:
        before = _leaves(store)
        incidents = store.rebuild(progress)
        leaves = _leaves(store) if before is None else 0
    write_rows("rebuilt", [{"incidents": incidents, "leaves": leaves}], _COUNTS, how)
    if leaves:
        say(f"The audit's tree was made over {leaves:,} events, as they are now.")


def _leaves(store: Store) -> int | None:
    """Return how many leaves the audit's tree has; None where an older Retold made none."""
    try:
        return store.backend.tree.size()
    except (StorageUnavailable, StoreMismatch, InvalidInput):  # the last for a reader of groups
        return None


@click.command(epilog="Example: retold doctor --quick")
@click.option("--quick", is_flag=True, help="Do not replay the log to compare the views with it.")
@answers
@click.pass_context
def doctor(ctx: click.Context, *, quick: bool, how: How) -> None:
    """Check the database, its settings and whether the views say what the log says.

    Exits with 1 if anything is not as it should be.
    """
    with existing_store(ctx.obj) as store:
        checks = [*store.health(), *_contents(store)]
        checks += [] if quick else [_comparison(store)]
    checks += _versions()
    rows = [(check._replace(advice="") if check.is_fine else check)._asdict() for check in checks]
    write_rows("checks", rows, _CHECKS, how)
    if not all(check.is_fine for check in checks):
        ctx.exit(FINDINGS)


def _contents(store: Reader) -> Iterator[Check]:
    yield Check("last position", str(store.backend.last_position()), is_fine=True)
    yield Check("incidents", str(len(store.incidents())), is_fine=True)


def _comparison(store: Reader) -> Check:
    try:
        with Progress("incidents compared") as progress:
            found = list(view_findings(store, progress))
    except RetoldError as error:
        return Check(
            "views against log", str(error), is_fine=False, advice="upgrade, or investigate"
        )
    if not found:
        return Check("views against log", "the same", is_fine=True)
    differing = sorted({one.incident_id for one in found if one.incident_id})
    some = ", ".join(differing[:5]) or "rows of no event"
    return Check(
        "views against log",
        f"{len(differing)} incidents differ: {some}",
        is_fine=False,
        advice="run `retold rebuild`",
    )


def _versions() -> Iterable[Check]:
    yield Check("retold", __version__, is_fine=True)
    yield Check("python", platform.python_version(), is_fine=True)
    for library in _LIBRARIES:
        try:
            yield Check(library, version(library), is_fine=True)
        except PackageNotFoundError:
            yield Check(library, "not installed", is_fine=True)


COMMANDS = (rebuild, doctor)
