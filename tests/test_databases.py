"""What the databases themselves promise: history that stays, settings that last, clear refusals."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from retold import (
    Incident,
    InvalidInput,
    StorageUnavailable,
    Store,
    StoreMismatch,
    UnreadableEvent,
    open_store,
)
from retold.adapters.sqlite_schema import VIEW_TABLES

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def filled(url: str) -> UUID:
    with open_store(url) as store:
        incident = store.detect("Search is down", at=NOON).incident_id
        for text in ("one", "two", "three"):
            store.record(incident, Incident.note, text=text)
        return incident


def path_of(url: str) -> str:
    return url.removeprefix("sqlite:///")


def run_sql(url: str, *statements: str) -> None:
    if url.startswith("postgresql"):
        with psycopg.connect(url) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[call-overload]
    else:
        raw = sqlite3.connect(path_of(url))
        with raw:
            for statement in statements:
                raw.execute(statement)
        raw.close()


def dump(url: str) -> dict[str, list[object]]:
    """Every row of every view table, in order."""
    tables = {name: f"SELECT * FROM {name} ORDER BY 1, 2" for name in VIEW_TABLES}
    if url.startswith("postgresql"):
        with psycopg.connect(url) as connection:
            return {n: list(connection.execute(sql)) for n, sql in tables.items()}  # type: ignore[call-overload]
    raw = sqlite3.connect(path_of(url))
    return {name: raw.execute(sql).fetchall() for name, sql in tables.items()}


@pytest.mark.parametrize(
    "statement",
    ["UPDATE retold_events SET topic = 'note-added'", "DELETE FROM retold_events"],
)
def test_history_can_be_neither_updated_nor_deleted(database_url: str, statement: str) -> None:
    filled(database_url)
    with pytest.raises((sqlite3.IntegrityError, psycopg.Error), match="history is never"):
        run_sql(database_url, statement)


def test_history_cannot_be_truncated(postgres_url: str) -> None:
    filled(postgres_url)
    with pytest.raises(psycopg.Error, match="history is never"):
        run_sql(postgres_url, "TRUNCATE retold_events")


def test_rebuilding_gives_the_same_rows_as_living_through_it(database_url: str) -> None:
    with open_store(database_url) as store:
        for number in range(3):
            incident = store.detect(f"Incident {number}", at=NOON, services=("a", "b")).incident_id
            note = store.record(incident, Incident.note, text="x")
            store.record(incident, Incident.declare, severity="sev2")
            store.record(incident, Incident.start_impact, at=NOON, service="a")
            store.correct(note.event_id, {"text": "y"}, why="typo")
            resolved = store.record(incident, Incident.resolve)
            store.retract(resolved.event_id, why="not yet")
        lived = dump(database_url)
        damage = ("UPDATE retold_incidents SET title = 'wrong'", "DELETE FROM retold_timeline")
        run_sql(database_url, *damage)
        done: list[int] = []
        assert store.rebuild(done.append) == 3
        assert done == [1, 2, 3]
    assert dump(database_url) == lived


def test_every_view_answers(database_url: str) -> None:
    incident = filled(database_url)
    for view in ("incidents", "durations", "events", "timeline", "assessments", "schema_info"):
        run_sql(database_url, f"SELECT * FROM v1_{view}")
    if database_url.startswith("sqlite"):
        raw = sqlite3.connect(path_of(database_url))
        [row] = raw.execute("SELECT incident_id, detected_at, detected_at_us FROM v1_incidents")
        assert row == (str(incident), "2026-03-01T12:00:00.000000Z", 1_772_366_400_000_000)
        [times] = raw.execute(
            "SELECT occurred_at, occurred_at_us, told_at = recorded_at, told_at_us = recorded_at_us"
            " FROM v1_events WHERE version = 1"
        )
        assert times == ("2026-03-01T12:00:00.000000Z", 1_772_366_400_000_000, 1, 1)


def test_positions_are_never_given_again_and_survive_vacuum_and_dump(sqlite_url: str) -> None:
    filled(sqlite_url)
    raw = sqlite3.connect(path_of(sqlite_url))
    raw.execute("DROP TRIGGER retold_events_no_delete")
    raw.execute("DELETE FROM retold_events WHERE position = 4")
    raw.execute("DELETE FROM retold_incidents")
    raw.commit()
    raw.execute("VACUUM")
    copy = sqlite3.connect(":memory:")
    copy.executescript("\n".join(raw.iterdump()))
    for connection in (raw, copy):
        positions = connection.execute("SELECT position FROM retold_events ORDER BY 1").fetchall()
        assert positions == [(1,), (2,), (3,)]
    raw.close()
    with open_store(sqlite_url) as store:
        assert store.detect("next").position == 5


def test_settings_that_make_appends_durable_are_in_force(database_url: str) -> None:
    with open_store(database_url) as store:
        found = {check.name: check.value for check in store.health()}
    if database_url.startswith("sqlite"):
        assert (found["journal mode"], found["synchronous"]) == ("wal", "2")
    else:
        assert found["fsync"] == found["full_page_writes"] == found["synchronous_commit"] == "on"


def insert_raw(url: str, incident: UUID, kind: str, state: str) -> None:
    stored = f"'{state}'::bytea" if url.startswith("postgresql") else f"CAST('{state}' AS BLOB)"
    moment = "'2026-03-01T12:00:00.000000Z'"
    run_sql(
        url,
        "INSERT INTO retold_events"
        " (originator_id, originator_version, topic, state, event_id, recorded_at)"
        f" VALUES ('{incident}', 5, '{kind}', {stored}, '{uuid4()}', {moment})",
    )


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("incident-sung", '{"shape":1}'),
        ("os:system", "{}"),
        ("note-added", '{"shape":2}'),
        ("note-added", "damaged"),
    ],
)
def test_an_event_that_cannot_be_read_is_named_by_its_position(
    database_url: str, kind: str, state: str
) -> None:
    incident = filled(database_url)
    insert_raw(database_url, incident, kind, state)
    with open_store(database_url) as store:
        for ask in (lambda: store.recorded(incident), lambda: list(store.events()), store.rebuild):
            with pytest.raises(UnreadableEvent) as caught:
                ask()
            assert caught.value.position == 5


def test_a_database_that_is_not_ours_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.db"
    raw = sqlite3.connect(foreign)
    raw.execute("CREATE TABLE customers (name TEXT)")
    raw.commit()
    raw.close()
    before = foreign.read_bytes()
    with pytest.raises(StoreMismatch, match="not a Retold store"):
        open_store(str(foreign))
    assert foreign.read_bytes() == before


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a database at all, but long enough to be taken for one" * 20)
    with pytest.raises(StoreMismatch, match="no SQLite database"):
        open_store(str(text))


def test_a_foreign_table_of_our_name_is_refused(postgres_url: str) -> None:
    run_sql(postgres_url, "CREATE TABLE retold_events (x int)")
    with pytest.raises(StoreMismatch, match="did not make"):
        open_store(postgres_url)


def test_a_store_of_a_newer_version_is_refused(database_url: str) -> None:
    filled(database_url)
    newer = {
        "sqlite": "PRAGMA user_version = 99",
        "postgresql": "UPDATE retold_meta SET value = '99'",
    }[database_url.partition(":")[0]]
    run_sql(database_url, newer)
    with pytest.raises(StoreMismatch, match="newer Retold"):
        open_store(database_url)


def test_a_store_that_is_not_there_is_not_made_when_only_read(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/none.db?mode=ro", f"sqlite:///{tmp_path}/no/folder.db"):
        with pytest.raises(StorageUnavailable, match="there is no"):
            open_store(url)
    with pytest.raises(StorageUnavailable, match="no store"):
        open_store(str(tmp_path / "none.db"), create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_schema_without_a_store_is_not_filled_when_only_read(postgres_url: str) -> None:
    with pytest.raises(StorageUnavailable, match="no store"):
        open_store(postgres_url, create=False)


def test_a_read_only_store_reads_and_refuses_to_record(sqlite_url: str) -> None:
    incident = filled(sqlite_url)
    with open_store(f"{sqlite_url}?mode=ro") as store:
        assert store.status(incident).version == 4
        with pytest.raises(StorageUnavailable, match="readonly"):
            store.record(incident, Incident.note, text="x")
        assert len(store.recorded(incident)) == 4


def test_a_read_only_server_is_unavailable_for_recording(postgres_url: str) -> None:
    incident = filled(postgres_url)
    with open_store(f"{postgres_url}%20-cdefault_transaction_read_only%3Don") as store:
        assert store.status(incident).version == 4
        with pytest.raises(StorageUnavailable, match="read-only"):
            store.record(incident, Incident.note, text="x")


def test_a_locked_file_is_unavailable_after_the_wait(sqlite_url: str) -> None:
    incident = filled(sqlite_url)
    other = sqlite3.connect(path_of(sqlite_url), isolation_level=None)
    with open_store(f"{sqlite_url}?timeout=1") as store:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable, match="locked"):
            store.record(incident, Incident.note, text="x")
        other.execute("ROLLBACK")
        assert store.record(incident, Incident.note, text="x").version == 5


def test_a_store_is_opened_and_read_while_another_writes(sqlite_url: str) -> None:
    incident = filled(sqlite_url)
    other = sqlite3.connect(path_of(sqlite_url), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with open_store(f"{sqlite_url}?timeout=0") as store:
        assert store.status(incident).version == 4
    other.execute("ROLLBACK")


@pytest.mark.parametrize(
    "url",
    ["mysql://host/database", "sqlite:///x.db?journal=off", "sqlite:///", "sqlite:///x?timeout=y",
     "postgresql://host/db?nonsense=1"],
)  # fmt: skip
def test_urls_that_name_no_store_are_invalid(url: str) -> None:
    with pytest.raises(InvalidInput):
        open_store(url)


def test_a_server_that_is_down_is_unavailable() -> None:
    with pytest.raises(StorageUnavailable):
        open_store("postgresql://nobody@127.0.0.1:9/none")


def test_a_connection_that_may_lose_events_is_refused(postgres_url: str) -> None:
    with pytest.raises(StoreMismatch, match="synchronous_commit = off"):
        open_store(f"{postgres_url}%20-csynchronous_commit%3Doff")


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
def test_a_server_that_may_lose_events_is_refused(postgres_url: str, setting: str) -> None:
    set_server(postgres_url, setting, "off")
    try:
        with pytest.raises(StoreMismatch, match=f"{setting} = off"):
            open_store(postgres_url)
    finally:
        set_server(postgres_url, setting, "on")


def set_server(url: str, setting: str, value: str) -> None:
    """Change a setting of the whole server, and wait until it is in force."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"ALTER SYSTEM SET {setting} = {value}")  # type: ignore[call-overload]
        connection.execute("SELECT pg_reload_conf()")
    for _ in range(100):
        with psycopg.connect(url) as connection:
            if connection.execute(f"SHOW {setting}").fetchone() == (value,):  # type: ignore[call-overload]
                return
        time.sleep(0.05)
    raise AssertionError(f"{setting} did not become {value}")


