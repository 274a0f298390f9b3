"""Importing Retold's own export: the same events, known since the same times, in another store."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from click.testing import CliRunner
from retold import Cut, Entry, Store, open_store
from retold.adapters.cli.group import retold
from retold.adapters.importers.importing import How, import_files
from retold.domain import events as ev

from .imports.jsonl import (
    CHECKOUT,
    DOCUMENT,
    LINES,
    NOON,
    OWN,
    SAMPLES,
    at,
    imported,
    rows_of,
    sample_rows,
    stories,
    without,
)
from .imports.told import written


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
