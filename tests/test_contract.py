"""The SQL contract: the document names every column of the views, and the databases agree."""

import re
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row
from retold import Entry, Incident, Store, open_store
from retold.adapters.backend import RawRecord
from retold.domain import events as ev
from retold.domain.values import Source, iso

DOCUMENT = (Path(__file__).parent.parent / "docs" / "sql.md").read_text()
VIEWS = [
    f"v1_{name}"
    for name in (
        "incidents",
        "durations",
        "timeline",
        "assessments",
        "events",
        "raw_records",
        "hidden",
        "schema_info",
    )
]

FIRST = UUID(int=1_000)


class Clock(Protocol):
    """The clock of the fixture."""

    now: datetime

    def __call__(self) -> datetime: ...


class Column(NamedTuple):
    """One documented column: its type on each database, None where it is not there."""

    name: str
    sqlite: str | None
    postgres: str | None
    unit: str
    meaning: str


def documented(view: str) -> list[Column]:
    section = DOCUMENT.partition(f"\n## {view}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [
        Column(name.strip("`"), *(None if one == "-" else one for one in types), unit, meaning)
        for name, *types, unit, meaning in cells
    ]


def moment(minute: float) -> datetime:
    return datetime(2026, 3, 1, 12, int(minute), int(minute * 60) % 60, 17, tzinfo=UTC)


def fill(url: str, clock: Callable[[], datetime]) -> None:
    """Record incidents in which every column of every view has something to say."""
    numbers = iter(range(1, 100))
    with open_store(url, clock=clock, recorded_by="tests") as store:
        record_one_that_was_reopened(store, lambda: UUID(int=next(numbers)))
        record_a_twin_and_a_drill(store, lambda: UUID(int=next(numbers)))


def record_one_that_was_reopened(store: Store, new_id: Callable[[], UUID]) -> None:
    kept = RawRecord("ab" * 32, "{}")
    store.backend.keep_raw([kept])
    source = Source(
        system="statuspage",
        ref="abc",
        part="detected",
        revised_at=moment(2),
        raw_sha256=kept.sha256,
    )
    detected = ev.Detected(
        occurred_at=moment(1), by="ana", title="Suche «kaputt»", services=("search", "api")
    )
    entry = Entry(event_id=new_id(), told_at=moment(2), source=source, event=detected)
    store.append(FIRST, [entry])
    for decide, minute, facts in (
        (Incident.start_impact, 0, {"service": "x"}),
        (Incident.acknowledge, 3, {"by": "bo"}),
        (Incident.mitigate, 3, {}),
        (Incident.resolve, 3, {}),
        (Incident.reopen, 3, {}),
        (Incident.assess, 5, {"assessor": "cy", "severity": "sev1", "confidence": "low"}),
        (Incident.declare, 5, {"severity": "sev2", "by": "dan", "why": "a graph"}),
        (Incident.mitigate, 6, {}),
        (Incident.resolve, 7, {}),
    ):
        store.record(FIRST, decide, at=moment(minute), event_id=new_id(), **facts)  # type: ignore[arg-type]
    links = ("https://example.org/a",)
    given = {"text": 'look\n"here"', "links": links, "at": moment(4), "event_id": new_id()}
    noted = store.record(FIRST, Incident.note, **given)  # type: ignore[arg-type]
    new_values = {"occurred_at": iso(moment(4.5))}
    store.correct(noted.event_id, new_values, why="the log", correction_id=new_id())


def record_a_twin_and_a_drill(store: Store, new_id: Callable[[], UUID]) -> None:
    twin, drill = UUID(int=2_000), UUID(int=3_000)
    store.detect("Twin", at=moment(1), incident_id=twin, event_id=new_id())
    merged = {"this": twin, "into": FIRST, "at": moment(2), "event_id": new_id()}
    store.record(twin, Incident.merge, **merged)  # type: ignore[arg-type]
    store.detect("Drill", at=moment(1), incident_id=drill, event_id=new_id())
    noted = store.record(drill, Incident.note, at=moment(2), event_id=new_id(), text="oh")
    store.retract(noted.event_id, why="wrong place", retraction_id=new_id())
    store.record(drill, Incident.dismiss, at=moment(3), event_id=new_id(), reason="drill")
    store.record(drill, Incident.restrict, at=moment(4), event_id=new_id(), group="legal")


