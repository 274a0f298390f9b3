"""The command that erases personal data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

import click

from ..sealing.erasing import Erasure, erase_event, erase_subject, reapply_erasures
from ..store import Store
from .exits import FINDINGS
from .options import answers
from .output import Column, How, say, write_rows
from .progress import Progress
from .stores import existing_store

_COLUMNS = (
    Column("incident", "incident_id", "short-id"),
    Column("event", "event_id", "word"),
    Column("what", "what"),
    Column("field", "field"),
)
_KEYS = tuple(column.key for column in _COLUMNS)


@click.command(epilog="Example: retold erase --subject ana --why 'asked for, case 17'")
@click.option("--subject", metavar="NAME", help="Erase this name where a field names a person.")
@click.option("--event", metavar="EVENT", type=click.UUID, help="Erase this event's texts.")
@click.option(
    "--reapply",
    is_flag=True,
    help="Erase again what a restored backup of store or keys brought back.",
)
@click.option(
    "--why", help="The reason; it stays readable for ever, so write no personal data here."
)
@click.option("--by", envvar="RETOLD_BY", show_envvar=True, help="Who erases.")
@answers
@click.pass_context
def erase(ctx: click.Context, /, *, how: How, **asked: Any) -> None:
    """Destroy the key of a person's name or of an event's texts: nobody can read them again.

    The log stays as it is, and says what was erased. Exits with 1 where the name still stands in
    texts, which are then listed: erase them event by event. An erasure that was interrupted is
    completed when it is run again, or by --reapply.
    """
    wanted = _Wanted(**asked)
    _check_usage(wanted)
    with existing_store(ctx.obj) as store, Progress("incidents looked over") as progress:
        erasure = _erase(store, wanted, progress)
    write_rows("erased", _rows(erasure), _COLUMNS, how, keys=_KEYS)
    if not erasure.is_scrubbed:
        say(
            "old bytes of views or keys may lie on in the databases' files: run `retold erase"
            " --reapply` later, and see docs/erasure.md"
        )
    if erasure.mentions:
        say(
            f"{wanted.subject} can still be read in so many places: {len(erasure.mentions)}. Erase"
            " sealed texts with --event, other names with --subject; what is not sealed stays in"
            " the log"
        )
    if erasure.mentions or not erasure.is_scrubbed:
        ctx.exit(FINDINGS)


class _Wanted(NamedTuple):
    """What the command was told."""

    subject: str | None
    event: UUID | None
    reapply: bool
    why: str | None
    by: str | None


def _check_usage(wanted: _Wanted) -> None:
    if sum([bool(wanted.subject), wanted.event is not None, wanted.reapply]) != 1:
        raise click.UsageError("give one of --subject NAME, --event EVENT and --reapply")
    if wanted.reapply and wanted.why:
        raise click.UsageError("--reapply keeps the reasons that were given: leave --why out")
    if not wanted.reapply and not wanted.why:
        raise click.UsageError("say --why")


def _erase(store: Store, wanted: _Wanted, progress: Progress) -> Erasure:
    by, why = wanted.by, wanted.why or ""
    if wanted.subject:
        return erase_subject(store, wanted.subject, why=why, by=by, progress=progress)
    if wanted.event is not None:
        return erase_event(store, wanted.event, why=why, by=by)
    return reapply_erasures(store, by=by, progress=progress)


def _rows(erasure: Erasure) -> Iterator[dict[str, object]]:
    for one in erasure.erased:
        for event_id in one.events:
            yield _row(one.recorded.incident_id, event_id, "erased", None)
    for mention in erasure.mentions:
        what = "still there" if mention.can_be_erased else "still there, not sealed"
        yield _row(mention.incident_id, mention.event_id, what, mention.field)


def _row(incident_id: UUID, event_id: UUID, what: str, field: str | None) -> dict[str, object]:
    values = (incident_id, event_id, what, field)
    return dict(zip(_KEYS, values, strict=True))


COMMANDS = (erase,)
