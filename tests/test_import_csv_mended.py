"""Importing again: with a mended mapping, and with mended rejects."""

import json
import os
from datetime import datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from retold import Store, open_store
from retold.adapters.cli.group import retold
from retold.adapters.importers.accounts import Imported, Rejection
from retold.adapters.importers.formats import Options
from retold.adapters.importers.importing import How, import_files
from retold.adapters.importers.sources import format_mapped
from retold.adapters.importers.tables.dates import dates_of
from retold.domain.values import iso

from .imports.told import at

INCIDENTS = """
source = "log"
rows = "incidents"
zone = "UTC"
id = "id"
title = "title"
[events.detected]
at = "opened"
[events.resolved]
at = "closed"
"""
CHANGES = """
source = "log"
rows = "changes"
zone = "UTC"
id = "id"
at = "at"
state = "state"
order = "step"
keep = ["team"]
[states]
New = "open"
Active = "acknowledged"
Ended = "resolved"
"""
ROWS = (
    "id,at,state,step,team\n"
    "7,2026-03-01 10:00,New,1,A\n7,2026-03-01 10:30,Active,2,A\n7,2026-03-01 12:00,Ended,3,B\n"
)
DAYS = [at(f"2026-03-1{day}T00:00Z") for day in range(6)]


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


def imported(
    store: Store,
    folder: Path,
    mapping: str,
    rows: str,
    exported_at: datetime | None = None,
    *,
    zone: tzinfo | None = None,
) -> Imported:
    (folder / "map.toml").write_text(mapping)
    (folder / "a.csv").write_text(rows)
    (folder / "rejects.jsonl").write_text("")

    def keep(rejection: Rejection) -> None:
        with (folder / "rejects.jsonl").open("a") as file:
            file.write(f"{json.dumps(rejection.as_json())}\n")

    file = str(folder / "a.csv")
    options = Options(zone, {file: exported_at} if exported_at else {})
    return import_files(
        store, format_mapped(folder / "map.toml"), [file], How(options, on_reject=keep)
    )


@pytest.mark.parametrize("first", ["UTC", "America/New_York"])
def test_a_mended_zone_of_a_table_of_changes_corrects_every_time(
    store: Store, tmp_path: Path, first: str
) -> None:
    imported(store, tmp_path, CHANGES.replace("UTC", first), ROWS, DAYS[0])
    imported(store, tmp_path, CHANGES.replace("UTC", "Europe/Berlin"), ROWS, DAYS[1])
    row = store.status(store.find("log:7"))
    assert row.detected_at == at("2026-03-01T09:00Z")
    assert row.acknowledged_at == at("2026-03-01T09:30Z")
    assert row.resolved_at == at("2026-03-01T11:00Z")


def test_an_older_mapping_of_a_table_of_changes_does_not_come_back(
    store: Store, tmp_path: Path
) -> None:
    imported(store, tmp_path, CHANGES.replace("UTC", "Europe/Berlin"), ROWS, DAYS[1])
    imported(store, tmp_path, CHANGES, ROWS, DAYS[0])
    assert store.status(store.find("log:7")).detected_at == at("2026-03-01T09:00Z")


def test_mended_meanings_of_states_tell_another_story_at_once(store: Store, tmp_path: Path) -> None:
    imported(store, tmp_path, CHANGES.replace('Ended = "resolved"', 'Ended = "mitigated"'), ROWS)
    assert store.status(store.find("log:7")).state == "mitigated"
    imported(store, tmp_path, CHANGES, ROWS)
    row = store.status(store.find("log:7"))
    assert (row.state, row.mitigated_at) == ("resolved", None)


def test_rows_of_changes_are_as_new_as_their_mapping_and_with_a_key_as_their_file(
    tmp_path: Path,
) -> None:
    mapping, table = tmp_path / "map.toml", tmp_path / "a.csv"
    table.write_text(ROWS)
    mapping.write_text(CHANGES)
    of_mapping = datetime.fromtimestamp(mapping.stat().st_mtime, DAYS[0].tzinfo)
    os.utime(table, (4_000_000_000, 4_000_000_000))
    assert dates_of([str(table), "-"], str(mapping)) == {
        str(table): of_mapping,
        "stdin": of_mapping,
    }
    mapping.write_text(f'key = ["id", "step"]\n{CHANGES}')
    assert dates_of([str(table)], str(mapping))[str(table)].timestamp() == 4_000_000_000
    mapping.write_text(f'updated_at = "at"\n{CHANGES}')
    assert dates_of([str(table)], str(mapping)) == {}


