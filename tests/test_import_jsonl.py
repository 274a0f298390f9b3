"""Importing Retold's own export: the same events, the same stories, in any other store."""

import gzip
import json
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from retold import Cut, Entry, Store, open_store
from retold.adapters.cli.group import retold
from retold.adapters.exporting import exported
from retold.adapters.importers.accounts import Imported
from retold.adapters.importers.dry_run import dry_run
from retold.adapters.importers.importing import How, import_files
from retold.adapters.wording import json_row
from retold.domain import events as ev
from retold.domain.history import PRESENT
from retold.domain.values import Source, UsersAffected

from .imports.told import written

SAMPLES = Path(__file__).parent / "samples"
LINES = SAMPLES / "jsonl" / "events.jsonl"
DOCUMENT = SAMPLES / "jsonl" / "events.json"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CHECKOUT = "44aee8e4"
QUICK = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
OWN = ("position", "recorded_at")
"""What every store gives itself; versions too, where the order of rows is another."""


def at(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


def imported(store: Store, *files: object, **how: Any) -> Imported:
    return import_files(store, "jsonl", [str(file) for file in files], How(**how))


def rows_of(store: Store, *incident_ids: UUID) -> list[dict[str, Any]]:
    rows: Any = map(json_row, exported(store, "events", PRESENT))
    return [row for row in rows if not incident_ids or UUID(row["incident_id"]) in incident_ids]


def without(rows: list[dict[str, Any]], *columns: str) -> list[dict[str, Any]]:
    return [{name: row[name] for name in row if name not in columns} for row in rows]


def sample_rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in LINES.read_text().splitlines()]


def stories(store: Store, *incident_ids: UUID) -> list[list[tuple[Any, ...]]]:
    """Each story as it reads, with what was corrected and taken back."""
    return [
        [
            (entry.recorded.event_id, entry.event, entry.recorded.known_since,
             [one.event_id for one in entry.corrections], entry.retraction is None)
            for entry in store.history(incident_id).entries
        ]
        for incident_id in incident_ids
    ]  # fmt: skip


def test_every_event_is_recorded_as_it_was(store: Store) -> None:
    done = imported(store, LINES, DOCUMENT)
    assert (done.read, done.recorded, done.events) == (14, 14, 14)
    assert (done.corrections, done.retractions) == (1, 1)
    there = sample_rows() + json.loads(DOCUMENT.read_text())["rows"]
    assert without(rows_of(store), *OWN) == without(there, *OWN)


def test_a_copy_tells_the_same_story_known_since_the_same_time(store: Store) -> None:
    imported(store, LINES)
    incident_id = store.find(CHECKOUT)
    assert store.status(incident_id).resolved_at == datetime(2026, 3, 2, 10, 12, tzinfo=UTC)
    before_the_correction = Cut(known_at=datetime(2026, 3, 2, 12, tzinfo=UTC))
    then = store.status(incident_id, before_the_correction)
    assert then.resolved_at == datetime(2026, 3, 2, 10, 30, tzinfo=UTC)


def test_a_copy_is_recorded_when_it_is_copied(store: Store) -> None:
    began = store.detect("Here before", at=NOON).recorded_at
    imported(store, LINES)
    copies = store.recorded(store.find(CHECKOUT))
    assert all(one.recorded_at >= began for one in copies)
    assert all(one.told_at is not None for one in copies)
    assert [one.version for one in copies] == list(range(1, 11))


def test_the_export_of_a_store_is_already_there(store: Store, tmp_path: Path) -> None:
    imported(store, SAMPLES / "jsonl" / "events.json")
    live = store.detect("Checkout fails", services=("checkout",))
    store.append(live.incident_id, [Entry(event_id=uuid4(), event=ev.Resolved(occurred_at=at(9)))])
    before = rows_of(store)
    done = imported(store, written(tmp_path / "all.jsonl", *before))
    assert (done.already_there, done.events) == (len(before), 0)
    assert rows_of(store) == before


