"""What spreadsheets do to tables, and what mappings may say wrongly."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from retold import Store, open_store
from retold.adapters.importers.accounts import Imported
from retold.adapters.importers.formats import Options
from retold.adapters.importers.importing import How, import_files
from retold.adapters.importers.sources import format_mapped
from retold.adapters.importers.tables.mapping_file import mapping_from, read_mapping
from retold.domain.errors import InvalidInput
from retold.domain.values import parse_instant

PLAIN = """
source = "log"
rows = "incidents"
id = "No"
title = "What"
zone = "UTC"
[events.detected]
at = "Seen"
"""


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


def imported(
    store: Store, folder: Path, table: bytes, mapping: str = PLAIN, zone: str | None = None
) -> Imported:
    (folder / "map.toml").write_text(mapping)
    (folder / "table.csv").write_bytes(table)
    options = Options(zone=ZoneInfo(zone) if zone else None)
    form = format_mapped(folder / "map.toml")
    return import_files(store, form, [str(folder / "table.csv")], How(options))


def with_first(more: str, mapping: str = PLAIN) -> str:
    return f"{more}\n{mapping}"


ROW = "1;Käse;2026-03-01 10:00\n"


@pytest.mark.parametrize(
    ("table", "more"),
    [
        (f"No;What;Seen\n{ROW}".encode(), ""),
        (f"\ufeffNo;What;Seen\r\n{ROW}".encode(), ""),
        (f"sep=;\nNo;What;Seen\n{ROW}".encode(), ""),
        (f" No ;What;Seen\n{ROW}\n\n;;\n".encode(), ""),
        (f'No;"What";"Seen"\n"=""1""";"Käse";{ROW[7:]}'.encode(), ""),
        (f"No;What;Seen\n{ROW}".encode("cp1252"), 'encoding = "cp1252"'),
        (f"No;What;Seen,a,b,c\n{ROW}".encode(), 'delimiter = ";"'),
        (f"No\tWhat\tSeen\n{ROW.replace(';', chr(9))}".encode(), ""),
        (f"No|What|Seen\n{ROW.replace(';', '|')}".encode(), ""),
    ],
)
def test_tables_are_read_as_spreadsheets_write_them(
    store: Store, tmp_path: Path, table: bytes, more: str
) -> None:
    mapping = with_first(
        more, PLAIN.replace('"Seen"', '"Seen,a,b,c"' if "delimiter" in more else '"Seen"')
    )
    done = imported(store, tmp_path, table, mapping)
    assert done.rejected == 0, done.rejections
    row = store.status(store.find("log:1"))
    assert (row.title, row.detected_at) == ("Käse", parse_instant("2026-03-01T10:00Z"))


def test_a_name_over_two_lines_in_the_header_is_one_name(store: Store, tmp_path: Path) -> None:
    table = b'No,What,"Seen by\nus"\n1,Slow,2026-03-01 10:00\nx\n'
    done = imported(store, tmp_path, table, PLAIN.replace("Seen", "Seen by us"))
    [rejection] = done.rejections
    assert (done.recorded, rejection.place.line) == (1, 4)


def test_columns_of_the_same_name_are_numbered(store: Store, tmp_path: Path) -> None:
    table = b"No,What,What,Seen,\n1,Slow,Slow again,2026-03-01 10:00,\n"
    done = imported(store, tmp_path, table, PLAIN.replace('"What"', '"What (3)"'))
    assert done.rejected == 0
    assert store.status(store.find("log:1")).title == "Slow again"


