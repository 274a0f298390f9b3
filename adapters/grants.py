"""The SQL that gives database roles the least power with which they can do their work."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from pydantic import TypeAdapter

from ..domain.errors import InvalidInput
from ..domain.values import GroupName, refusing_invalid
from . import postgres_contract as contract
from . import postgres_schema as schema
from .postgres_statements import COLUMNS
from .postgres_tree import LEAVES

GROUP_ROLE = "retold_group_"
"""What leads the name of a group's role; the views ask for membership in it."""

_SCRIPTS = schema.LOG + LEAVES + schema.REMEMBERED + schema.TABLES + contract.VIEWS
TABLES = tuple(re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?\{s\}\.(\w+)", _SCRIPTS))
VIEWS = tuple(re.findall(r"CREATE VIEW \{s\}\.(\w+)", _SCRIPTS))
_FUNCTIONS = dict(re.findall(r"CREATE FUNCTION \{s\}\.(\w+\([^)]*\))\s+RETURNS (\w+)", _SCRIPTS))
"""All that the schema's scripts make: what comes to them is granted, or not, by the same rules."""

_DERIVED = tuple(COLUMNS)
"""Tables whose rows change, as they can be made again from the log."""
_READ_ONLY = ("retold_meta",)
_CALLED = tuple(name for name, returns in _FUNCTIONS.items() if returns != "trigger")
"""Functions that an append calls; those of triggers need nobody's right to run."""

_LOG_COLUMNS = (
    "originator_id", "originator_version", "topic", "state", "event_id", "recorded_at",
)  # fmt: skip
"""What a writer says of an event: all but its position, which the log gives."""


class Roles(NamedTuple):
    """The names of the roles: who owns, who records, who reads the views, who all tables."""

    owner: str
    writer: str
    reader: str
    library_reader: str | None = None

    @property
    def lesser(self) -> tuple[str, ...]:
        """All but the owner."""
        return (self.writer, self.reader, *filter(None, [self.library_reader]))


def grants(where: str, roles: Roles, *, raw_records: bool = False) -> str:
    """Return the SQL that makes the roles and gives each its part of the store in a schema.

    It may be run again: what else these roles were granted on the store is taken back.
    `raw_records` lets the reader see the records that events were read from. Raises `InvalidInput`
    for a name that PostgreSQL cannot keep, and for two roles of one name.
    """
    names = (roles.owner, *roles.lesser)
    if len(set(names)) < len(names):
        raise InvalidInput(f"each role needs a name of its own: {', '.join(names)}")
    store = _Store(quoted(where))
    parts = (
        _opening(store),
        _part("Roles that nobody logs in as: grant them to the logins that need them.",
              [_make(name) for name in names]),
        _part("The owner upgrades and rebuilds the store. What is made later is nobody else's.",
              _owning(store, quoted(roles.owner))),
        _part("These have no power over the store but what follows, and PUBLIC has none.",
              _revoking(store, ["PUBLIC", *map(quoted, roles.lesser)])),
        _part("The writer opens the store and appends. It changes no history and drops nothing.",
              _writing(store, quoted(roles.writer))),
        _part("The reader sees the views, and in them what is not restricted to others.",
              _reading(store, quoted(roles.reader), raw_records=raw_records)),
        *([_part("The library's reader opens the store, and reads everything.",
                 _reading_all(store, quoted(roles.library_reader)))]
          if roles.library_reader else []),
        _COMMIT,
    )  # fmt: skip
    return "\n".join(parts)


def group_grants(groups: Sequence[str]) -> str:
    """Return the SQL that makes the roles of groups of readers; raises `InvalidInput`."""
    for group in groups:
        with refusing_invalid():
            TypeAdapter(GroupName).validate_python(group)
    parts = (
        _part(
            f"Who has this role sees what is restricted to {group}, in each store of the server:\n"
            f"--   GRANT {quoted(GROUP_ROLE + group)} TO somebody;\n"
            "-- They need the reader's role, too.",
            [_make(GROUP_ROLE + group)],
        )
        for group in groups
    )
    return "\n".join((_BEGIN, *parts, _COMMIT))


def quoted(name: str) -> str:
    """Return a name as SQL quotes it; raises `InvalidInput` if PostgreSQL would shorten it."""
    if not (name and name.isprintable() and len(name.encode()) <= _LONGEST):
        raise InvalidInput(f"{name!r} cannot be a name: PostgreSQL takes 1 to {_LONGEST} bytes")
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


_LONGEST = 63


class _Store(NamedTuple):
    """Where a store is, its name quoted, and the names of what is in it."""

    schema: str

    def named(self, names: Sequence[str]) -> str:
        return ", ".join(f"{self.schema}.{name}" for name in names)


def _part(purpose: str, statements: Iterable[str]) -> str:
    return "\n".join([f"-- {purpose}", *(f"{one};" for one in statements), ""])


def _opening(store: _Store) -> str:
    return (
        f"-- Roles and their powers for the Retold store in schema {store.schema}.\n"
        "-- Run as a superuser, after the store was made and again after each upgrade:\n"
        "--   retold grants | psql -v ON_ERROR_STOP=1 DATABASE\n"
        f"{_BEGIN}"
    )


# What runs as a superuser is led to no type, function or operator of others.
_BEGIN = "BEGIN;\nSET LOCAL search_path = pg_catalog;\n"
_COMMIT = "COMMIT;\n"


def _make(role: str) -> str:
    literal = role.replace("'", "''")
    body = (
        f"BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '{literal}') THEN"
        f" CREATE ROLE {quoted(role)} NOLOGIN; END IF; END"
    ).replace("'", "''")
    return f"DO '{body}'"


def _owning(store: _Store, owner: str) -> list[str]:
    return [
        f"ALTER SCHEMA {store.schema} OWNER TO {owner}",
        *(f"ALTER TABLE {store.named([one])} OWNER TO {owner}" for one in TABLES),
        *(f"ALTER VIEW {store.named([one])} OWNER TO {owner}" for one in VIEWS),
        *(f"ALTER FUNCTION {store.named([one])} OWNER TO {owner}" for one in _FUNCTIONS),
        # Not IN SCHEMA: what PUBLIC has by default can be taken from it everywhere only.
        f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} REVOKE ALL ON FUNCTIONS FROM PUBLIC",
    ]