def test_a_source_goes_on_being_imported_where_its_events_were_copied(
    store: Store, tmp_path: Path
) -> None:
    page = str(SAMPLES / "statuspage" / "history.json")
    first = open_store("memory:")
    import_files(first, "statuspage", [page])
    imported(store, written(tmp_path / "copy.jsonl", *rows_of(first)))
    assert import_files(store, "statuspage", [page]).events == 0
    assert store.status(store.find("statuspage:p31kqzx8w5tn")).state == "resolved"


def test_an_array_a_document_and_gzip_are_read_as_lines_are(tmp_path: Path) -> None:
    rows = sample_rows()
    array, packed = tmp_path / "array.json", tmp_path / "events.jsonl.gz"
    array.write_text(json.dumps(rows))
    packed.write_bytes(gzip.compress(LINES.read_bytes()))
    for file in (array, packed):
        store = open_store("memory:")
        assert imported(store, file).recorded == len(rows)
        assert without(rows_of(store), *OWN) == without(rows, *OWN)


def test_the_command_line_copies_a_store(tmp_path: Path) -> None:
    first, second = str(tmp_path / "first.db"), str(tmp_path / "second.db")
    run(first, "import", "jsonl", str(LINES), str(DOCUMENT))
    for number, form in enumerate(("--nl", "--json")):
        file = tmp_path / f"{number}.json"
        file.write_text(run(first, "export", "events", form, "--tz", "Asia/Tokyo"))
        told = json.loads(run(second, "import", "auto", str(file), "--json"))["rows"][0]
        assert told["recorded" if form == "--nl" else "already_there"] == 14
    copied, there = run(second, "export", "events", "--nl"), run(first, "export", "events", "--nl")
    assert parsed(copied) == parsed(there)


def run(db: str, *args: str) -> str:
    done = CliRunner().invoke(retold, ["--db", db, *args])
    assert done.exit_code == 0, done.output
    return done.stdout


def parsed(lines: str) -> list[dict[str, Any]]:
    return without([json.loads(line) for line in lines.splitlines()], *OWN)


@pytest.mark.parametrize(
    ("edited", "where"),
    [
        ({"occurred_at": "2026-03-02T08:59:00.000000Z"}, "occurred_at"),
        ({"by": "somebody else"}, "by"),
        ({"kind": "incident-acknowledged"}, "kind"),
        ({"event_id": "76e430c9"}, "event_id"),
        ({"incident_id": None}, "incident_id"),
        ({"told_at": "2026-03-02T10:40:14"}, "told_at"),
        ({"source": "statuspage"}, "ref"),
        ({"event": {"kind": "incident-detected", "title": "x"}}, "event.incident-detected"),
    ],
    ids=str,
)
def test_a_row_that_was_edited_in_one_place_is_rejected(
    edited: dict[str, Any], where: str, tmp_path: Path
) -> None:
    store = open_store("memory:")
    first, *rest = sample_rows()
    done = imported(store, written(tmp_path / "edited.jsonl", first | edited, *rest))
    assert (done.recorded, done.rejected) == (9, 1)
    assert done.rejections[0].field.startswith(where)


def test_an_unknown_kind_is_rejected_by_its_name(tmp_path: Path) -> None:
    first, *rest = sample_rows()
    newer = first | {"kind": "incident-sung", "event": first["event"] | {"kind": "incident-sung"}}
    done = imported(open_store("memory:"), written(tmp_path / "newer.jsonl", newer, *rest))
    assert str(done.rejections[0]).endswith(
        "newer.jsonl:1 kind: unknown kind 'incident-sung'; a newer Retold wrote it?"
    )


def test_a_field_that_is_not_known_is_not_dropped_but_rejected(tmp_path: Path) -> None:
    first, *_ = sample_rows()
    newer = first | {"event": first["event"] | {"mood": "good"}}
    done = imported(open_store("memory:"), written(tmp_path / "newer.jsonl", newer))
    assert done.rejections[0].field == "event.incident-detected.mood"