@pytest.mark.parametrize("magic", [b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0rest"])
def test_a_spreadsheet_that_is_no_table_is_refused_in_a_sentence(
    store: Store, tmp_path: Path, magic: bytes
) -> None:
    done = imported(store, tmp_path, magic)
    [rejection] = done.rejections
    assert rejection.reason == "is a spreadsheet or an archive: save its sheet as CSV"


def test_a_column_that_the_table_lacks_is_refused_once_with_the_header(
    store: Store, tmp_path: Path
) -> None:
    done = imported(store, tmp_path, b"No,What,When\n1,Slow,2026-03-01 10:00\n2,b,c\n")
    assert (done.read, done.rejected) == (1, 1)
    assert done.rejections[0].reason == (
        "has no column 'Seen' (events.detected.at); its columns are 'No', 'What', 'When'"
    )


TABLE = "No,What,Seen\n1,Slow,{}\n"


@pytest.mark.parametrize(
    ("text", "time_format", "moment"),
    [
        ("2026-03-01T10:00+02:00", '"iso"', "2026-03-01T08:00Z"),
        ("2026-07-01 10:00", '"iso"', "2026-07-01T08:00Z"),
        ("03/04/2026 10:00", '"%d/%m/%Y %H:%M"', "2026-04-03T08:00Z"),
        ("03/04/2026 10:00", '"%m/%d/%Y %H:%M"', "2026-03-04T09:00Z"),
        ("1.2.26 9:05", '["iso", "%d.%m.%y %H:%M"]', "2026-02-01T08:05Z"),
        ("2026-02-01", '["iso", "%Y-%m-%d"]', "2026-01-31T23:00Z"),
        ("1767225600", '"unix"', "2026-01-01T00:00Z"),
        ("1767225600123", '"unix-ms"', "2026-01-01T00:00:00.123Z"),
        ("2026-10-25 02:30", '"iso"', "2026-10-25T00:30Z"),
        ("2026-07-01 10:00 UTC", '["iso", "%Y-%m-%d %H:%M UTC"]', "2026-07-01T10:00Z"),
        ("2026-07-01 10:00 UTC", '["%Y-%m-%d %H:%M UTC", "iso"]', "2026-07-01T10:00Z"),
        ("1 Jul 10:00 GMT 2026", '"%d %b %H:%M GMT %Y"', "2026-07-01T10:00Z"),
        ("20260701T100000Z", '"%Y%m%dT%H%M%SZ"', "2026-07-01T10:00Z"),
        ("2026-07-01 10:00 in Zug", '"%Y-%m-%d %H:%M in Zug"', "2026-07-01T08:00Z"),
    ],
)
def test_times_are_read_in_the_forms_of_the_mapping_and_in_its_zone(
    store: Store, tmp_path: Path, text: str, time_format: str, moment: str
) -> None:
    berlin = PLAIN.replace('"UTC"', '"Europe/Berlin"')
    mapping = with_first(f"time_format = {time_format}", berlin)
    done = imported(store, tmp_path, TABLE.format(text).encode(), mapping)
    assert done.rejected == 0, done.rejections
    assert store.status(store.find("log:1")).detected_at == parse_instant(moment)


def test_a_time_that_the_clocks_left_out_is_rejected(store: Store, tmp_path: Path) -> None:
    berlin = PLAIN.replace('"UTC"', '"Europe/Berlin"')
    done = imported(store, tmp_path, TABLE.format("2026-03-29 02:30").encode(), berlin)
    assert "does not exist in Europe/Berlin" in done.rejections[0].reason


def test_a_mapping_without_a_zone_takes_the_callers(store: Store, tmp_path: Path) -> None:
    mapping = PLAIN.replace('zone = "UTC"', "")
    table = TABLE.format("2026-03-01 10:00").encode()
    assert "with --tz" in imported(store, tmp_path, table, mapping).rejections[0].reason
    imported(store, tmp_path, table, mapping, zone="Asia/Tokyo")
    assert store.status(store.find("log:1")).detected_at == parse_instant("2026-03-01T01:00Z")


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        ('source = "log"', 'source = "Log Book"', "map.toml:2 source"),
        ('source = "log"', 'source = "statuspage"', "reads that source itself"),
        ('rows = "incidents"', 'rows = "incident"', "map.toml:3 rows: write rows = "),
        ('id = "No"', "", "map.toml:1 id: is missing"),
        ('id = "No"', 'ident = "No"', "map.toml:4 ident: no such key"),
        ('zone = "UTC"', 'zone = "Lodnon"', "map.toml:6 zone: no time zone 'Lodnon'"),
        ('zone = "UTC"', 'time_format = "iso8601"', "map.toml:6 time_format"),
        (
            'zone = "UTC"',
            "time_format = 5",
            "map.toml:6 time_format: write a text, or a list of texts",
        ),
        (
            'zone = "UTC"',
            "time_format = [5]",
            "map.toml:6 time_format: Input should be a valid str",
        ),
        ('zone = "UTC"', "time_format = []", "map.toml:6 time_format"),
        ('zone = "UTC"', "missing = 5", "map.toml:6 missing"),
        ('zone = "UTC"', 'time_format = "%c %Z"', "%Z cannot be read truly"),
        ('zone = "UTC"', 'encoding = "utf-16"', "cannot be read line by line"),
        ('zone = "UTC"', 'encoding = "klingon"', "no encoding 'klingon'"),
        ('zone = "UTC"', "severity = 3", 'severity: write a column\'s name, or { always = "…" }'),
        ('at = "Seen"', "", "map.toml:7 events.detected.at: is missing"),
        ('at = "Seen"', 'at = "Seen"\nbecause = "x"', "events.detected.because: no such field"),
        ("[events.detected]", "[events.noticed]", "map.toml:1 events.detected: is missing"),
        ('at = "Seen"', 'at = "Seen"\n[events.over]\nat = "x"', "map.toml:9 events.over: no such"),
        (
            'at = "Seen"',
            'at = "Seen"\n[events.dismissed]\nat = "x"\nreason = { always = "boring" }',
            "map.toml:11 events.dismissed.reason: Input should be",
        ),
        (
            'at = "Seen"',
            'at = "Seen"\n[events.acknowledged]\nat = "x"\nautomatic = "y"',
            "write true",
        ),
        ('at = "Seen"', 'at = "Seen"\n[events.impact-started]\nat = "x"', "service: is missing"),
        ('at = "Seen"', 'at = "Seen', "map.toml: "),
        ('rows = "incidents"', 'rows = "changes"\nat = "x"', "events: no such key"),
    ],
)
def test_a_wrong_mapping_is_refused_with_its_line_and_key(
    tmp_path: Path, old: str, new: str, refusal: str
) -> None:
    assert old in PLAIN
    (tmp_path / "map.toml").write_text(PLAIN.replace(old, new, 1))
    with pytest.raises(InvalidInput) as refused:
        format_mapped(tmp_path / "map.toml")
    assert refusal in str(refused.value)


