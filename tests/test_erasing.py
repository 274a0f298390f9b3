"""Erasing personal data from a log that never changes: the key goes, and everything else stays."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from retold import (
    Entry,
    Incident,
    IncidentNotFound,
    InvalidInput,
    Recorded,
    StorageUnavailable,
    Store,
    StoreMismatch,
    UnreadableEvent,
    open_store,
)
from retold.adapters.backend import Append, Backend, Stamp
from retold.adapters.sealing.erasing import erase_event, erase_subject, reapply_erasures
from retold.adapters.sealing.sealed import Sealed
from retold.adapters.wrapped import Wrapped
from retold.domain.events import NoteAdded, PersonalDataErased

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def keys(tmp_path: Path) -> str:
    return str(tmp_path / "retold.keys")


@pytest.fixture
def store(url: str, keys: str, clock: Callable[[], datetime]) -> Iterator[Store]:
    with open_store(url, clock=clock, recorded_by="desk", keys=keys) as opened:
        yield opened


def told(store: Store, who: str = "anastasia") -> UUID:
    incident_id = store.detect("Checkout fails", by="bob", services=("checkout",)).incident_id
    store.record(incident_id, Incident.acknowledge, by=who)
    store.record(incident_id, Incident.assign_role, by="bob", role="commander", holder=who)
    store.record(incident_id, Incident.assess, by="bob", assessor=who.upper(),
                 severity="sev1", basis="payments are down")  # fmt: skip
    store.record(incident_id, Incident.note, by="bob", text="the pool is exhausted")
    return incident_id


def sealed(store: Store) -> Sealed:
    assert isinstance(store.backend, Sealed)
    return store.backend


def whys(store: Store, incident_id: UUID) -> list[str]:
    return [one.event.why for one in store.recorded(incident_id)
            if isinstance(one.event, PersonalDataErased)]  # fmt: skip


def agree(store: Store) -> bool:
    """Tell whether the views are what a replay gives."""
    return all(
        store.status(one.incident.incident_id) == one.incident
        and store.durations(one.incident.incident_id) == one.durations
        for one in store.replay()
    )


# A person


def test_an_erased_name_is_read_nowhere(store: Store) -> None:
    incident_id = told(store)
    erasure = erase_subject(store, " Anastasia ", why="case 17", by="privacy desk")
    recorded = store.recorded(incident_id)
    assert "anastasia" not in str(recorded).lower()
    assert recorded[1].event.by == recorded[2].event.holder == "[erased]"  # type: ignore[union-attr]
    assert recorded[3].event.assessor == "[erased]"  # type: ignore[union-attr]
    assert recorded[3].event.by == "bob"
    assert [row.who for row in store.timeline(incident_id)][1] == "[erased]"
    [one] = erasure.erased
    assert set(one.events) == {one.event_id for one in recorded[1:4]}
    assert erasure.mentions == ()
    assert erasure.is_scrubbed
    assert agree(store)


def test_the_log_says_what_was_erased_and_why_but_not_of_whom(store: Store) -> None:
    incident_id = told(store)
    acknowledged, *_ = store.recorded(incident_id)[1].tombstones or [None]
    erase_subject(store, "anastasia", why="case 17", by="privacy desk")
    said = store.recorded(incident_id)[-1]
    assert isinstance(said.event, PersonalDataErased)
    assert (said.event.by, said.event.why) == ("privacy desk", "case 17")
    assert said.event.keys == (store.recorded(incident_id)[1].tombstones[0].key,)
    assert acknowledged is None
    assert "anastasia" not in said.model_dump_json()


def test_numbers_and_times_stay_as_they_were(store: Store) -> None:
    incident_id = told(store)
    before = store.durations(incident_id), store.status(incident_id)
    erase_subject(store, "anastasia", why="case 17")
    after = store.durations(incident_id), store.status(incident_id)
    assert after[0] == before[0]
    assert after[1]._replace(version=0) == before[1]._replace(version=0)


def test_every_incident_is_told_once(store: Store) -> None:
    first, second, third = told(store), told(store), told(store, "carol")
    seen: list[int] = []
    erase_subject(store, "anastasia", why="case 17", progress=seen.append)
    assert [len(whys(store, one)) for one in (first, second, third)] == [1, 1, 0]
    assert seen == [1, 2, 3]
    erase_subject(store, "carol", why="case 18")
    assert [len(whys(store, one)) for one in (first, second, third)] == [1, 1, 1]


def test_a_person_without_a_trace_is_not_found(store: Store) -> None:
    told(store)
    with pytest.raises(IncidentNotFound, match="carol"):
        erase_subject(store, "carol", why="case 17")


def test_texts_that_mention_the_name_are_named_and_left(store: Store) -> None:
    incident_id = told(store)
    note = store.record(incident_id, Incident.note, text="Anastasia rang")
    label = store.record(incident_id, Incident.assign_role, role="anastasia's deputy", holder="x")
    erasure = erase_subject(store, "anastasia", why="case 17")
    assert [(one.event_id, one.field, one.can_be_erased) for one in erasure.mentions] == [
        (note.event_id, "event.text", True),
        (label.event_id, "event.role", False),
    ]
    erase_event(store, note.event_id, why="case 17")
    assert "Anastasia" not in str(store.recorded(incident_id))


def test_other_words_and_names_are_no_mention(store: Store) -> None:
    incident_id = told(store)
    store.record(incident_id, Incident.note, text="Anastasias bananas", by="anastasia-b")
    erasure = erase_subject(store, "anastasia", why="case 17")
    assert [one.field for one in erasure.mentions] == ["event.by"]  # a name with a hyphen
    assert store.recorded(incident_id)[5].event.by == "anastasia-b"


def test_a_blank_is_no_name(store: Store) -> None:
    told(store)
    with pytest.raises(InvalidInput, match="more than blanks"):
        erase_subject(store, " ", why="case 17")


def test_a_name_whose_letters_were_composed_another_way_is_the_same(store: Store) -> None:
    incident_id = told(store, "jose\u0301")
    note = store.record(incident_id, Incident.note, text="asked Jose\u0301\nB")
    erasure = erase_subject(store, "jos\u00e9", why="case 17")
    assert len(erasure.erased[0].events) == 3
    assert [one.event_id for one in erasure.mentions] == [note.event_id]
    [mention] = erase_subject(store, "Jos\u00e9 B", why="case 18").mentions
    assert mention.event_id == note.event_id


@pytest.mark.parametrize(
    ("why", "by", "where"),
    [("Anastasia asked for it", None, "why"), ("case 17", " ANASTASIA", "by")],
)
def test_an_erasure_that_would_name_the_person_for_ever_is_refused_before_it_begins(
    store: Store, why: str, by: str | None, where: str
) -> None:
    incident_id = told(store)
    with pytest.raises(InvalidInput) as refused:
        erase_subject(store, "anastasia", why=why, by=by)
    assert refused.value.where == where
    assert store.recorded(incident_id)[1].event.by == "anastasia"


def test_who_comes_again_is_recorded_again(store: Store) -> None:
    incident_id = told(store)
    erase_subject(store, "anastasia", why="case 17")
    store.record(incident_id, Incident.resolve, by="anastasia")
    assert store.recorded(incident_id)[-1].event.by == "anastasia"
    assert store.recorded(incident_id)[1].event.by == "[erased]"
    assert agree(store)


# A text


def test_an_erased_text_is_read_nowhere_and_persons_stay(store: Store) -> None:
    incident_id = told(store)
    note = store.recorded(incident_id)[4]
    erasure = erase_event(store, note.event_id, why="a password")
    [row] = [row for row in store.timeline(incident_id) if row.event_id == note.event_id]
    assert (row.text, row.who) == ("[erased]", "bob")
    assert [one.events for one in erasure.erased] == [(note.event_id,)]
    assert agree(store)


def test_with_a_text_go_the_corrections_that_repeat_it(store: Store) -> None:
    incident_id = told(store)
    note = store.recorded(incident_id)[4]
    store.correct(note.event_id, {"text": "the pool is empty"}, why="typo", by="bob")
    erase_event(store, note.event_id, why="a password")
    assert "pool" not in str(store.recorded(incident_id))
    assert [row.text for row in store.timeline(incident_id)][-1] == "[erased]"


def test_links_and_titles_are_texts(store: Store) -> None:
    incident_id = told(store)
    note = store.record(incident_id, Incident.note, text="see", links=("https://a", "https://b"))
    detected = store.recorded(incident_id)[0]
    erase_event(store, note.event_id, why="a token")
    erase_event(store, detected.event_id, why="a token")
    assert store.status(incident_id).title == "[erased]"
    assert store.recorded(incident_id)[5].event.links == ("[erased]", "[erased]")  # type: ignore[union-attr]
    assert agree(store)


def test_an_event_without_a_text_or_unknown_is_refused(store: Store) -> None:
    incident_id = told(store)
    acknowledged = store.recorded(incident_id)[1]
    with pytest.raises(InvalidInput, match="holds no sealed text"):
        erase_event(store, acknowledged.event_id, why="case 17")
    with pytest.raises(IncidentNotFound):
        erase_event(store, uuid4(), why="case 17")


def test_a_reason_is_needed_before_anything_is_destroyed(store: Store) -> None:
    incident_id = told(store)
    with pytest.raises(InvalidInput):
        erase_subject(store, "anastasia", why="")
    with pytest.raises(InvalidInput):
        erase_event(store, store.recorded(incident_id)[4].event_id, why="")
    assert store.recorded(incident_id)[1].event.by == "anastasia"


# After an erasure


def test_an_erased_event_can_be_corrected_and_retracted(store: Store) -> None:
    incident_id = told(store)
    note = store.recorded(incident_id)[4]
    erase_event(store, note.event_id, why="a password")
    correction = store.correct(note.event_id, {"text": "the pool was full"}, why="told anew")
    assert [row.text for row in store.timeline(incident_id)][-1] == "the pool was full"
    store.retract(correction.event_id, why="no")
    assert [row.text for row in store.timeline(incident_id)][-1] == "[erased]"
    store.retract(note.event_id, why="no")
    assert store.timeline(incident_id)[-1].retracted
    assert agree(store)


def entry_of(recorded: Recorded) -> Entry:
    return Entry(**{name: getattr(recorded, name) for name in Entry.model_fields})


def test_an_erased_event_sent_again_changes_nothing(store: Store, keys: str) -> None:
    incident_id = told(store)
    entries = [entry_of(one) for one in store.recorded(incident_id)]
    erase_subject(store, "anastasia", why="case 17")
    erase_event(store, entries[4].event_id, why="a password")
    before = store.recorded(incident_id)
    assert store.append(incident_id, entries) == before[:5]
    for entry in entries:
        assert store.append(incident_id, [entry])[0].event_id == entry.event_id
    assert store.append_all([(incident_id, entries)]) == [before[:5]]
    assert store.recorded(incident_id) == before
    assert b"anastasia" not in Path(keys).read_bytes()
    assert sealed(store).keys.of(["subject:anastasia"]) == {}  # type: ignore[union-attr]


def test_another_event_under_an_erased_id_is_refused(store: Store) -> None:
    incident_id = told(store)
    note = entry_of(store.recorded(incident_id)[4])
    erase_event(store, note.event_id, why="a password")
    other = note.event.model_copy(update={"occurred_at": NOON})
    with pytest.raises(InvalidInput, match="belongs to a different event"):
        store.append(incident_id, [note.model_copy(update={"event": other})])


def test_a_decision_made_again_after_the_erasure_is_a_repetition(store: Store) -> None:
    incident_id, event_id = told(store), uuid4()

    def resolve() -> Recorded:
        return store.record(incident_id, Incident.resolve, by="anastasia", event_id=event_id,
                            summary="rolled back", at=NOON + timedelta(hours=1))  # fmt: skip

    first = resolve()
    erase_subject(store, "anastasia", why="case 17")
    erase_event(store, event_id, why="a password")
    again = resolve()
    assert (again.event_id, again.version) == (first.event_id, first.version)
    assert again.event.by == "[erased]"
    assert len(whys(store, incident_id)) == 2


def test_what_a_copy_brings_of_an_erased_event_is_not_recorded_in_another_log(
    keys: str, tmp_path: Path
) -> None:
    with open_store(str(tmp_path / "a.db"), keys=keys) as store:
        note = entry_of(store.recorded(told(store))[4])
        erase_event(store, note.event_id, why="a password")
    shutil.copy(keys, tmp_path / "b.keys")
    with (
        open_store(str(tmp_path / "b.db"), keys=str(tmp_path / "b.keys")) as other,
        pytest.raises(InvalidInput, match="were erased: it is not recorded again"),
    ):
        other.append(uuid4(), [note])


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
