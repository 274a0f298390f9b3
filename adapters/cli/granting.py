"""The command that prints the SQL of database roles: grants."""

from __future__ import annotations

import click

from ...domain.errors import InvalidInput, StorageUnavailable
from ..grants import Roles, grants, group_grants

DEFAULTS = Roles()


@click.command(
    "grants",
    epilog="Examples: retold grants | psql -v ON_ERROR_STOP=1 incidents;"
    " retold grants --group legal",
)
@click.option(
    "--schema",
    metavar="NAME",
    help="Where the store is; by default the current schema of a postgresql --db, else public.",
)
@click.option("--owner", default=DEFAULTS.owner, show_default=True, help="Who owns the store.")
@click.option("--writer", default=DEFAULTS.writer, show_default=True, help="Who records.")
@click.option("--reader", default=DEFAULTS.reader, show_default=True, help="Who reads the views.")
@click.option(
    "--library-reader", metavar="NAME", help="Also a role that reads everything, for the library."
)
@click.option("--raw-records", is_flag=True, help="Let the reader see raw records, too.")
@click.option(
    "--group",
    "groups",
    multiple=True,
    metavar="GROUP",
    help="Instead the role of a group that incidents are restricted to; may be repeated.",
)
@click.pass_obj
def grants_(
    url: str,
    *,
    schema: str | None,
    owner: str,
    writer: str,
    reader: str,
    library_reader: str | None,
    raw_records: bool,
    groups: tuple[str, ...],
) -> None:
    """Print SQL that makes PostgreSQL roles and gives each the least power that it needs.

    Nothing is changed: look at it, then give it to psql. It may be run again, and must be after
    each upgrade of the store.
    """
    if groups:
        click.echo(group_grants(groups), nl=False)
        return
    roles = Roles(owner, writer, reader, library_reader)
    where = schema if schema is not None else _current_schema(url)
    click.echo(grants(where, roles, raw_records=raw_records), nl=False)


def _current_schema(url: str) -> str:
    if url.partition(":")[0] not in {"postgresql", "postgres"}:
        return "public"
    try:
        from ..postgres_opening import current_schema  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise StorageUnavailable(f"name the --schema, or install retold[postgres]: {error}") from None
    return current_schema(url)


COMMANDS = (grants_,)
