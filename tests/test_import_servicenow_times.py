"""Importing ServiceNow values: times with and without a zone, and what cannot be."""

from pathlib import Path

import pytest
from retold import Store, open_store

from .imports.servicenow import BERLIN, REF, SEARCH, imported, record, status
from .imports.told import at, written


@pytest.fixture
def empty() -> Store:
    return open_store("memory:")


def test_a_time_without_a_zone_is_refused_where_none_is_named(empty: Store, tmp_path: Path) -> None:
    done = imported(empty, written(tmp_path / "one.json", record()), zone=None)
    assert "sys_updated_on: '2026-03-01 09:00:00' has no time zone: say which it is, with --tz" in (
        str(done.rejections[0])
    )


def test_a_time_without_a_zone_is_in_the_one_that_is_named(empty: Store, tmp_path: Path) -> None:
    imported(empty, written(tmp_path / "one.json", record()), zone=BERLIN)
    assert status(empty, REF).resolved_at == at("2026-03-01T08:00:00Z")


def test_where_both_forms_of_a_time_are_told_the_kept_one_is_utc(empty: Store) -> None:
    imported(empty, "table-page.json", zone=None)
    assert status(empty, SEARCH).resolved_at == at("2026-03-02T10:30:00Z")


def test_a_day_that_does_not_exist_is_rejected_with_its_place(empty: Store) -> None:
    done = imported(empty, "malformed.csv")
    [rejection] = done.rejections
    assert "malformed.csv:2 sys_updated_at: '31/2/2026 08:04': day is out of range" in str(
        rejection
    )
    assert done.recorded == 1


@pytest.mark.parametrize("field", ["opened_at", "sys_updated_on", "resolved_at"])
def test_a_time_that_clocks_skipped_is_rejected_with_its_field(
    field: str, empty: Store, tmp_path: Path
) -> None:
    skipped = record() | {field: "2026-03-29 02:30:00"}
    done = imported(empty, written(tmp_path / "one.json", skipped), zone=BERLIN)
    problem = f"{field}: '2026-03-29 02:30:00' does not exist in Europe/Berlin: clocks went on"
    assert problem in str(done.rejections[0])


def test_of_an_hour_that_comes_twice_the_first_is_taken(empty: Store, tmp_path: Path) -> None:
    twice = record(resolved_at="2026-10-25 02:30:00", sys_updated_on="2026-10-25 04:00:00")
    imported(empty, written(tmp_path / "one.json", twice), zone=BERLIN)
    assert status(empty, REF).resolved_at == at("2026-10-25T00:30:00Z")


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("number", "", "number: is missing"),
        ("number", "\ud800", "number.value: holds a lone surrogate"),
        ("number", {"a": 1}, "number: is missing"),
        ("sys_updated_on", "", "sys_updated_on: is missing"),
        ("sys_updated_on", "soon", "sys_updated_on: 'soon' is no time such as"),
        ("resolved_at", "0001-01-01 00:00:00", "resolved_at: "),
        ("sys_mod_count", "many", "sys_mod_count: is no whole number"),
        ("short_description", "x" * 1_001, "title: "),
        ("short_description", 5, "short_description.value: "),
    ],
)
def test_a_value_that_cannot_be_is_rejected_with_its_field(
    field: str, value: object, problem: str, empty: Store, tmp_path: Path
) -> None:
    content = record() | {field: value}
    done = imported(empty, written(tmp_path / "one.json", content))
    assert f"one.json:1 {problem}" in str(done.rejections[0])
    assert empty.incidents() == []
