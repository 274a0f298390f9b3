"""Importing ServiceNow exports of one incident: raw, shown or both, in any order and split."""

from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from retold import Store, open_store
from retold.adapters.importers.tellings import incident_id_of
from retold.domain.events import SeverityAssessed

from .imports.servicenow import BERLIN, events, holders, imported, kinds, status
from .imports.told import at, stories, written

MAIL = "aaa00000000000000000000000000a10"
PERSON = "aaa00000000000000000000000000001"
TEAM = "aaa00000000000000000000000000002"
SERVICE = "aaa00000000000000000000000000003"
PARENT = "aaa00000000000000000000000000a11"

CELLS = {
    "sys_id": (MAIL, MAIL),
    "number": ("INC0090010", "INC0090010"),
    "sys_class_name": ("incident", "Incident"),
    "short_description": ("Mail is down", "Mail is down"),
    "contact_type": ("phone", "Phone"),
    "state": ("6", "Resolved"),
    "opened_at": ("2026-03-02 08:00:00", "2026-03-02 09:00:00"),
    "sys_created_on": ("2026-03-02 08:05:00", "2026-03-02 09:05:00"),
    "sys_updated_on": ("2026-03-02 10:00:00", "2026-03-02 11:00:00"),
    "sys_updated_by": ("mail.oncall", "mail.oncall"),
    "sys_mod_count": ("5", "5"),
    "business_service": (SERVICE, "Mail"),
    "priority": ("2", "2 - High"),
    "impact": ("2", "2 - Medium"),
    "assigned_to": (PERSON, "mail on-call"),
    "assignment_group": (TEAM, "Mail team"),
    "close_code": ("fixed", "Fixed"),
    "resolved_at": ("2026-03-02 09:50:00", "2026-03-02 10:50:00"),
    "resolved_by": (PERSON, "mail on-call"),
}
"""A record's cells: as they are kept, in UTC, and as they are shown, in Berlin."""


def raw(**other: str) -> dict[str, Any]:
    return {name: kept for name, (kept, _) in CELLS.items()} | other


def shown(**other: str) -> dict[str, Any]:
    return {name: shown for name, (_, shown) in CELLS.items()} | other


def both() -> dict[str, Any]:
    return {name: {"value": kept, "display_value": shown} for name, (kept, shown) in CELLS.items()}


EXPORTS = {"raw": raw(), "shown": shown(), "both": both()}


@pytest.fixture
def empty() -> Store:
    return open_store("memory:")


def took(store: Store, folder: Path, name: str, export: dict[str, Any]) -> None:
    file = written(folder / f"{name}.json", export)
    done = imported(store, file, zone=BERLIN) if name == "shown" else imported(store, file)
    assert (done.read, done.recorded + done.already_there) == (1, 1)


ORDERS = [order for size in (2, 3) for order in permutations(EXPORTS, size) if {*order} - {"raw"}]


@pytest.mark.parametrize("order", ORDERS)
def test_names_and_words_stand_whichever_export_of_an_update_came_first(
    order: tuple[str, ...], empty: Store, tmp_path: Path
) -> None:
    for name in order:
        took(empty, tmp_path, name, EXPORTS[name])
    assert holders(empty, MAIL, "assignee") == ["mail on-call"]
    assert holders(empty, MAIL, "assignment group") == ["Mail team"]
    [assessed] = events(empty, MAIL, SeverityAssessed)
    assert (assessed.severity, assessed.basis) == ("2 - High", "impact 2 - Medium")
    detected, *_, resolved = [
        one for one in events(empty, MAIL) if one.kind.startswith("incident-")
    ]
    assert (detected.services, detected.signal) == (("Mail",), "Phone")
    assert (resolved.by, resolved.summary) == ("mail on-call", "[Fixed]")


def test_three_exports_of_an_update_tell_the_same_in_any_order(tmp_path: Path) -> None:
    told = []
    for order in permutations(EXPORTS):
        store = open_store("memory:")
        for name in order:
            took(store, tmp_path, name, EXPORTS[name])
        told.append(stories(store))
    assert all(one == told[0] for one in told)


def test_a_raw_export_after_a_shown_one_takes_nothing_back(empty: Store, tmp_path: Path) -> None:
    took(empty, tmp_path, "shown", shown())
    done = imported(empty, written(tmp_path / "raw.json", raw()))
    assert (done.recorded, done.corrections, done.retractions) == (1, 0, 0)


def test_an_export_of_other_columns_adds_to_what_an_update_said(
    empty: Store, tmp_path: Path
) -> None:
    some = {name: text for name, text in shown().items() if name != "assigned_to"}
    took(empty, tmp_path, "shown", some | {"category": "Zebra"})
    took(empty, tmp_path, "raw", raw())
    took(empty, tmp_path, "shown", {**some, "assigned_to": "mail on-call"})
    assert holders(empty, MAIL, "assignee") == ["mail on-call"]
    assert holders(empty, MAIL, "assignment group") == ["Mail team"]