@pytest.mark.parametrize("prefix", ["", "RETOLD_"])
def test_the_librarys_function_that_loses_events_is_refused(
    monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    monkeypatch.setenv(f"{prefix}POSTGRES_ENABLE_DB_FUNCTIONS", "y")
    with pytest.raises(StoreMismatch, match="ENABLE_DB_FUNCTIONS"):
        open_store("memory:")


@pytest.mark.parametrize("url", ["memory:", ":memory:", "sqlite:///:memory:"])
def test_a_store_in_memory_leaves_no_file(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with open_store(url) as store:
        store.detect("Search is down", at=NOON)
    assert not list(tmp_path.iterdir())


def test_bad_input_writes_nothing(store: Store, clock: Callable[[], datetime]) -> None:
    incident = store.detect("Search is down", at=NOON).incident_id
    for text in ("a\x00b", "a\ud800b", "x" * 10_000_000, ""):
        with pytest.raises(InvalidInput):
            store.record(incident, Incident.note, text=text)
    with pytest.raises(InvalidInput):
        store.record(incident, Incident.note, text="x", at=datetime(2026, 3, 1))
    with pytest.raises(InvalidInput):
        store.record(incident, Incident.note, text="x", mood="good")
    assert len(list(store.events())) == 1


WRITER = """
import sys
from retold import Incident, open_store
from uuid import UUID
with open_store(sys.argv[1]) as store:
    for number in range(40):
        store.record(UUID(sys.argv[2]), Incident.note, text=f"{sys.argv[3]} {number}")
"""


def test_two_processes_write_to_one_database(database_url: str) -> None:
    incident = filled(database_url)
    command = [sys.executable, "-c", WRITER, database_url, str(incident)]
    writers = [subprocess.Popen([*command, name]) for name in ("left", "right")]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    with open_store(database_url) as store:
        assert [one.version for one in store.recorded(incident)] == list(range(1, 85))
        assert store.status(incident).version == 84


@pytest.fixture
def older_url(database_url: str) -> str:
    """A store as the Retold before this one left it: the same log, other tables beside it."""
    filled(database_url)
    version = "PRAGMA user_version = 1"
    drop = "ALTER TABLE retold_events DROP COLUMN"
    leaves = f"{drop} nodes", f"{drop} leaf_index"
    if database_url.startswith("postgresql"):
        version = "UPDATE retold_meta SET value = '1' WHERE key = 'schema_version'"
        leaves = "DROP TABLE retold_leaves", "DROP FUNCTION retold_add_leaf"
    views = "DROP VIEW v1_assessments", "DROP VIEW v1_timeline"
    run_sql(database_url, *views, "DROP TABLE retold_timeline", *leaves, version)
    return database_url


def test_a_store_that_an_older_version_made_is_refused_with_what_to_do(older_url: str) -> None:
    with pytest.raises(StoreMismatch, match=r"older Retold made this store.*run `retold rebuild`"):
        open_store(older_url)


def test_rebuilding_upgrades_a_store_that_an_older_version_made(older_url: str) -> None:
    with open_store(older_url, for_rebuild=True) as store:
        assert store.rebuild() == 1
    with open_store(older_url) as store:
        [row] = store.incidents()
        store.record(row.incident_id, Incident.resolve)
        assert store.status(row.incident_id).state == "resolved"
        assert store.backend.tree.size() == store.backend.last_position()
    run_sql(older_url, "SELECT text FROM v1_timeline")