def test_states_without_a_column_of_states_are_refused(tmp_path: Path) -> None:
    changes = 'source = "log"\nrows = "changes"\nid = "a"\nat = "b"\n[states]\nNew = "open"\n'
    (tmp_path / "map.toml").write_text(changes)
    with pytest.raises(InvalidInput, match="state names columns"):
        format_mapped(tmp_path / "map.toml")
    (tmp_path / "map.toml").write_text(f'state = "c"\n{changes.replace("open", "opened")}')
    with pytest.raises(InvalidInput, match=r"map.toml:7 states.New"):
        format_mapped(tmp_path / "map.toml")


def test_kinds_may_be_written_whole(store: Store, tmp_path: Path) -> None:
    mapping = PLAIN.replace("events.detected", "events.incident-detected")
    done = imported(store, tmp_path, TABLE.format("2026-03-01 10:00").encode(), mapping)
    assert done.recorded == 1


DOCS = Path(__file__).parent.parent / "docs"


def test_the_mappings_that_are_written_about_are_mappings() -> None:
    written = re.findall(r"```toml\n(.*?)```", (DOCS / "importing-csv.md").read_text(), re.DOTALL)
    assert [mapping_from(text).rows for text in written] == ["incidents", "changes"]
    assert all(read_mapping(file) for file in (DOCS / "mappings").glob("*.toml"))
