"""A store with keys: what is stored, who may read it, and what is refused without them."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from retold import (
    Entry,
    Incident,
    InvalidInput,
    StorageUnavailable,
    Store,
    StoreMismatch,
    UnreadableEvent,
    open_store,
)
from retold.adapters.backend import RawRecord
from retold.adapters.sealing.sealed import Sealed
from retold.domain.events import NoteAdded

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(url: str, keys: str, clock: Callable[[], datetime]) -> Iterator[Store]:
    with open_store(url, clock=clock, recorded_by="desk", keys=keys) as opened:
        yield opened


def told(store: Store) -> UUID:
    incident_id = store.detect("Checkout fails", by="ana", services=("checkout",)).incident_id
    store.record(incident_id, Incident.acknowledge, by="bob")
    note = store.record(incident_id, Incident.note, text="ana called", links=("https://x",))
    store.correct(note.event_id, {"text": "ana rang"}, why="she wrote", by="ana")
    return incident_id


def stored(store: Store, incident_id: UUID) -> str:
    assert isinstance(store.backend, Sealed)
    return " ".join(row.state.decode() for row in store.backend.inner.read(incident_id))


def test_whoever_has_the_keys_reads_what_was_recorded(url: str, store: Store) -> None:
    incident_id = told(store)
    with open_store("memory:", recorded_by="desk") as plain:
        plain.append(incident_id, [entry_of(one) for one in store.recorded(incident_id)])
        assert plain.status(incident_id)._replace(version=0) == store.status(incident_id)._replace(
            version=0
        )
    assert [row.text for row in store.timeline(incident_id)] == [
        "Detected: Checkout fails", "Acknowledged", "ana rang",
    ]  # fmt: skip
    assert all(one.tombstones == () for one in store.recorded(incident_id))


def entry_of(recorded: object) -> Entry:
    return Entry(**{name: getattr(recorded, name) for name in Entry.model_fields})


def test_the_log_holds_neither_names_nor_texts(store: Store) -> None:
    log = stored(store, told(store))
    assert not [word for word in ("ana", "bob", "desk", "fails", "https") if f'"{word}' in log]
    assert '"services":["checkout"]' in log
    assert '"kind":"incident-detected"' in log


def test_every_way_of_reading_opens(store: Store) -> None:
    incident_id = told(store)
    backend = store.backend
    rows = backend.read(incident_id)
    assert json.loads(rows[0].state)["event"]["by"] == "ana"
    ids = [json.loads(row.state)["event_id"] for row in rows]
    assert backend.read_several([incident_id]) == rows
    assert backend.read_log(0, 10) == rows
    assert list(backend.read_incidents()) == [rows]
    assert backend.stored([UUID(one) for one in ids]) == rows
    assert backend.since_snapshot(incident_id)[1] == rows[-1:] or rows


def test_many_incidents_are_opened_each_with_its_rows(store: Store) -> None:
    told_of = {
        store.detect(f"Number {number}", by="ana").incident_id: f"Number {number}"
        for number in range(70)
    }
    for rows in store.backend.read_incidents():
        [row] = rows
        assert json.loads(row.state)["event"]["title"] == told_of[row.incident_id]


def test_views_are_the_same_when_made_again(store: Store) -> None:
    incident_id = told(store)
    before = store.status(incident_id), store.timeline(incident_id)
    assert store.rebuild() == 1
    assert (store.status(incident_id), store.timeline(incident_id)) == before
    assert store.views(incident_id).incident == before[0]


def test_without_the_setting_nothing_is_sealed(database_url: str, tmp_path: Path) -> None:
    with open_store(database_url) as store:
        incident_id = store.detect("Checkout fails", by="ana").incident_id
        assert b'"by":"ana"' in store.backend.read(incident_id)[0].state
    assert not list(tmp_path.glob("*.keys"))


def test_reading_with_keys_does_not_begin_to_seal(
    database_url: str, keys: str, tmp_path: Path
) -> None:
    with open_store(database_url) as store:
        incident_id = store.detect("Checkout fails", by="ana").incident_id
    with open_store(database_url, keys=keys) as store:
        assert store.recorded(incident_id)[0].event.by == "ana"
        assert store.status(incident_id).title == "Checkout fails"
    assert not list(tmp_path.glob("*.keys"))
    with open_store(database_url) as store:
        store.record(incident_id, Incident.resolve, by="bob")


def test_what_was_recorded_before_there_were_keys_stays_readable(
    database_url: str, keys: str
) -> None:
    with open_store(database_url) as store:
        incident_id = store.detect("Checkout fails", by="ana").incident_id
    with open_store(database_url, keys=keys) as store:
        store.record(incident_id, Incident.resolve, by="ana")
        assert {one.event.by for one in store.recorded(incident_id)} == {"ana"}
    with open_store(database_url) as store:
        assert [one.event.by for one in store.recorded(incident_id)] == ["ana", "[sealed]"]


@pytest.fixture
def sealed_url(database_url: str, keys: str) -> str:
    with open_store(database_url, keys=keys) as store:
        told(store)
    return database_url


def test_without_the_keys_what_is_sealed_reads_as_sealed(sealed_url: str) -> None:
    with open_store(sealed_url) as store:
        [incident] = store.incidents()
        recorded = store.recorded(incident.incident_id)
        assert {one.event.by for one in recorded} == {"[sealed]", None}
        assert {one.event.occurred_at.year for one in recorded} != set()
        assert [one.field for one in recorded[1].tombstones] == ["event.by"]
        assert not recorded[1].tombstones[0].is_erased
        assert store.views(incident.incident_id).incident.services == ("checkout",)


def test_without_the_keys_nothing_is_written_in_clear(sealed_url: str) -> None:
    with open_store(sealed_url) as store:
        [incident] = store.incidents()
        for write in (
            lambda: store.record(incident.incident_id, Incident.resolve, by="ana"),
            lambda: store.detect("Another", by="ana"),
            store.rebuild,
        ):
            with pytest.raises(StoreMismatch, match="give its keys"):
                write()
        assert store.health()[-1].advice.startswith("give them with --keys")


def test_other_keys_than_its_own_are_refused(sealed_url: str, keys: str, tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="keys of this store are not at"):
        open_store(sealed_url, keys=str(tmp_path / "mistyped.keys"))
    with open_store("memory:", keys=str(tmp_path / "other.keys")) as other:
        other.detect("Another")
    with pytest.raises(StoreMismatch, match="not the keys"):
        open_store(sealed_url, keys=str(tmp_path / "other.keys"))


def test_a_store_that_is_sealed_meanwhile_is_not_written_in_clear(
    database_url: str, keys: str, tmp_path: Path
) -> None:
    late = open_store(database_url, keys=str(tmp_path / "other.keys"))
    with open_store(database_url, keys=keys) as store:
        store.detect("Checkout fails")
    with late, pytest.raises(StorageUnavailable, match="keys of this store are not at"):
        late.detect("Another")
    assert not (tmp_path / "other.keys").exists()


def test_who_opened_before_anything_was_sealed_reads_what_others_sealed(
    database_url: str, keys: str
) -> None:
    with open_store(database_url, keys=keys) as early, open_store(database_url, keys=keys) as store:
        assert early.incidents() == []
        incident_id = store.detect("Checkout fails", by="ana").incident_id
        assert early.recorded(incident_id)[0].event.by == "ana"
        early.record(incident_id, Incident.resolve, by="bob")


def test_keys_may_lie_in_postgresql(postgres_server: str, sqlite_url: str) -> None:
    with open_store(sqlite_url, keys=postgres_server) as store:
        incident_id = told(store)
    with open_store(sqlite_url, keys=postgres_server) as store:
        assert store.status(incident_id).title == "Checkout fails"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("DROP SCHEMA retold_keys CASCADE")


def test_the_mark_is_no_measure(store: Store) -> None:
    told(store)
    assert store.backend.definitions() == {}


def test_raw_records_are_refused(store: Store) -> None:
    raw = RawRecord("0" * 64, '{"by": "ana"}')
    with pytest.raises(InvalidInput, match="keeps no raw records"):
        store.backend.keep_raw([raw])
    assert store.raw_record("0" * 64) is None


def test_an_event_sent_again_is_recorded_once(store: Store) -> None:
    event_id, incident_id = uuid4(), told(store)
    entry = Entry(event_id=event_id, event=NoteAdded(occurred_at=NOON, by="ana", text="hello"))
    first = store.append(incident_id, [entry])
    assert store.append(incident_id, [entry]) == first
    other = entry.model_copy(update={"event": entry.event.model_copy(update={"text": "bye"})})
    with pytest.raises(InvalidInput, match="belongs to a different event"):
        store.append(incident_id, [other])


def test_an_envelope_that_was_moved_is_unreadable(sqlite_url: str, keys: str) -> None:
    with open_store(sqlite_url, keys=keys) as store:
        incident_id = told(store)
        raw = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
        raw.execute("DROP TRIGGER retold_events_no_update")
        raw.execute(
            "UPDATE retold_events SET state = (SELECT state FROM retold_events WHERE"
            " originator_version = 1) WHERE originator_version = 2"
        )
        raw.commit()
        with pytest.raises(UnreadableEvent, match="position 2"):
            store.recorded(incident_id)


def test_doctor_says_how_the_keys_are(sealed_url: str, keys: str) -> None:
    with open_store(sealed_url, keys=keys) as store:
        checks = {check.name: check for check in store.health()}
        assert checks["keys are private"].is_fine
        Path(keys).chmod(0o644)
        assert not {check.name: check for check in store.health()}["keys are private"].is_fine
