"""Erasing that is interrupted, undone by a backup, refused, or held up; and what files keep."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from retold import (
    Incident,
    StorageUnavailable,
    Store,
    StoreMismatch,
    UnreadableEvent,
    open_store,
)
from retold.adapters.backend import Append, Backend, Stamp
from retold.adapters.sealing.erasing import erase_event, erase_subject, reapply_erasures
from retold.adapters.wrapped import Wrapped
from retold.domain.events import NoteAdded

from .erasures import agree, sealed, told, whys


@pytest.fixture
def store(url: str, keys: str, clock: Callable[[], datetime]) -> Iterator[Store]:
    with open_store(url, clock=clock, recorded_by="desk", keys=keys) as opened:
        yield opened


# Interrupted, restored


class Unplugged(Wrapped):
    """A database that goes away after so many appends."""

    def __init__(self, inner: Backend, appends: int) -> None:
        super().__init__(inner)
        self.left = appends

    def append(self, batch: Sequence[Append]) -> list[list[Stamp]]:
        self.left -= 1
        if self.left < 0:
            raise StorageUnavailable("the plug was pulled")
        return super().append(batch)


@contextmanager
def unplugged_after(store: Store, appends: int) -> Iterator[None]:
    backend = sealed(store)
    log, backend.inner = backend.inner, Unplugged(backend.inner, appends)
    with pytest.raises(StorageUnavailable, match="the plug was pulled"):
        yield
    backend.inner = log


@pytest.mark.parametrize("appends", [0, 1, 2])
def test_an_interrupted_erasure_is_completed_when_it_is_run_again(
    store: Store, appends: int
) -> None:
    incidents = [told(store) for _ in range(3)]
    with unplugged_after(store, appends):
        erase_subject(store, "anastasia", why="case 17")
    assert sum(len(whys(store, one)) for one in incidents) == appends
    erasure = erase_subject(store, "anastasia", why="case 17, again")
    assert len(erasure.erased) == 3 - appends
    assert [whys(store, one) for one in incidents] == [["case 17"]] * 3
    assert agree(store)


def test_each_erasure_keeps_its_reason(store: Store) -> None:
    incident_id = told(store)
    with unplugged_after(store, 0):
        erase_subject(store, "anastasia", why="case 17")
    with unplugged_after(store, 0):
        erase_subject(store, "bob", why="case 18")
    first, second = sorted(reapply_erasures(store).erased, key=lambda one: str(one.recorded.event))
    assert sorted(whys(store, incident_id)) == ["case 17", "case 18"]
    assert not set(first.keys) & set(second.keys)


def test_an_interrupted_erasure_is_completed_by_reapplying(
    store: Store,
) -> None:
    incident_id = told(store)
    note = store.recorded(incident_id)[4]
    with unplugged_after(store, 0):
        erase_event(store, note.event_id, why="a password")
    reapply_erasures(store, by="privacy desk")
    assert whys(store, incident_id) == ["a password"]
    assert reapply_erasures(store).erased == ()


def test_restored_keys_are_destroyed_again(database_url: str, keys: str, tmp_path: Path) -> None:
    with open_store(database_url, keys=keys) as store:
        incident_id = told(store)
    shutil.copy(keys, tmp_path / "backup")
    with open_store(database_url, keys=keys) as store:
        erase_subject(store, "anastasia", why="case 17")
    shutil.copy(tmp_path / "backup", keys)
    with open_store(database_url, keys=keys) as store:
        assert store.recorded(incident_id)[1].event.by == "anastasia"
        store.rebuild()
        reapply_erasures(store)
        assert store.recorded(incident_id)[1].event.by == "[erased]"
        assert "anastasia" not in str(store.timeline(incident_id))
        assert whys(store, incident_id) == ["case 17"]
        assert [one.why for one in sealed(store).keys.destroyed()] == ["case 17"]  # type: ignore[union-attr]
    assert b"anastasia" not in everything_in(database_url)


def test_a_restored_log_is_told_again_what_was_erased(
    sqlite_url: str, keys: str, tmp_path: Path
) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    with open_store(sqlite_url, keys=keys) as store:
        incident_id = told(store)
    shutil.copy(path, tmp_path / "backup")
    with open_store(sqlite_url, keys=keys) as store:
        erase_subject(store, "anastasia", why="case 17", by="privacy desk")
    shutil.copy(tmp_path / "backup", path)
    with open_store(sqlite_url, keys=keys) as store:
        assert whys(store, incident_id) == []
        reapply_erasures(store, by="privacy desk")
        assert whys(store, incident_id) == ["case 17"]
        assert agree(store)
    assert b"anastasia" not in everything_in(sqlite_url)


@pytest.mark.parametrize("damage", [('"sealed":1', '"sealed":2'), ('"ct":"', '"ct":"AAAA')])
def test_an_incident_that_cannot_be_read_does_not_keep_others_from_being_erased(
    sqlite_url: str, keys: str, damage: tuple[str, str]
) -> None:
    with open_store(sqlite_url, keys=keys) as store:
        damaged, *others = sorted(told(store) for _ in range(3))  # the first that is looked over
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as raw:
        raw.execute("DROP TRIGGER retold_events_no_update")
        raw.execute(
            "UPDATE retold_events SET state = CAST(replace(state, ?, ?) AS BLOB)"
            " WHERE originator_id = ? AND originator_version = 1",
            (*damage, str(damaged)),
        )
        raw.commit()
    with open_store(sqlite_url, keys=keys) as store:
        with pytest.raises(UnreadableEvent, match="cannot be read"):
            erase_subject(store, "anastasia", why="case 17")
        assert [whys(store, one) for one in others] == [["case 17"]] * 2


# What is left in the files


def everything_in(url: str) -> bytes:
    """Return the bytes of a SQLite file and its log, or of every row of a PostgreSQL schema."""
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        return b"".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*")).lower()
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
        ).fetchall()
        assert len(tables) > 8
        found = [connection.execute(f"SELECT t::text FROM {name} t").fetchall()  # type: ignore[call-overload]
                 for (name,) in tables]  # fmt: skip
    return str(found).encode().lower()


def test_no_byte_of_an_erased_name_or_text_is_left(database_url: str, keys: str) -> None:
    with open_store(database_url, keys=keys, recorded_by="anastasia") as store:
        for _ in range(3):
            incident_id = told(store)
            for number in range(20):  # enough for snapshots, and for pages to split
                text = f"password hunter2 {number} " + "x" * 200
                note = store.record(incident_id, Incident.note, by="anastasia", text=text)
                store.correct(note.event_id, {"text": "Hunter2"}, why="typo", by="anastasia")
        assert b"anastasia" in everything_in(database_url)
        assert b"hunter2" in everything_in(database_url)
    with open_store(database_url, keys=keys, recorded_by="desk") as store:
        for recorded in list(store.events()):
            if isinstance(recorded.event, NoteAdded) and "hunter2" in recorded.event.text:
                assert erase_event(store, recorded.event_id, why="a password").is_scrubbed
        erasure = erase_subject(store, "anastasia", why="case 17")
        assert erasure.is_scrubbed
        assert erasure.mentions == ()
        assert b"anastasia" not in everything_in(database_url)
        assert b"hunter2" not in everything_in(database_url)
        assert b"pool is exhausted" in everything_in(database_url)
        assert agree(store)


def test_no_page_that_a_long_text_filled_keeps_it(database_url: str, keys: str) -> None:
    with open_store(database_url, keys=keys) as store:
        incident_id = told(store)
        note = store.record(incident_id, Incident.note, text="hunter2 " * 5_000)
        for _ in range(8):  # a snapshot, too
            store.record(incident_id, Incident.note, text="and so on")
    with open_store(database_url, keys=keys) as store:  # by now all is in the file itself
        assert b"hunter2" in everything_in(database_url)
        assert erase_event(store, note.event_id, why="a password").is_scrubbed
        assert b"hunter2" not in everything_in(database_url)


def test_who_still_reads_the_file_keeps_old_rows_there_and_that_is_said(
    sqlite_url: str, keys: str
) -> None:
    with open_store(sqlite_url + "?timeout=1", keys=keys) as store:
        told(store)
        with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as reading:
            reading.execute("BEGIN")
            reading.execute("SELECT count(*) FROM retold_events").fetchone()
            assert not erase_subject(store, "anastasia", why="case 17").is_scrubbed
            reading.rollback()
        assert reapply_erasures(store).is_scrubbed
    assert b"anastasia" not in everything_in(sqlite_url)


def test_who_still_reads_the_keys_keeps_nobody_from_being_erased_and_that_is_said(
    sqlite_url: str, keys: str
) -> None:
    with open_store(sqlite_url, keys=keys) as store:
        incident_id = told(store)
        with closing(sqlite3.connect(keys)) as reading:
            reading.execute("BEGIN")
            reading.execute("SELECT count(*) FROM keys").fetchone()
            assert not erase_subject(store, "anastasia", why="case 17").is_scrubbed
            assert whys(store, incident_id) == ["case 17"]
        assert reapply_erasures(store).is_scrubbed


def test_keys_in_postgresql_are_destroyed_for_every_machine(
    postgres_server: str, postgres_url: str
) -> None:
    with (
        open_store(postgres_url, keys=postgres_server) as here,
        open_store(postgres_url, keys=postgres_server) as there,
    ):
        incident_id = told(here)
        assert there.recorded(incident_id)[1].event.by == "anastasia"
        assert erase_subject(here, "anastasia", why="case 17").is_scrubbed
        assert there.recorded(incident_id)[1].event.by == "[erased]"
        there.record(incident_id, Incident.resolve, by="bob")
        assert agree(there)
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        rows = connection.execute("SELECT * FROM retold_keys.keys").fetchall()
        connection.execute("DROP SCHEMA retold_keys CASCADE")
    assert "anastasia" not in str(rows)
    assert [row for row in rows if row[2] is None] == [row for row in rows if row[3]] != []


# What is refused


def test_nothing_is_erased_without_keys(database_url: str, keys: str) -> None:
    with open_store(database_url) as store:
        told(store)
        with pytest.raises(StoreMismatch, match="nothing in this store is sealed"):
            erase_subject(store, "anastasia", why="case 17")
    with open_store(database_url, keys=keys) as store:
        with pytest.raises(StoreMismatch, match="nothing in this store is sealed"):
            erase_subject(store, "anastasia", why="case 17")
        told(store)
    with open_store(database_url) as store, pytest.raises(StoreMismatch, match="give its keys"):
        reapply_erasures(store)


def test_nothing_is_erased_by_somebody_who_does_not_see_everything(
    sqlite_url: str, keys: str
) -> None:
    with open_store(sqlite_url, keys=keys) as store:
        told(store)
    with (
        open_store(sqlite_url, keys=keys, groups=()) as store,
        pytest.raises(StoreMismatch, match="some groups"),
    ):
        erase_subject(store, "anastasia", why="case 17")


def test_a_read_only_store_erases_nothing(sqlite_url: str, keys: str) -> None:
    with open_store(sqlite_url, keys=keys) as store:
        incident_id = told(store)
    with (
        open_store(sqlite_url + "?mode=ro", keys=keys) as store,
        pytest.raises(StorageUnavailable),
    ):
        erase_subject(store, "anastasia", why="case 17")
    with open_store(sqlite_url, keys=keys) as store:
        reapply_erasures(store)
        assert json.loads(store.backend.read(incident_id)[1].state)["event"]["by"] == "[erased]"
