"""Reading exports of any size and make: records with their places, or why there are none."""

import gzip
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retold.adapters.importers.reading.csv_records import csv_records
from retold.adapters.importers.reading.files import records
from retold.adapters.importers.reading.json_records import json_records
from retold.adapters.importers.reading.records import Record
from retold.adapters.importers.reading.volume import Volume

LISTS = ("incidents", "alerts")

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)


def streamed(text: str, at_once: int) -> list[Record]:
    return list(json_records("x.json", io.BytesIO(text.encode()), LISTS, at_once))


def told(some: list[Record]) -> list[tuple[Any, ...]]:
    return [(one.raw, one.key, one.context, one.problem, one.place.item) for one in some]


@given(
    items=st.lists(VALUES, min_size=1), at_once=st.integers(1, 40), indent=st.none() | st.just(1)
)
def test_a_long_list_is_read_item_by_item_as_a_short_one_is_at_once(
    items: list[Any], at_once: int, indent: int | None
) -> None:
    text = json.dumps(items, indent=indent, ensure_ascii=False)
    whole = told(streamed(text, 10**9))
    assert [one[0] for one in whole] == items
    found = streamed(text, at_once)
    if all(one.problem is None for one in found):
        assert told(found) == whole
    else:  # an item is longer than that: the others before it are there
        assert told(found[:-1]) == whole[: len(found) - 1]
        assert "longer than" in str(found[-1].problem)


def test_a_long_document_gives_its_items_with_what_stands_before_their_list() -> None:
    document = {"page": {"name": "Example"}, "incidents": [{"n": n} for n in range(50)], "more": 1}
    found = streamed(json.dumps(document), 40)
    assert [one.raw["n"] for one in found] == list(range(50))
    assert {one.key for one in found} == {"incidents"}
    assert all(one.context["page"] == {"name": "Example"} for one in found)
    assert found[3].place.item == 3


LINES = [f'{{"id": {n}}}' for n in range(50)]


@pytest.mark.parametrize("first", ["", '{"id": 0', '"d": 0}', "{}"])
def test_long_json_lines_are_read_though_the_first_line_is_damaged_or_blank(first: str) -> None:
    found = streamed("\n".join([first, *LINES]), 100)
    assert [one.raw["id"] for one in found if one.problem is None and one.raw] == list(range(50))


def test_a_log_that_was_cut_at_its_beginning_is_json_lines(tmp_path: Path) -> None:
    file = tmp_path / "cut.jsonl"
    file.write_text('d": 0}\n' + "\n".join(LINES))
    found = list(records(str(file), ()))
    assert [one.problem is None for one in found] == [False] + [True] * 50


def test_what_stands_behind_a_long_list_is_asked_to_stand_before_it() -> None:
    document = {"incidents": [{"n": n} for n in range(50)], "page": {"name": "Example"}}
    assert "'page' stands behind a long list" in str(streamed(json.dumps(document), 20)[-1].problem)


@pytest.mark.parametrize(
    "text", ['[{"a": 1}, {"a"', '[{"a": 1}; {}]', '[{"a": 1}, NaN]', '[{"a": 1}] [2']
)
def test_a_long_document_that_breaks_off_gives_what_came_before(text: str) -> None:
    found = streamed(text, 9)
    assert [one.problem is None for one in found] == [True, False]
    assert "cannot be read on: no JSON" in str(found[-1].problem)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"a": 1, "a": 2}', "the key 'a' stands twice"),
        ('{"a": Infinity}', "Infinity is no JSON number"),
        ('{"a": 1e999}', "1e999 is beyond all numbers"),
        ('{"a": ' + "[" * 100_000, "nested too deep"),
        ('{"a": ' + "1" * 5_000 + "}", "no JSON"),
        ('{"a": "\x01"}', "no JSON"),
        ("nul", "no JSON"),
    ],
)
def test_json_is_read_strictly(text: str, problem: str) -> None:
    [found] = streamed(text, 10**9)
    assert problem in str(found.problem)