HEAD = "id,title,opened,closed,updated\n"
UPDATED = f'updated_at = "updated"\n{INCIDENTS}'
OLD = f"{HEAD}1,Slow,2026-03-01 10:00,2026-03-01 12:00,2026-03-02 12:00\n"
NEW = f"{HEAD}1,Slow,2026-03-01 10:00,2026-03-01 11:00,2026-03-05 12:00\n"


def test_rows_that_say_when_they_changed_are_read_anew_as_exported_at_says(
    store: Store, tmp_path: Path
) -> None:
    imported(store, tmp_path, UPDATED, OLD)
    mended = UPDATED.replace("UTC", "Europe/Berlin")
    assert imported(store, tmp_path, mended, OLD, at("2026-03-03T00:00Z")).corrections > 0
    assert store.status(store.find("log:1")).resolved_at == at("2026-03-01T11:00Z")
    imported(store, tmp_path, mended, NEW)
    assert store.status(store.find("log:1")).resolved_at == at("2026-03-01T10:00Z")


def test_changes_that_say_when_they_changed_are_read_anew_as_exported_at_says(
    store: Store, tmp_path: Path
) -> None:
    updated = f'updated_at = "at"\n{CHANGES}'
    imported(store, tmp_path, updated, ROWS)
    imported(store, tmp_path, updated.replace("UTC", "Europe/Berlin"), ROWS, DAYS[0])
    assert store.status(store.find("log:7")).resolved_at == at("2026-03-01T11:00Z")


def test_a_mended_reject_is_as_old_as_the_table_that_it_came_from(
    store: Store, tmp_path: Path
) -> None:
    head = "id,title,opened,closed\n"
    imported(store, tmp_path, INCIDENTS, f"{head}1,Old,2026-03-01 10h00,\n", DAYS[0])
    reject = (tmp_path / "rejects.jsonl").read_text()
    assert iso(DAYS[0]) in reject
    later = f"{head}1,New,2026-03-01 10:00,2026-03-05 11:00\n"
    imported(store, tmp_path, INCIDENTS, later, DAYS[3])
    mended = reject.replace("10h00", "10:00")
    done = imported(store, tmp_path, INCIDENTS, mended, DAYS[5])
    assert done.skipped_why == {"older than what is recorded": 1}
    row = store.status(store.find("log:1"))
    assert (row.title, row.state) == ("New", "resolved")


@pytest.mark.parametrize("moment", [5, "soon", "2026-03-01T10:00", None])
def test_a_rejects_time_of_export_that_is_none_is_refused(
    store: Store, tmp_path: Path, moment: object
) -> None:
    record = {"id": "1", "title": "a", "opened": "2026-03-01 10:00", "closed": ""}
    line = {"rejected": {}, "key": "", "context": {"exported_at": moment}, "record": record}
    done = imported(store, tmp_path, INCIDENTS, json.dumps(line))
    assert done.rejected == (moment is not None)
    assert all(one.field == "exported_at" for one in done.rejections)


def test_a_zone_on_the_command_line_that_the_mapping_gainsays_is_refused(
    store: Store, tmp_path: Path
) -> None:
    rows = "id,title,opened,closed\n1,a,2026-03-01 10:00,\n"
    done = imported(store, tmp_path, INCIDENTS, rows, zone=ZoneInfo("Asia/Tokyo"))
    [rejection] = done.rejections
    assert rejection.reason == "the mapping says UTC, --tz Asia/Tokyo: leave one of them away"
    assert imported(store, tmp_path, INCIDENTS, rows, zone=ZoneInfo("UTC")).recorded == 1


def test_mending_the_zone_on_the_command_line_corrects_a_table_of_changes(tmp_path: Path) -> None:
    db, mapping = str(tmp_path / "x.db"), tmp_path / "map.toml"
    (tmp_path / "a.csv").write_text(ROWS)
    for day, zone in enumerate(("UTC", "Europe/Berlin")):
        mapping.write_text(CHANGES.replace("UTC", zone))
        os.utime(mapping, (1_772_000_000 + day, 1_772_000_000 + day))
        line = ["--db", db, "import", "csv", str(tmp_path / "a.csv"), "--map", str(mapping)]
        assert CliRunner().invoke(retold, line).exit_code == 0
    with open_store(db) as store:
        assert store.status(store.find("log:7")).resolved_at == at("2026-03-01T11:00Z")
