"""The commands that speak about the record: correct, retract."""

from __future__ import annotations

import json
from typing import Never
from uuid import UUID

import click

from .options import Fact, records
from .output import How
from .recording import write_recorded
from .stores import existing_store


@click.command(
    epilog="Example: retold correct 7c9e6679-7425-40de-944b-e07fc1f90ae7"
    " occurred_at=2026-03-01T14:02:00Z --why 'the clock was off'"
)
@click.argument("event", type=click.UUID)
@click.argument("new_values", metavar="FIELD=VALUE…", nargs=-1, required=True)
@click.option("--why", required=True, help="Why the record was wrong.")
@records
@click.pass_obj
def correct(
    url: str, *, event: UUID, new_values: tuple[str, ...], why: str, fact: Fact, how: How
) -> None:
    """Record that an EVENT was recorded wrongly, with what it should say.

    A VALUE is read as JSON if it is JSON (null, ["api"], "404"), else as text.
    """
    with existing_store(url) as store:
        recorded = store.correct(
            event,
            _read(new_values),
            why=why,
            by=fact.by,
            at=fact.at,
            correction_id=fact.event_id,
        )
    write_recorded(recorded, how)


def _read(new_values: tuple[str, ...]) -> dict[str, object]:
    read: dict[str, object] = {}
    for assignment in new_values:
        field, equals, text = assignment.partition("=")
        if not equals or not field:
            raise click.BadParameter(f"{assignment!r} is not FIELD=VALUE")
        if field in read:
            raise click.BadParameter(f"{field} is given twice")
        try:
            read[field] = json.loads(text, parse_constant=_refuse)
        except ValueError:
            read[field] = text
    return read


def _refuse(constant: str) -> Never:
    raise ValueError(constant)  # NaN and Infinity are no JSON


@click.command(epilog="Example: retold retract 7c9e6679-7425-40de-944b-e07fc1f90ae7 --why twice")
@click.argument("event", type=click.UUID)
@click.option("--why", required=True, help="Why it should not have been recorded.")
@records
@click.pass_obj
def retract(url: str, *, event: UUID, why: str, fact: Fact, how: How) -> None:
    """Record that an EVENT, a correction or a retraction should not have been recorded."""
    with existing_store(url) as store:
        recorded = store.retract(
            event, why=why, by=fact.by, at=fact.at, retraction_id=fact.event_id
        )
    write_recorded(recorded, how)


COMMANDS = (correct, retract)