def test_a_long_document_in_another_encoding_is_a_record_with_its_problem() -> None:
    found = list(json_records("x.json", io.BytesIO(b"[\xff" + b" " * 20), LISTS, 9))
    assert "not UTF-8" in str(found[-1].problem)


def rows(text: str | bytes) -> list[Record]:
    raw = text.encode() if isinstance(text, str) else text
    return list(csv_records("x.csv", io.BytesIO(raw)))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_of_a_table_is_found(delimiter: str) -> None:
    text = f'id{delimiter}title\r\n1{delimiter}"two\nlines"\r\n\r\n2{delimiter}x\r\n'
    assert [one.raw for one in rows("\ufeff" + text)] == [
        {"id": "1", "title": "two\nlines"},
        {"id": "2", "title": "x"},
    ]


def test_rows_are_placed_by_the_line_that_they_begin_on() -> None:
    found = rows('id,title\n1,"a\nb"\n2,c\n')
    assert [one.place.line for one in found] == [2, 4]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"id,title\n1\n", "has 1 columns, the header 2"),
        (b"id,title\n1,\xff\n", "another encoding"),
        ("id,title\n1,x\n".encode("utf-16"), "save it as CSV in UTF-8"),
        (b"id,title\n1," + b"x" * 2**24 + b"\n", "no row of a table"),
    ],
)
def test_what_is_no_row_is_a_record_with_its_problem(text: bytes, problem: str) -> None:
    assert problem in str(rows(text)[0].problem)


def test_a_damaged_row_does_not_take_the_next_with_it() -> None:
    assert [one.problem is None for one in rows("id,title\n1\n2,x\n")] == [False, True]


PEAK = """
import re, sys
from retold.adapters.importers.reading.files import records
number = sum(1 for _ in records(sys.argv[1], ("incidents",)))
peak = re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())
print(number, int(peak[1]) // 1024)
"""


def read_apart(file: Path) -> tuple[int, int]:
    """Read a file in a process of its own; return the number of records and the peak in MiB."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(file)], capture_output=True, text=True, check=True
    )
    number, peak = done.stdout.split()
    return int(number), int(peak)


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the peak of memory is read from /proc"
)
@pytest.mark.parametrize("form", ["one line", "one item", "one cell", "many items", "many lines"])
def test_a_gzip_bomb_does_not_fill_the_memory(form: str, tmp_path: Path) -> None:
    mebibytes, begin, again, end = {
        "one line": (300, b'{"a": "', b"x", b""),
        "one item": (300, b'[{"a": "', b"x", b'"}]'),
        "one cell": (300, b"id,title\n1,", b"x", b"\n"),
        "many items": (60, b'{"incidents": [1', b',{"id": "abcdefghijklmnopqrstuvwxyz"}', b"]}"),
        "many lines": (60, b"{}\n", b'{"id": "abcdefghijklmnopqrstuvwxyz"}\n', b""),
    }[form]
    file = tmp_path / "bomb.gz"
    with gzip.open(file, "wb", compresslevel=1) as out:
        out.write(begin)
        for _ in range(mebibytes):
            out.write(again * (2**20 // len(again)))
        out.write(end)
    number, peak = read_apart(file)
    assert number >= 1
    assert peak < 250


@pytest.mark.parametrize("text", ["", " \n", "[]", '{"incidents": []}'])
def test_an_empty_export_has_no_records(text: str) -> None:
    assert streamed(text, 10**9) == []


def test_progress_is_told_in_bytes_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl.gz"
    file.write_bytes(gzip.compress(b'{"a": 1}\n' * 10_000))
    volume = Volume([str(file)])
    assert sum(1 for _ in records(str(file), (), volume=volume)) == 10_000
    assert (volume.share, volume.unpacked) == (1, 90_000)
