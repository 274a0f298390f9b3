"""Fresh databases for the three competitors, on SQLite and on PostgreSQL."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import NamedTuple, Protocol

import psycopg
from psycopg.conninfo import conninfo_to_dict

_numbers = itertools.count(1)


class Addresses(NamedTuple):
    """Where each competitor finds a database of its own; may be handed to another process."""

    retold: str
    stock: dict[str, str]
    raw: str


class Database(Protocol):
    """A kind of database."""

    name: str

    def fresh(self) -> Addresses:
        """Make an empty database for each competitor."""
        ...


class SQLite:
    """One file each."""

    name = "SQLite"

    def __init__(self, folder: Path) -> None:
        """Make files in `folder`."""
        self._folder = folder

    def fresh(self) -> Addresses:
        """See `Database`."""
        folder = self._folder / str(next(_numbers))
        folder.mkdir()
        stock = {
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": str(folder / "stock.db"),
            "SQLITE_LOCK_TIMEOUT": "30",
        }
        return Addresses(f"sqlite:///{folder}/retold.db", stock, str(folder / "raw.db"))


class PostgreSQL:
    """One schema each on one server."""

    name = "PostgreSQL"

    def __init__(self, server_url: str) -> None:
        """Make schemas on that server."""
        self._server_url = server_url

    def fresh(self) -> Addresses:
        """See `Database`."""
        number = next(_numbers)
        schemas = {name: f"{name}_{number}" for name in Addresses._fields}
        with psycopg.connect(self._server_url) as connection:
            for schema in schemas.values():
                connection.execute(f"CREATE SCHEMA {schema}")
        settings = conninfo_to_dict(self._server_url)
        stock = {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": str(settings["dbname"]),
            "POSTGRES_HOST": str(settings["host"]),
            "POSTGRES_USER": str(settings["user"]),
            "POSTGRES_PASSWORD": str(settings.get("password") or ""),
            "POSTGRES_SCHEMA": schemas["stock"],
            "POSTGRES_POOL_SIZE": "1",  # as Retold: more when threads ask for them
            "POSTGRES_MAX_OVERFLOW": "15",
        }
        return Addresses(self._url(schemas["retold"]), stock, self._url(schemas["raw"]))

    def _url(self, schema: str) -> str:
        return f"{self._server_url}&options=-csearch_path%3D{schema}"