@pytest.mark.parametrize("order", list(permutations(["raw", "shown"])))
def test_a_state_that_one_export_shows_in_another_language_is_known_from_the_other(
    order: tuple[str, ...], empty: Store, tmp_path: Path
) -> None:
    exports = {"raw": raw(), "shown": shown(state="Risolto")}
    for name in order:
        took(empty, tmp_path, name, exports[name])
    later = raw(state="2", sys_updated_on="2026-03-03 10:00:00", sys_mod_count="7", resolved_at="")
    took(empty, tmp_path, "later", later)
    assert kinds(empty, MAIL) == ["detected", "resolved", "reopened"]


def test_the_parent_of_a_duplicate_is_known_by_the_link_to_it(empty: Store, tmp_path: Path) -> None:
    parent = {
        "display_value": "INC0090011",
        "link": f"https://example.service-now.com/api/now/table/incident/{PARENT}",
    }
    duplicate = shown(close_code="Duplicate") | {"parent_incident": parent}
    took(empty, tmp_path, "shown", duplicate)
    assert status(empty, MAIL).merged_into == incident_id_of("servicenow", PARENT)


def test_a_parent_that_is_known_only_by_its_number_is_none_to_merge_into(
    empty: Store, tmp_path: Path
) -> None:
    duplicate = shown(close_code="Duplicate", parent_incident="INC0090011")
    took(empty, tmp_path, "shown", duplicate)
    assert kinds(empty, MAIL) == ["detected", "resolved"]


def update(number: int, time: str, **cells: str) -> dict[str, Any]:
    """Return a raw record of the incident at one update, in UTC."""
    kept = {"state": "1", "sys_mod_count": str(number), "sys_updated_on": f"2026-03-{time}"}
    empty = dict.fromkeys(
        ("assigned_to", "assignment_group", "business_service", "close_code", "contact_type",
         "resolved_at", "resolved_by"), "",
    )  # fmt: skip
    return raw(**{**empty, **kept, **cells})


def change(field: str, old: str, new: str, number: int, time: str) -> dict[str, Any]:
    return {
        "tablename": "incident",
        "documentkey": MAIL,
        "fieldname": field,
        "oldvalue": old,
        "newvalue": new,
        "record_checkpoint": str(number),
        "sys_created_on": f"2026-03-{time}",
        "user": "mail.oncall",
    }


OVER = {"state": "6", "resolved_at": "2026-03-02 09:50:00"}
AGAIN = {"reopen_count": "1", "reopened_time": "2026-03-03 09:00:00"}
CLOSED = {
    "state": "7",
    "resolved_at": "2026-03-03 11:00:00",
    "closed_at": "2026-03-03 12:00:00",
}

UPDATES = [
    update(0, "02 08:05:00", business_service="Web", priority="3"),
    update(3, "02 09:00:00", business_service="Mail", state="2"),
    update(4, "02 09:10:00", state="2", assigned_to="mail on-call"),
    update(5, "02 10:00:00", **OVER, close_notes="x"),
    update(6, "02 10:30:00", **OVER | {"resolved_at": "2026-03-02 09:40:00"}, close_notes="y"),
    update(6, "02 10:30:00", **OVER | {"resolved_at": "2026-03-02 09:40:00"}, priority="2 - High"),
    update(8, "03 10:00:00", state="2", **AGAIN),
    update(9, "03 12:00:00", **AGAIN | CLOSED, short_description="Mail was down"),
    raw(),
    both(),
    change("state", "1", "2", 2, "02 08:40:00"),
    change("assigned_to", "", "mail on-call", 2, "02 08:40:00"),
    change("state", "2", "6", 5, "02 09:50:00"),
    change("resolved_at", "", "2026-03-02 09:50:00", 5, "02 09:50:00"),
    change("state", "6", "2", 7, "03 09:00:00"),
    change("state", "2", "6", 8, "03 11:00:00"),
    change("state", "6", "7", 10, "03 12:00:00"),
]
"""Nothing in them changes and changes back: see docs/importing-servicenow.md."""


def parted(order: list[dict[str, Any]], cuts: list[int]) -> list[list[dict[str, Any]]]:
    places = [0, *sorted(cuts), len(order)]
    return [order[start:end] for start, end in pairwise(places) if start < end]


@given(data=st.data())
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_updates_and_audit_rows_tell_the_same_in_any_order_and_split(
    data: st.DataObject, tmp_path: Path
) -> None:
    places = range(len(UPDATES))
    order = data.draw(st.permutations(places))
    again = data.draw(st.lists(st.sampled_from(places), max_size=4))
    cuts = data.draw(st.lists(st.integers(0, len(order)), max_size=4))
    apart, at_once = open_store("memory:"), open_store("memory:")
    for part in parted([UPDATES[place] for place in (*order, *again)], cuts):
        imported(apart, written(tmp_path / "part.jsonl", *part))
    imported(at_once, written(tmp_path / "all.jsonl", *UPDATES))
    assert stories(apart) == stories(at_once)


def test_what_is_emptied_stays_as_the_newest_update_told_it(empty: Store, tmp_path: Path) -> None:
    for one in (UPDATES[3], UPDATES[1], UPDATES[0]):
        imported(empty, written(tmp_path / "one.json", one))
    assert status(empty, MAIL).services == ("Mail",)
    assert status(empty, MAIL).resolved_at == at("2026-03-02T09:50:00Z")
