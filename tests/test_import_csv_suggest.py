"""Drafting a mapping from a table: the draft reads its own table, and says what it guessed."""

import csv
import os
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from retold import Store, open_store
from retold.adapters.cli.group import retold
from retold.adapters.importers.accounts import Imported
from retold.adapters.importers.formats import Options
from retold.adapters.importers.importing import How, import_files
from retold.adapters.importers.sources import format_mapped
from retold.adapters.importers.tables.suggesting import suggested
from retold.domain.errors import InvalidInput
from retold.domain.values import parse_instant

from .imports.told import REAL_DATA, needs_real_data

SAMPLES = Path(__file__).parent / "samples" / "csv"
TABLES = sorted(one for one in SAMPLES.glob("*/*.*sv"))
VOLVO = REAL_DATA / "volvo-bpic2013" / "incidents.csv.gz"


def drafted(table: Path) -> dict[str, Any]:
    return tomllib.loads(suggested([str(table)], None))


def round_trip(table: Path, folder: Path) -> tuple[Store, Imported]:
    """Import a table with the mapping that was drafted from it, in UTC if it says no zone."""
    mapping = folder / "draft.toml"
    mapping.write_text(suggested([str(table)], None))
    store = open_store("memory:")
    return store, import_files(store, format_mapped(mapping), [str(table)], How(Options(zone=UTC)))


def written(folder: Path, text: str) -> Path:
    path = folder / "outages.csv"
    path.write_text(text)
    return path


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.name)
def test_a_draft_reads_its_own_table(table: Path, tmp_path: Path) -> None:
    store, done = round_trip(table, tmp_path)
    assert done.rejected == 0, done.rejections
    assert done.read == done.recorded + done.already_there + done.skipped
    assert store.incidents()


@needs_real_data
def test_a_draft_from_the_log_of_volvo_reads_it_all(tmp_path: Path) -> None:
    draft = drafted(VOLVO)
    assert (draft["id"], draft["at"], draft["state"]) == (
        "case",
        "timestamp",
        ["status", "substatus"],
    )
    assert draft["states"]["Completed/In Call"] == "resolved"
    store, done = round_trip(VOLVO, tmp_path)
    assert (done.recorded, len(store.incidents())) == (32_876, 3_784)


def test_a_row_per_incident_and_a_row_per_change_are_told_apart() -> None:
    rows = {one.name: drafted(one)["rows"] for one in TABLES}
    assert rows == {
        "audit.csv": "changes",
        "outages.csv": "incidents",
        "tickets-june.tsv": "incidents",
        "tickets-may.tsv": "incidents",
    }


def test_a_draft_finds_what_the_columns_are_named_after() -> None:
    draft = drafted(SAMPLES / "spreadsheet" / "outages.csv")
    assert (draft["id"], draft["title"], draft["severity"]) == (
        "Outage No",
        "What happened",
        "Prio",
    )
    assert draft["missing"] == ["Time TBC", "?"]
    assert draft["events"]["resolved"] == {"at": "Resolved", "by": "Resolved by"}
    assert draft["events"]["mitigated"] == {"at": "Restored"}


def test_states_are_listed_with_how_often_they_occur() -> None:
    text = suggested([str(SAMPLES / "changes" / "audit.csv")], None)
    assert '"Ended/Solved" = "resolved" # 3 rows' in text


HEAD = "id,title,opened,closed\n"


@pytest.mark.parametrize(
    ("cells", "form"),
    [
        (("13/02/2026 10:00", "14/02/2026 11:00"), "%d/%m/%Y %H:%M"),
        (("02/13/2026 10:00", "02/14/2026 11:00"), "%m/%d/%Y %H:%M"),
        (("03/02/2026 10:00", "02/14/2026 11:00"), "%m/%d/%Y %H:%M"),
        (("03.02.2026 10:00", "04.02.2026 11:00"), "%d.%m.%Y %H:%M"),
        (("Mar 3 2026", "Mar 4 2026"), "%b %d %Y"),
        (("3 Mar 2026 10:00", "4 Mar 2026 11:00"), "%d %b %Y %H:%M"),
        (("2/13/26 10:00 PM", "2/14/26 11:00 PM"), "%m/%d/%y %I:%M %p"),
        (("2026-02-03T10:00:00Z", "2026-02-03T10:00:00Z"), "iso"),
        (("1770112800", "1770112900"), "unix"),
        (("1770112800000", "1770112900000"), "unix-ms"),
    ],
)
def test_the_form_of_times_is_read_off_them(
    tmp_path: Path, cells: tuple[str, str], form: str
) -> None:
    table = written(tmp_path, f"{HEAD}1,a,{cells[0]},{cells[1]}\n2,b,{cells[0]},\n")
    assert drafted(table)["time_format"] == form
    store, done = round_trip(table, tmp_path)
    assert (done.recorded, len(store.incidents())) == (2, 2)


def test_day_and_month_that_could_be_either_are_said_to_be(tmp_path: Path) -> None:
    table = written(tmp_path, f"{HEAD}1,a,03/02/2026 10:00,04/02/2026 11:00\n")
    text = suggested([str(table)], None)
    assert "# Day and month may be the other way round" in text
    assert tomllib.loads(text)["time_format"] == "%d/%m/%Y %H:%M"


def test_an_incident_without_its_first_time_has_been_known_by_the_next(tmp_path: Path) -> None:
    table = written(
        tmp_path,
        f"{HEAD}1,a,2026-02-03T10:00Z,\n2,b,TBC,2026-02-05T11:00Z\n3,c,,2026-02-06T11:00Z\n",
    )
    assert drafted(table)["events"]["detected"]["at"] == ["opened", "closed"]
    assert round_trip(table, tmp_path)[1].recorded == 3