def _revoking(store: _Store, others: Sequence[str]) -> Iterator[str]:
    from_others = ", ".join(others)
    yield f"REVOKE ALL ON SCHEMA {store.schema} FROM {from_others}"
    yield f"REVOKE ALL ON {store.named((*TABLES, *VIEWS))} FROM {from_others}"
    yield f"REVOKE ALL ON FUNCTION {store.named(tuple(_FUNCTIONS))} FROM {from_others}"


def _writing(store: _Store, writer: str) -> list[str]:
    only_added_to = [one for one in TABLES if one not in (*_DERIVED, *_READ_ONLY, "retold_events")]
    columns = ", ".join(_LOG_COLUMNS)
    return [
        f"GRANT USAGE ON SCHEMA {store.schema} TO {writer}",
        f"GRANT SELECT ON {store.named((*TABLES, *VIEWS))} TO {writer}",
        f"GRANT INSERT ({columns}) ON {store.named(['retold_events'])} TO {writer}",
        f"GRANT INSERT ON {store.named(only_added_to)} TO {writer}",
        f"GRANT INSERT, UPDATE ON {store.named(_DERIVED)} TO {writer}",
        f"GRANT EXECUTE ON FUNCTION {store.named(_CALLED)} TO {writer}",
    ]


def _reading(store: _Store, reader: str, *, raw_records: bool) -> list[str]:
    kept_back = ("retold_hidden", *(() if raw_records else ("v1_raw_records",)))
    shown = [one for one in VIEWS if one not in kept_back]
    return [
        f"GRANT USAGE ON SCHEMA {store.schema} TO {reader}",
        f"GRANT SELECT ON {store.named(shown)} TO {reader}",
    ]


def _reading_all(store: _Store, reader: str) -> list[str]:
    return [
        f"GRANT USAGE ON SCHEMA {store.schema} TO {reader}",
        f"GRANT SELECT ON {store.named((*TABLES, *VIEWS))} TO {reader}",
    ]
