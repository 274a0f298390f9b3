"""Checkpoints on a schedule: when they are signed, where they go, and what becomes of failures."""

import logging
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from retold import AuditFailed, Checkpoints, Incident, InvalidInput, Store, open_store
from retold.adapters.audit.checkpoints import Checkpoint, opened_checkpoint
from retold.adapters.audit.key_files import write_key_file
from retold.adapters.audit.keys import SigningKey
from retold.adapters.audit.signing import keep_checkpoint
from retold.adapters.audit.verifying import verify_store
from retold.adapters.trees import Tree
from retold.domain.events import NoteAdded
from retold.domain.records import Entry

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = SigningKey("example.com/incidents", bytes(range(32)))


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "audit.key"
    write_key_file(path, KEY)
    return path


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "latest.checkpoint"


def add(store: Store, events: int) -> None:
    for number in range(events):
        store.detect(f"checkout fails {number}")


def note(text: str) -> Entry:
    return Entry(event_id=uuid4(), event=NoteAdded(occurred_at=NOON, text=text))


def opened(note: str) -> Checkpoint:
    return opened_checkpoint(note, [KEY.vkey])


def size_in(path: Path) -> int | None:
    return opened(path.read_text()).size if path.exists() else None


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.01)


class Mailbox:
    """Where checkpoints are sent to, which may be out of order for a while."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.error: Exception | None = None

    def __call__(self, note: str) -> None:
        if self.error is not None:
            raise self.error
        self.notes.append(note)

    @property
    def sizes(self) -> list[int]:
        return [opened(note).size for note in self.notes]


def test_one_is_signed_after_every_so_many_events(url: str, key: Path, kept: Path) -> None:
    with open_store(url, checkpoints=Checkpoints(key, kept, every_events=3)) as store:
        add(store, 2)
        assert size_in(kept) is None
        add(store, 1)
        assert size_in(kept) == 3
        add(store, 2)
        assert size_in(kept) == 3
        add(store, 2)
        assert size_in(kept) == 6


def test_one_append_of_many_events_is_signed_once(url: str, key: Path) -> None:
    to = Mailbox()
    with open_store(url, checkpoints=Checkpoints(key, to, every_events=2)) as store:
        store.append(uuid4(), [note(text) for text in ("one", "two", "three")])
    assert to.sizes == [3]


def test_one_is_signed_so_many_seconds_after_the_first_unsigned_event(
    url: str, key: Path, kept: Path
) -> None:
    with open_store(url, checkpoints=Checkpoints(key, kept, every_seconds=0.1)) as store:
        add(store, 2)
        wait_until(lambda: size_in(kept) == 2)
        add(store, 1)
        wait_until(lambda: size_in(kept) == 3)


def test_one_is_signed_when_the_store_is_closed(url: str, key: Path, kept: Path) -> None:
    with open_store(url, checkpoints=Checkpoints(key, kept)) as store:
        add(store, 2)
        assert size_in(kept) is None
    assert size_in(kept) == 2


def test_nothing_is_signed_twice_at_closing(url: str, key: Path) -> None:
    to = Mailbox()
    with open_store(url, checkpoints=Checkpoints(key, to, every_events=2)) as store:
        add(store, 2)
    assert to.sizes == [2]


def test_a_function_gets_the_signed_note(url: str, key: Path) -> None:
    to = Mailbox()
    with open_store(url, checkpoints=Checkpoints(key, to, every_events=2)) as store:
        add(store, 4)
        assert to.sizes == [2, 4]
        anchors = [(str(number), note) for number, note in enumerate(to.notes)]
        assert verify_store(store, anchors, [KEY.vkey]).is_verified


@pytest.mark.parametrize(
    "error", [OSError("no route to host"), ValueError("a defect of the host's function")]
)
def test_an_append_does_not_fail_with_its_checkpoint_which_is_tried_again(
    url: str, key: Path, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    to = Mailbox()
    with open_store(url, checkpoints=Checkpoints(key, to, every_events=2)) as store:
        to.error = error
        with caplog.at_level(logging.ERROR, "retold.audit"):
            add(store, 2)
        assert str(error) in caplog.text
        to.error = None
        add(store, 1)
        assert to.sizes == [3]


def test_a_failure_is_tried_again_without_any_further_append(url: str, key: Path) -> None:
    to = Mailbox()
    schedule = Checkpoints(key, to, every_events=2, every_seconds=0.1)
    with open_store(url, checkpoints=schedule) as store:
        to.error = OSError("no route to host")
        add(store, 2)
        time.sleep(0.3)  # it fails by the clock, too
        to.error = None
        wait_until(lambda: to.sizes == [2])


def test_a_failure_at_closing_is_raised_and_the_store_is_closed(
    sqlite_url: str, key: Path, tmp_path: Path
) -> None:
    to = Mailbox()
    to.error = OSError("no route to host")
    store = open_store(sqlite_url, checkpoints=Checkpoints(key, to))
    add(store, 1)
    with pytest.raises(OSError, match="no route"):
        store.close()
    assert_nobody_has_it_open(tmp_path / "store.db")


def test_a_file_of_another_history_stays_and_is_told_at_closing(
    url: str, key: Path, kept: Path
) -> None:
    with open_store("memory:", checkpoints=Checkpoints(key, kept)) as store:
        add(store, 3)
    before = kept.read_text()
    store = open_store(url, checkpoints=Checkpoints(key, kept))
    add(store, 5)
    with pytest.raises(AuditFailed, match="stays as it is"):
        store.close()
    assert kept.read_text() == before


def test_several_threads_are_signed_for_without_losing_count(
    url: str, key: Path, kept: Path
) -> None:
    with open_store(url, checkpoints=Checkpoints(key, kept, every_events=5)) as store:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: add(store, 10), range(4)))
        assert (size_in(kept) or 0) >= 36  # what came last may be on its way to the next one
        assert verify_store(store, [("kept", kept.read_text())], [KEY.vkey]).is_verified
    assert size_in(kept) == 40


class Overtaken:
    """A store's tree, of which somebody else records and signs more as soon as it is measured."""

    def __init__(self, tree: Tree, meanwhile: Callable[[], object]) -> None:
        self.leaves, self.at = tree.leaves, tree.at
        self._tree, self._meanwhile = tree, meanwhile

    def size(self) -> int:
        size = self._tree.size()
        self._meanwhile()
        return size