def sqlite_rows(url: str, view: str) -> list[dict[str, Any]]:
    raw = sqlite3.connect(url.removeprefix("sqlite:///"))
    raw.row_factory = sqlite3.Row
    rows = [dict(row) for row in raw.execute(all_of(view))]
    raw.close()
    return rows


def postgres_rows(url: str, view: str) -> list[dict[str, Any]]:
    with psycopg.connect(url, row_factory=dict_row) as connection:
        return list(connection.execute(all_of(view)))  # type: ignore[call-overload]


def all_of(view: str) -> str:
    return f"SELECT * FROM {view} ORDER BY {'1' if view == 'v1_hidden' else '1, 2'}"


def in_sqlite_form(row: dict[str, Any]) -> dict[str, Any]:
    """Say a row of PostgreSQL's as SQLite says it, each time once."""
    return {name: _in_sqlite_form(value) for name, value in row.items()}


def _in_sqlite_form(value: object) -> object:
    match value:
        case datetime():
            return iso(value)
        case UUID():
            return str(value)
        case list():
            return str(value).replace("'", '"')
        case bool():
            return int(value)
        case _:
            return value


def test_every_view_is_documented() -> None:
    assert re.findall(r"^## (\S+)$", DOCUMENT, re.MULTILINE) == VIEWS


@pytest.mark.parametrize("view", VIEWS)
def test_every_column_has_a_meaning(view: str) -> None:
    assert documented(view)
    assert all(column.meaning for column in documented(view))


def test_the_document_says_which_columns_sqlite_has_and_of_which_type(
    sqlite_url: str, clock: Callable[[], datetime]
) -> None:
    fill(sqlite_url, clock)
    for view in VIEWS:
        expected = {one.name: one.sqlite for one in documented(view) if one.sqlite}
        rows = sqlite_rows(sqlite_url, view)
        assert list(rows[0]) == list(expected), view
        types = {"str": "text", "int": "integer"}
        found = {
            name: {types[type(row[name]).__name__] for row in rows if row[name] is not None}
            for name in expected
        }
        assert found == {name: {declared} for name, declared in expected.items()}, view


def test_the_document_says_which_columns_postgresql_has_and_of_which_type(
    postgres_url: str,
) -> None:
    open_store(postgres_url).close()
    with psycopg.connect(postgres_url) as connection:
        for view in VIEWS:
            found = connection.execute(
                "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
                " WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum",
                (view,),
            ).fetchall()
            short = {"timestamp with time zone": "timestamptz"}
            expected = [(one.name, one.postgres) for one in documented(view) if one.postgres]
            assert [(name, short.get(type_, type_)) for name, type_ in found] == expected


def test_both_databases_say_the_same(sqlite_url: str, postgres_url: str, clock: Clock) -> None:
    start = clock.now
    for url in (sqlite_url, postgres_url):
        clock.now = start
        fill(url, clock)
    for view in VIEWS:
        both = [one.name for one in documented(view) if one.sqlite and one.postgres]
        rows = [{name: row[name] for name in both} for row in sqlite_rows(sqlite_url, view)]
        assert rows == [in_sqlite_form(row) for row in postgres_rows(postgres_url, view)], view


def test_sqlite_says_each_time_twice(sqlite_url: str, clock: Callable[[], datetime]) -> None:
    fill(sqlite_url, clock)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    for view in VIEWS:
        for row in sqlite_rows(sqlite_url, view):
            for name in [name for name in row if f"{name}_us" in row]:
                text, us = row[name], row[f"{name}_us"]
                assert (text is None) == (us is None)
                if text is not None:
                    past = datetime.fromisoformat(text) - epoch
                    assert (past.days * 86_400 + past.seconds) * 10**6 + past.microseconds == us
