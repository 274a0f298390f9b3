"""A store on PostgreSQL whose roles are those of `retold grants`, with a login for each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from click.testing import CliRunner
from retold import Entry, Incident, open_store
from retold.adapters.backend import RawRecord
from retold.adapters.cli.group import retold
from retold.domain import events as ev
from retold.domain.values import Source

SCHEMA = "least_power"
OPEN, SECRET, ORPHAN = (UUID(int=number) for number in (1_000, 2_000, 3_000))
"""An incident for all, one for a group, one for a group without a role."""

ROLES = ("lp_owner", "lp_writer", "lp_reader", "lp_all")
LOGINS = {
    "lp_dba": ["lp_owner"],
    "lp_app": ["lp_writer"],
    "lp_analyst": ["lp_reader"],
    "lp_lawyer": ["lp_reader", "retold_group_legal"],
    "lp_notebook": ["lp_all"],
}
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def cli(*arguments: str) -> str:
    done = CliRunner().invoke(retold, arguments)
    assert done.exit_code == 0, done.output
    return done.stdout


def fill(url: str) -> None:
    """Record three incidents alike, so that what is seen of one tells what hides another."""
    groups = ((OPEN, None), (SECRET, "legal"), (ORPHAN, "nobody"))
    with open_store(url, recorded_by="tests") as store:
        for number, (incident, group) in enumerate(groups, start=1):
            raw = RawRecord(f"{number:064x}", f'{{"secret": "raw of {group}"}}')
            store.backend.keep_raw([raw])
            source = Source(system="statuspage", ref=str(number), raw_sha256=raw.sha256)
            detected = ev.Detected(occurred_at=NOON, title=f"shown to {group}")
            entry = Entry(event_id=UUID(int=number), source=source, event=detected)
            store.append(incident, [entry])
            assessed = {"assessor": f"of {group}", "severity": f"sev of {group}"}
            store.record(incident, Incident.assess, **assessed)  # type: ignore[arg-type]
            if group is not None:
                store.record(incident, Incident.restrict, group=group)


def grant(url: str, *more: str) -> None:
    """Run what `retold grants` prints, as its first lines tell to."""
    owner, writer, reader, everything = ROLES
    sql = cli(
        "--db", url, "grants", "--owner", owner, "--writer", writer, "--reader", reader,
        "--library-reader", everything, *more,
    )  # fmt: skip
    run(url, sql)


def run(url: str, *statements: str) -> list[Any]:
    """Run statements in one connection; return the rows of the last."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement)  # type: ignore[call-overload]
        return list(cursor.fetchall()) if cursor.description else []


@contextmanager
def least_power(server: str) -> Iterator[str]:
    """Make the store, the roles and the logins; give the superuser's URL of it."""
    url = f"{server}&options=-csearch_path%3D{SCHEMA}"
    run(server, f"CREATE SCHEMA {SCHEMA}")
    fill(url)
    grant(url)
    grant(url)  # again: nothing more, and nothing goes wrong
    run(url, cli("grants", "--group", "legal"))
    for login, roles in LOGINS.items():
        run(url, f"CREATE ROLE {login} LOGIN", f"GRANT {', '.join(roles)} TO {login}")
    yield url
    everybody = ", ".join((*LOGINS, *ROLES, "retold_group_legal"))
    run(
        url,
        f"DROP SCHEMA {SCHEMA} CASCADE",
        f"DROP OWNED BY {everybody} CASCADE",
        f"DROP ROLE {everybody}",
    )


def login(url: str, name: str) -> str:
    """Return the URL with which somebody else logs in."""
    return url.replace("//postgres:@", f"//{name}:@")
