"""The command that prints the SQL of database roles: grants."""

from __future__ import annotations

import click

from ...domain.errors import StorageUnavailable


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
@click.option("--owner", default="retold_owner", show_default=True, help="Who owns the store.")
@click.option("--writer", default="retold_writer", show_default=True, help="Who records.")
@click.option("--reader", default="retold_reader", show_default=True, help="Who reads the views.")
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
    try:
        from ..grants import Roles, grants, group_grants  # noqa: PLC0415 - an extra
        from ..postgres_opening import current_schema  # noqa: PLC0415
    except ImportError as error:
        raise StorageUnavailable(
            f"PostgreSQL needs the extra 'postgres' (pip install retold[postgres]): {error}"
        ) from None
    if groups:
        click.echo(group_grants(groups), nl=False)
        return
    roles = Roles(owner, writer, reader, library_reader)
    if schema is None:
        is_postgres = url.startswith(("postgresql:", "postgres:"))
        schema = current_schema(url) if is_postgres else "public"
    click.echo(grants(schema, roles, raw_records=raw_records), nl=False)


COMMANDS = (grants_,)