def test_other_tables_are_no_events(tmp_path: Path) -> None:
    document = json.loads(DOCUMENT.read_text()) | {"schema": "retold.incidents/1"}
    file = tmp_path / "incidents.json"
    file.write_text(json.dumps(document))
    done = imported(open_store("memory:"), file)
    assert (done.rejected, done.events) == (4, 0)
    assert "'retold.incidents/1': only retold.events/1" in done.rejections[0].reason


def test_other_contents_under_a_known_id_are_rejected(tmp_path: Path) -> None:
    store = open_store("memory:")
    imported(store, LINES)
    first, *_ = sample_rows()
    other = first | {"event": first["event"] | {"title": "Another title"}}
    done = imported(store, written(tmp_path / "other.jsonl", other))
    assert (done.rejected, done.rejections[0].reason) == (1, "is recorded with other contents")


def test_an_id_of_another_incident_is_rejected_and_the_rest_goes_in(
    store: Store, tmp_path: Path
) -> None:
    imported(store, LINES)
    elsewhere = [row | {"incident_id": str(UUID(int=7))} for row in sample_rows()[:2]]
    new = {**elsewhere[0], "event_id": str(uuid4())}
    twice = new | {"incident_id": str(UUID(int=8))}
    file = written(tmp_path / "elsewhere.jsonl", *elsewhere, new, twice)
    with dry_run(store) as dry:
        said = import_files(dry, "jsonl", [str(file)])
    done = imported(store, file)
    assert (done.recorded, done.rejected) == (1, 3)
    assert done.rejections[0].field == "event_id"
    assert "of another incident, 44aee8e4-" in done.rejections[0].reason
    assert said == done


def test_a_correction_may_come_before_what_it_corrects(tmp_path: Path) -> None:
    rows = sample_rows()
    store = open_store("memory:")
    imported(store, written(tmp_path / "late.jsonl", *rows[-2:]))
    imported(store, written(tmp_path / "early.jsonl", *rows[:-2]))
    there = open_store("memory:")
    imported(there, LINES)
    incident_id = store.find(CHECKOUT)
    assert stories(store, incident_id) == stories(there, incident_id)


def test_a_limit_and_a_second_run_make_the_whole(tmp_path: Path) -> None:
    store = open_store("memory:")
    assert imported(store, LINES, limit=4).recorded == 4
    done = imported(store, LINES)
    assert (done.already_there, done.recorded) == (4, 6)
    assert without(rows_of(store), *OWN) == without(sample_rows(), *OWN)


def test_the_hash_of_a_kept_record_stays_with_the_event(tmp_path: Path) -> None:
    page = str(SAMPLES / "statuspage" / "history.json")
    first, copy = open_store("memory:"), open_store("memory:")
    import_files(first, "statuspage", [page], How(keep_raw=True))
    imported(copy, written(tmp_path / "copy.jsonl", *rows_of(first)), keep_raw=True)
    hashes = {row["raw_sha256"] for row in rows_of(copy)}
    assert hashes == {row["raw_sha256"] for row in rows_of(first)}
    assert None not in hashes
    assert all(copy.raw_record(one) is None for one in hashes)


# Any history, between any two kinds of store

