"""What the audit asks: is every key that is gone explained, and is none back?"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from retold import Incident, Store, open_store
from retold.adapters.sealing.erasing import erase_event, erase_subject, reapply_erasures
from retold.adapters.sealing.explained import BACK, GONE, Unexplained, unexplained
from retold.adapters.sealing.keys import Keys
from retold.adapters.sealing.opening import open_keys
from retold.adapters.sealing.sealed import Sealed

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def keys_url(tmp_path: Path) -> str:
    return str(tmp_path / "retold.keys")


@pytest.fixture
def store(url: str, keys_url: str, clock: Callable[[], datetime]) -> Iterator[Store]:
    with open_store(url, clock=clock, recorded_by="desk", keys=keys_url) as opened:
        yield opened


@pytest.fixture
def keys(store: Store, keys_url: str) -> Iterator[Keys]:
    told(store)
    opened = open_keys(keys_url, create=False)
    yield opened
    opened.close()


def told(store: Store) -> UUID:
    incident_id = store.detect("Checkout fails", by="bob").incident_id
    store.record(incident_id, Incident.acknowledge, by="ana")
    store.record(incident_id, Incident.resolve, by="ana")
    return incident_id


def findings(store: Store, keys: Keys) -> list[Unexplained]:
    return list(unexplained(store.backend.read_log(0, 1_000), keys))


def test_a_store_that_erased_what_it_says_has_no_findings(store: Store, keys: Keys) -> None:
    incident_id = told(store)
    assert findings(store, keys) == []
    erase_subject(store, "ana", why="case 17")
    erase_event(store, store.recorded(incident_id)[0].event_id, why="case 18")
    assert findings(store, keys) == []


def test_a_key_that_is_gone_without_a_word_is_found_in_each_incident(
    store: Store, keys: Keys
) -> None:
    incident_id = told(store)
    ana = keys.of(["subject:ana"])["subject:ana"]
    keys.destroy([ana.kid], NOON, "case 17")
    found = findings(store, keys)
    assert [(one.position, one.kid, one.what) for one in found] == [
        (2, ana.kid, GONE),
        (5, ana.kid, GONE),
    ]
    assert found[1].incident_id == incident_id
    reapply_erasures(store)
    assert findings(store, keys) == []


def test_what_the_log_says_of_another_incident_explains_nothing(store: Store, keys: Keys) -> None:
    erase_subject(store, "ana", why="case 17")
    [named] = {one.key for one in store.recorded(store.incidents()[0].incident_id)[1].tombstones}
    rows = store.backend.read_log(0, 1_000)
    other = str(UUID(int=1))
    moved = [row._replace(incident=other) if row.kind == "personal-data-erased" else row
             for row in rows]  # fmt: skip
    assert [(one.kid, one.what) for one in unexplained(moved, keys)] == [(named, GONE)]


def test_an_event_sealed_meanwhile_with_a_destroyed_key_is_explained(
    store: Store, keys: Keys
) -> None:
    erase_subject(store, "ana", why="case 17")
    rows = store.backend.read_log(0, 1_000)
    assert list(unexplained([*rows, rows[1]], keys)) == []


def test_keys_that_are_not_the_logs_are_found(store: Store, keys: Keys, tmp_path: Path) -> None:
    other = open_keys(str(tmp_path / "other.keys"), create=True)
    assert isinstance(store.backend, Sealed)
    store.backend.keys = other
    assert {one.what for one in findings(store, other)} == {GONE}
    other.close()


def test_a_key_that_is_back_is_found(store: Store, keys: Keys, keys_url: str) -> None:
    backup = keys_url + ".backup"
    with closing(sqlite3.connect(keys_url)) as raw:
        raw.execute("VACUUM INTO ?", (backup,))
    erase_subject(store, "ana", why="case 17")
    restored = open_keys(backup, create=False)
    [finding] = unexplained(store.backend.read_log(0, 1_000), restored)
    assert (finding.what, finding.position) == (BACK, 4)
    restored.close()
