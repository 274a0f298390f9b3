"""Tables that are damaged: nothing is swallowed, and nothing is read that is no row."""

import csv
import io
import json
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retold import Store, open_store
from retold.adapters.importers.accounts import Imported, Rejection
from retold.adapters.importers.formats import Options
from retold.adapters.importers.importing import How, import_files
from retold.adapters.importers.reading.csv_records import csv_records
from retold.adapters.importers.reading.records import Record
from retold.adapters.importers.sources import format_mapped

HEAD = "id,title,opened,notes\n"
MAPPING = """
source = "log"
rows = "incidents"
id = "id"
title = "title"
[events.detected]
at = "opened"
"""


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


def rows(text: str | bytes) -> list[Record]:
    raw = text.encode() if isinstance(text, str) else text
    return list(csv_records("x.csv", io.BytesIO(raw)))


def row(number: int, title: str = "Slow", notes: str = "x") -> str:
    return f"{number},{title},2026-07-0{number}T10:00Z,{notes}\n"


@pytest.mark.parametrize(
    ("damaged", "after", "problem"),
    [
        (row(2, '"b unclosed'), row(3), "a quote is opened and never closed"),
        (row(2, '"b unclosed'), row(3) + row(4, '"d"'), "not doubled, or one before it not closed"),
        (row(2, '"b unclosed'), row(3) + row(4, notes='"y"'), "not doubled, or one before"),
        (row(2, '"19" rack, again"'), row(3), "not doubled, or one before it not closed"),
        ('2,"a\nb\n', '",2026-07-02T10:00Z\n' + row(3), "has 3 columns, the header 4 on 3 lines"),
    ],
)
def test_behind_a_broken_quote_nothing_is_read_and_it_is_said_from_where(
    damaged: str, after: str, problem: str
) -> None:
    text = HEAD + row(1) + damaged + after
    first, broken = rows(text)
    assert first.problem is None
    assert broken.place.line == 3
    assert problem in str(broken.problem)
    end = text.count("\n")
    assert str(broken.problem).endswith(f"nothing was read from line 3 to the end, line {end}")


def test_lines_of_a_long_cell_are_never_rows() -> None:
    inner = "9,phantom,2026-07-09T10:00Z,x\n"
    found = rows(HEAD + row(1) + f'2,"he said "no",\n{inner * 5}",2026-07-02T10:00Z,x\n')
    assert [one.raw and one.raw["id"] for one in found] == ["1", None]


def test_a_quoted_cell_of_many_lines_is_one_cell() -> None:
    log = "a line, of a log\n" * 20_000
    _, found, last = rows(HEAD + row(1) + row(2, notes=f'"{log}"') + row(3))
    assert (found.problem, found.raw["notes"]) == (None, log)
    assert last.place.line == 20_004


def test_a_cell_that_swallowed_a_thousand_rows_is_refused() -> None:
    text = 'id,opened,title\n1,2026,"open\n' + "2,2026,fine\n" * 2_000 + '3,2026,closed"\n'
    [found] = rows(text)
    assert found.place.line == 2
    assert "lines that look like rows: is a quote open?" in str(found.problem)


def test_a_row_that_is_longer_than_can_be_held_is_no_shorter_row() -> None:
    first, found = rows(HEAD + row(1) + row(2, "x" * 2**24) + row(3))
    assert first.problem is None
    assert "takes 16 MiB or more; nothing was read from line 3" in str(found.problem)


def test_a_damaged_row_without_a_quote_is_damaged_alone() -> None:
    found = rows(HEAD + row(1, "a\rb") + row(2))
    assert [one.problem is None for one in found] == [False, True]
    assert "carriage return" in str(found[0].problem)


CELL = st.text(st.characters(codec="utf-8"), max_size=9)


