"""The command that says who may see an incident: restrict."""

from __future__ import annotations

import click

from ...domain.incident import Incident
from .options import Fact, records
from .output import How
from .recording import record


@click.command(
    epilog="Examples: retold restrict 3fa85f64 --to legal --why 'a customer may sue';"
    " retold restrict 3fa85f64 --lift --why settled"
)
@click.argument("incident", metavar="ID")
@click.option("--to", "group", metavar="GROUP", help="Whose readers may see it from now on.")
@click.option("--lift", is_flag=True, help="Everybody may see it again.")
@click.option("--why", help="Why it is so.")
@records
@click.pass_obj
def restrict(
    url: str,
    *,
    incident: str,
    group: str | None,
    lift: bool,
    why: str | None,
    fact: Fact,
    how: How,
) -> None:
    """Record that only readers of a group may see it, or with --lift that everybody may again.

    To others it is counted but not shown, its past included.
    """
    if lift is (group is not None):
        raise click.UsageError("Say either --to GROUP or --lift.")
    if lift:
        record(url, incident, Incident.lift_restriction, fact, how, why=why)
    else:
        record(url, incident, Incident.restrict, fact, how, group=group, why=why)


COMMANDS = (restrict,)