numbers = st.integers(0, 9)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20)
lines = st.one_of(st.just("checkout"), texts)
moments = st.one_of(
    st.integers(0, 3).map(at),
    st.datetimes(datetime(1970, 1, 2), datetime(9998, 12, 30), timezones=st.just(UTC)),
)
maybe = st.none() | lines
STORY: list[Callable[[datetime, str], ev.StoryEvent]] = [
    lambda at, text: ev.Detected(occurred_at=at, title=text, services=("checkout", text)),
    lambda at, text: ev.Acknowledged(occurred_at=at, by=text, automatic=True),
    lambda at, text: ev.Declared(occurred_at=at, severity=text),
    lambda at, text: ev.Mitigated(occurred_at=at, how=text),
    lambda at, text: ev.Resolved(occurred_at=at, summary=text, by=text),
    lambda at, text: ev.Reopened(occurred_at=at, why=text),
    lambda at, text: ev.Dismissed(occurred_at=at, reason="drill", why=text),
    lambda at, text: ev.Merged(occurred_at=at, into=UUID(int=len(text))),
    lambda at, text: ev.ImpactStarted(
        occurred_at=at, service=text, users=UsersAffected(at_least=0, basis="measured")
    ),
    lambda at, text: ev.NoteAdded(occurred_at=at, text=text, links=(text,), status=text),
]
sources = st.none() | st.builds(
    Source,
    system=st.just("statuspage"),
    ref=lines,
    part=maybe,
    revised_at=st.none() | moments,
    raw_sha256=st.none() | st.just("0" * 64),
)
steps = st.lists(
    st.tuples(st.integers(0, 14), numbers, numbers, moments, lines, st.none() | moments, maybe,
              sources),
    min_size=1, max_size=12,
)  # fmt: skip


def entries_of(steps: list[Any]) -> list[Entry]:
    """Events, and corrections and retractions of any of them, earlier or later ones or none."""
    ids = [uuid4() for _ in range(10)]
    entries: dict[UUID, Entry] = {}
    for kind, number, target, moment, text, told_at, recorded_by, source in steps:
        event: ev.AnyEvent
        if kind < 10:
            event = STORY[kind](moment, text)
        elif kind < 13:
            change = ev.Change(field="occurred_at", new=moment.isoformat())
            event = ev.EventCorrected(
                occurred_at=moment, corrects=ids[target], changes=(change,), why=text
            )
        else:
            event = ev.EventRetracted(occurred_at=moment, retracts=ids[target], why=text)
        entries.setdefault(
            ids[number],
            Entry(
                event_id=ids[number],
                told_at=told_at,
                recorded_by=recorded_by,
                source=source,
                event=event,
            ),
        )
    return list(entries.values())


def check_copied(origin: Store, copy: Store, steps: list[Any], folder: Path) -> None:
    entries = entries_of(steps)
    first, second = uuid4(), uuid4()
    origin.append(first, entries[::2])
    if entries[1::2]:
        origin.append(second, entries[1::2])
    rows = rows_of(origin, first, second)
    done = imported(copy, written(folder / "events.jsonl", *rows))
    assert (done.recorded, done.rejected) == (len(entries), 0), done.rejections
    assert without(rows_of(copy, first, second), *OWN) == without(rows, *OWN)
    both = [first, second][: len({row["incident_id"] for row in rows})]
    assert stories(copy, *both) == stories(origin, *both)
    assert imported(origin, folder / "events.jsonl").already_there == len(rows)


@given(steps)
@settings(QUICK, max_examples=60)
def test_any_history_is_copied_exactly(tmp_path: Path, steps: list[Any]) -> None:
    check_copied(open_store("memory:"), open_store("memory:"), steps, tmp_path)


@pytest.fixture
def stores(sqlite_url: str, postgres_url: str) -> Iterator[list[Store]]:
    """One store of each kind."""
    with ExitStack() as stack:
        urls = ("memory:", sqlite_url, postgres_url)
        yield [stack.enter_context(open_store(url)) for url in urls]


@given(steps)
@settings(QUICK, max_examples=8)
def test_any_history_is_copied_exactly_between_any_two_kinds_of_stores(
    stores: list[Store], tmp_path: Path, steps: list[Any]
) -> None:
    for origin, copy in permutations(stores, 2):
        check_copied(origin, copy, steps, tmp_path)


def test_the_order_of_lines_does_not_matter_where_no_two_events_compete(tmp_path: Path) -> None:
    there = open_store("memory:")
    imported(there, LINES)
    told = stories(there, there.find(CHECKOUT))
    for seed in range(20):
        rows = sample_rows()
        random.Random(seed).shuffle(rows)
        store = open_store("memory:")
        imported(store, written(tmp_path / "shuffled.jsonl", *rows))
        assert stories(store, store.find(CHECKOUT)) == told