@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=5))
def test_a_table_that_is_whole_is_read_as_it_was_written(cells: list[tuple[str, ...]]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([("a", "b", "c"), *cells])
    found = rows(file.getvalue())
    assert [one.problem for one in found] == [None] * len(cells)
    assert [tuple(one.raw.values()) for one in found] == cells


@given(
    st.binary() | st.text('ab",;\r\n\x00é= ').map(str.encode),
    st.sampled_from(["utf-8-sig", "cp1252", "ascii", "utf-7"]),
    st.none() | st.sampled_from(['"', "\n", "\r", "☃", " ", "\x00", ";"]),
)
def test_whatever_a_file_holds_it_is_records_or_problems(
    content: bytes, encoding: str, delimiter: str | None
) -> None:
    for head in (b"", b"sep=", b"a,b\n"):
        for one in csv_records("x.csv", io.BytesIO(head + content), encoding, delimiter):
            assert one.problem or all(isinstance(cell, str) for cell in one.raw.values())
            json.dumps(one.raw, ensure_ascii=False).encode()


def test_delimiters_within_quotes_do_not_count() -> None:
    [found] = rows('"What (who, what, when,\nwhere)";id;at\nfoo;1;2026-07-01T10:00Z\n')
    assert found.raw == {
        "What (who, what, when, where)": "foo",
        "id": "1",
        "at": "2026-07-01T10:00Z",
    }


def test_reading_tables_never_makes_the_parsers_limit_smaller() -> None:
    before = csv.field_size_limit(2**30)
    try:
        rows(HEAD)
        assert csv.field_size_limit() == 2**30
    finally:
        csv.field_size_limit(before)


# Rejects, and mending them


def imported(store: Store, folder: Path, table: bytes | str, name: str = "a.csv") -> Imported:
    (folder / "map.toml").write_text(MAPPING)
    (folder / name).write_bytes(table if isinstance(table, bytes) else table.encode())
    rejected: list[Rejection] = []
    done = import_files(
        store,
        format_mapped(folder / "map.toml"),
        [str(folder / name)],
        How(on_reject=rejected.append),
    )
    lines = [f"{json.dumps(one.as_json())}\n" for one in rejected]
    (folder / "rejects.jsonl").write_text("".join(lines))
    return done


def mended(folder: Path, **cells: str) -> str:
    """Return the rejects with other cells, and what was to be mended taken away."""
    [line] = (folder / "rejects.jsonl").read_text().splitlines()
    reject = json.loads(line)
    reject["record"] |= cells
    reject["record"] = {k: v for k, v in reject["record"].items() if isinstance(v, str)}
    return f"{json.dumps(reject)}\n"


def test_a_row_too_wide_is_kept_whole_and_refused_until_it_is_mended(
    store: Store, tmp_path: Path
) -> None:
    imported(store, tmp_path, HEAD + row(2, "Disk full, again", "the end, and more"))
    reject = json.loads((tmp_path / "rejects.jsonl").read_text())
    assert reject["record"]["surplus"] == ["the end", " and more"]
    again = imported(store, tmp_path, (tmp_path / "rejects.jsonl").read_text(), "b.jsonl")
    assert "surplus: are cells beyond the header" in str(again.rejections[0])
    cells = {"title": "Disk full, again", "opened": "2026-07-02T10:00Z", "notes": "x"}
    assert imported(store, tmp_path, mended(tmp_path, **cells), "b.jsonl").recorded == 1
    assert store.status(store.find("log:2")).title == "Disk full, again"


def test_a_column_called_surplus_is_a_column() -> None:
    [found] = rows("id,surplus\n1,2,3\n")
    assert found.raw == {"id": "1", "surplus": "2", "surplus (2)": ["3"]}


def test_a_row_of_another_encoding_is_kept_with_guessed_letters_and_refused_until_looked_over(
    store: Store, tmp_path: Path
) -> None:
    done = imported(store, tmp_path, f"{HEAD}{row(1)}{row(2, 'Käse für 5 €')}".encode("cp1252"))
    assert "save the table as UTF-8, or name its encoding in a mapping" in str(done.rejections[0])
    reject = json.loads((tmp_path / "rejects.jsonl").read_text())
    assert reject["record"]["title"] == "Käse für 5 €"
    assert reject["record"]["guessed"] == ["title"]
    again = imported(store, tmp_path, (tmp_path / "rejects.jsonl").read_text(), "b.jsonl")
    assert "guessed: are columns with guessed letters" in str(again.rejections[0])
    assert imported(store, tmp_path, mended(tmp_path), "b.jsonl").recorded == 1
    assert store.status(store.find("log:2")).title == "Käse für 5 €"


def test_a_header_of_another_encoding_is_refused_once(store: Store, tmp_path: Path) -> None:
    table = f"id,title,opened,Störung\n{row(1)}{row(2)}".encode("cp1252")
    done = imported(store, tmp_path, table)
    assert (done.read, done.rejected) == (1, 1)
    assert "the header holds bytes of another encoding: save" in str(done.rejections[0])


def test_a_source_without_a_mapping_is_told_what_to_do_about_its_encoding(
    store: Store, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_bytes(
        "number,sys_updated_on,short_description\nINC1,2026-07-01 10:00:00,Käse\n".encode("cp1252")
    )
    done = import_files(store, "servicenow", [str(tmp_path / "a.csv")])
    assert "save the table as UTF-8" in str(done.rejections[0])


def test_a_row_too_wide_stays_refused_until_it_is_mended_for_every_source(tmp_path: Path) -> None:
    table, rejects = tmp_path / "log.csv", tmp_path / "rejects.jsonl"
    header = "number,incident_state,sys_mod_count,sys_updated_on,opened_at"
    table.write_text(f"{header}\nINC1,New,0,2026-03-02 08:00:00,2026-03-02 08:00:00,more\n")
    store = open_store("memory:")
    lines: list[str] = []
    way = How(Options(zone=UTC), on_reject=lambda one: lines.append(one.as_line()))
    import_files(store, "servicenow", [str(table)], way)
    rejects.write_text(lines[0])
    assert import_files(store, "servicenow", [str(rejects)], way).rejected == 1
    mended = json.loads(lines[0])
    del mended["record"]["surplus"]
    rejects.write_text(json.dumps(mended))
    assert import_files(store, "servicenow", [str(rejects)], way).recorded == 1