def test_rows_that_the_draft_cannot_read_are_told_in_it(tmp_path: Path) -> None:
    table = written(tmp_path, f"{HEAD}1,a,2026-02-03T10:00Z,\n2,b,,\n")
    text = suggested([str(table)], None)
    assert "# 1 of its 2 rows can be read so." in text
    assert "outages.csv:3: opened" in text


def test_a_table_in_another_encoding_is_drafted_with_it(tmp_path: Path) -> None:
    table = tmp_path / "outages.csv"
    table.write_bytes(f"{HEAD}1,Käse,2026-02-03T10:00Z,\n".encode("cp1252"))
    assert drafted(table)["encoding"] == "cp1252"
    assert round_trip(table, tmp_path)[0].incidents()[0].title == "Käse"


def test_names_with_quotes_and_odd_letters_survive(tmp_path: Path) -> None:
    odd = 'opened "by \\ whom" ☃\x7f'
    table = written(tmp_path, f'id,"{odd.replace(chr(34), chr(34) * 2)}"\n1,2026-02-03T10:00Z\n')
    assert drafted(table)["events"]["detected"]["at"] == odd
    assert round_trip(table, tmp_path)[1].recorded == 1


@pytest.mark.parametrize("text", ["", "{}", "just a text\n", "a,b\n"])
def test_what_is_no_table_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInput, match=r"outages\.csv"):
        suggested([str(written(tmp_path, text))], None)


NAMES = ["id", "ID", "opened", "Closed At", "status", "Sub-Status", "time", "by", "", 'q"x', "a: b"]
CELLS = ["", "?", "1", "INC-2", "Closed", "2026-01-02", "2026-01-02 10:00", "13/01/2026 10:00",
         "1/2/2026 10:00", "1770112800", "TBC", "x" * 2_000, "a\nb", '="007"',
         "0001-01-01T00:00:00Z", "99/99/9999 99:99"]  # fmt: skip


@given(data=st.data())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_a_table_holds_a_draft_is_a_mapping_of_it(
    data: st.DataObject, tmp_path: Path
) -> None:
    names = data.draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=6))
    row = st.lists(st.sampled_from(CELLS), min_size=len(names), max_size=len(names))
    with (tmp_path / "outages.csv").open("w", newline="") as file:
        csv.writer(file).writerows([names, *data.draw(st.lists(row, max_size=12))])
    try:
        _, done = round_trip(tmp_path / "outages.csv", tmp_path)
    except InvalidInput:
        return
    parts = done.recorded + done.already_there + done.skipped + done.rejected
    assert done.read == parts > 0


# On the command line


@pytest.fixture
def db(tmp_path: Path) -> str:
    return str(tmp_path / "incidents.db")


def run(db: str, *arguments: str) -> Result:
    return CliRunner().invoke(retold, ["--db", db, "import", *arguments])


def test_a_suggestion_goes_to_stdout_and_makes_no_store(db: str) -> None:
    done = run(db, "csv", "--suggest", str(SAMPLES / "changes" / "audit.csv"), "--tz", "Asia/Tokyo")
    assert tomllib.loads(done.stdout)["zone"] == "Asia/Tokyo"
    assert not Path(db).exists()


def test_a_table_without_a_mapping_is_told_how_to_get_one(db: str) -> None:
    done = run(db, "csv", str(SAMPLES / "changes" / "audit.csv"))
    assert done.exit_code == 2
    assert "--suggest" in done.stderr
    assert "--map" in done.stderr
    assert not Path(db).exists()


def test_only_tables_take_a_mapping(db: str) -> None:
    done = run(db, "statuspage", "x.json", "--map", str(SAMPLES / "changes" / "mapping.toml"))
    assert done.exit_code == 2
    assert "are for csv" in done.stderr


def imported_at(db: str, folder: Path, closed: str, day: int, *more: str) -> None:
    """Import a table that was written on that day of March."""
    (folder / "map.toml").write_text(
        'source = "log"\nrows = "incidents"\nid = "id"\n'
        '[events.detected]\nat = "opened"\n[events.resolved]\nat = "closed"\n'
    )
    table = written(folder, f"{HEAD}1,a,2026-02-03T10:00Z,{closed}\n")
    for file in (folder / "map.toml", table):
        seconds = datetime(2026, 3, day, tzinfo=UTC).timestamp()
        os.utime(file, (seconds, seconds))
    done = run(db, "csv", str(table), "--map", str(folder / "map.toml"), *more)
    assert done.exit_code == 0, done.stderr


@pytest.mark.parametrize(
    ("day", "more", "expected"),
    [
        (9, (), "2026-02-03T11:30Z"),
        (1, (), "2026-02-03T12:00Z"),
        (1, ("--exported-at", "2026-03-09T00:00Z"), "2026-02-03T11:30Z"),
    ],
)
def test_the_later_table_stands_by_its_files_date_or_as_the_caller_says(
    db: str, tmp_path: Path, day: int, more: tuple[str, ...], expected: str
) -> None:
    imported_at(db, tmp_path, "2026-02-03T12:00Z", 5)
    imported_at(db, tmp_path, "2026-02-03T11:30Z", day, *more)
    with open_store(db) as store:
        row = store.status(store.find("log:1"))
    assert row.resolved_at == parse_instant(expected)