def test_what_another_process_signs_meanwhile_is_no_false_alarm(store: Store, kept: Path) -> None:
    def record_and_sign() -> None:
        add(store, 1)
        keep_checkpoint(store.backend.tree, [KEY], kept)

    record_and_sign()
    signed = keep_checkpoint(Overtaken(store.backend.tree, record_and_sign), [KEY], kept)
    assert signed.size == 1


def test_a_store_that_is_only_read_signs_nothing(database_url: str, key: Path, kept: Path) -> None:
    with open_store(database_url) as store:
        add(store, 1)
    read_only = f"{database_url}?mode=ro" if database_url.startswith("sqlite") else database_url
    with open_store(read_only, checkpoints=Checkpoints(key, kept)) as store:
        assert len(store.incidents()) == 1
    assert not kept.exists()


def test_a_store_without_events_signs_nothing(url: str, key: Path, kept: Path) -> None:
    open_store(url, checkpoints=Checkpoints(key, kept)).close()
    assert not kept.exists()


def test_an_append_that_is_refused_is_not_signed(url: str, key: Path, kept: Path) -> None:
    with open_store(url, checkpoints=Checkpoints(key, kept, every_events=2)) as store:
        first = store.detect("checkout fails")
        store.record(first.incident_id, Incident.acknowledge, by="ana")
        assert size_in(kept) == 2
        with pytest.raises(InvalidInput):
            store.record(first.incident_id, Incident.note, text="x", at="yesterday")
    assert size_in(kept) == 2


def test_a_key_that_others_may_read_is_refused_and_leaves_nothing_open(
    sqlite_url: str, key: Path, kept: Path, tmp_path: Path
) -> None:
    open_store(sqlite_url).close()
    key.chmod(0o644)
    with pytest.raises(InvalidInput, match="others may read"):
        open_store(sqlite_url, checkpoints=Checkpoints(key, kept))
    assert_nobody_has_it_open(tmp_path / "store.db")


def test_a_key_that_is_not_there_is_refused_at_opening(url: str, kept: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_store(url, checkpoints=Checkpoints("nowhere.key", kept))


@pytest.mark.parametrize("when", [{"every_events": 0}, {"every_seconds": 0.0}])
def test_a_schedule_of_never_is_refused(
    url: str, key: Path, kept: Path, when: dict[str, int]
) -> None:
    with pytest.raises(InvalidInput, match="above 0"):
        open_store(url, checkpoints=Checkpoints(key, kept)._replace(**when))


def assert_nobody_has_it_open(path: Path) -> None:
    """SQLite takes the file out of WAL for the last connection alone."""
    raw = sqlite3.connect(path, timeout=0.0)
    assert raw.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",)
    raw.close()
