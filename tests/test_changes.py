"""Histories with one row per change: what follows from rows, in whatever order they were read."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retold.adapters.importers.changes import (
    Change,
    Meaning,
    change_wanted,
    changes_said,
    in_order,
    lifecycle,
    role_changes,
)
from retold.adapters.importers.tellings import INFERRED, Said, Wanted
from retold.domain import events as ev

START = datetime(2026, 3, 2, 9, tzinfo=UTC)

MEANINGS: dict[str, Meaning] = {
    "Working": "acknowledged",
    "Contained": "mitigated",
    "Done": "resolved",
    "Closed": "resolved",
    "Canceled": "dismissed",
}


def change(minute: int, state: str | None = None, number: str = "", **fields: str) -> Change:
    at = START + timedelta(minutes=minute)
    return Change(number or str(minute), at, at, "somebody", state, fields)


def kinds(*states: str | None) -> list[str]:
    """What follows when the state takes these values, one a minute."""
    changes = [change(minute, state) for minute, state in enumerate(states)]
    return [one.event.kind.removeprefix("incident-") for one in lifecycle(changes, MEANINGS)]


def as_said(wanted: Wanted) -> Said:
    return Said(wanted.slot, wanted.event, wanted.told_at)


def test_a_row_is_a_note_of_what_it_says_without_what_is_empty() -> None:
    wanted = change_wanted(change(0, "New", priority="high", owner="", text="two\n lines"))
    note = wanted.event
    assert isinstance(note, ev.NoteAdded)
    assert (note.text, note.status, note.by) == (
        "priority: high\ntext: two lines",
        "New",
        "somebody",
    )


def test_a_row_that_says_nothing_is_a_note_nevertheless() -> None:
    wanted = change_wanted(change(0))
    assert isinstance(wanted.event, ev.NoteAdded)
    assert wanted.event.text == "[a change]"
    [read] = changes_said([as_said(wanted)])
    assert read.fields == {}


@given(
    st.dictionaries(
        st.sampled_from(["state", "a: b", "odd\nname", "ends:", ":"]),
        st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20),
        max_size=5,
    )
)
def test_what_a_note_keeps_is_read_back_out_of_it(fields: dict[str, str]) -> None:
    said = [as_said(change_wanted(change(0, number="7")._replace(fields=fields)))]
    [read] = changes_said(said)
    texts = [" ".join(value.split()) for value in fields.values()]
    assert sorted(read.fields.values()) == sorted(filter(None, texts))


def test_rows_of_several_sorts_are_told_apart() -> None:
    said = [as_said(change_wanted(change(0), "seen")), as_said(change_wanted(change(1)))]
    assert [one.number for one in changes_said(said)] == ["1"]
    assert [one.number for one in changes_said(said, "seen")] == ["0"]


def test_rows_of_equal_time_come_in_the_order_of_their_numbers() -> None:
    rows = [change(0, number=number) for number in ("10", "9 b", "9 a", "none")]
    assert [one.number for one in in_order(rows)] == ["none", "9 a", "9 b", "10"]


@given(st.permutations(range(6)))
def test_rows_read_in_any_order_tell_the_same(order: list[int]) -> None:
    states = ["New", "Working", "Done", "Working", "Done", "Closed"]
    said = [as_said(change_wanted(change(0, state, f"{n}"))) for n, state in enumerate(states)]
    rows = changes_said([said[index] for index in order])
    told = [one.event.kind for one in lifecycle(rows, MEANINGS)]
    assert told == [one.event.kind for one in lifecycle(changes_said(said), MEANINGS)]


def test_each_step_to_another_meaning_is_an_event() -> None:
    assert kinds("New", "Working", "Contained", "Done") == ["acknowledged", "mitigated", "resolved"]


def test_the_same_meaning_again_is_no_event() -> None:
    assert kinds("New", "Working", "Working", "Done", "Done") == ["acknowledged", "resolved"]


def test_closing_what_is_resolved_is_no_second_resolution() -> None:
    assert kinds("Done", "Closed") == ["resolved"]


def test_closing_what_is_open_resolves_it() -> None:
    assert kinds("New", "Closed") == ["resolved"]


def test_out_of_an_ending_is_a_reopening() -> None:
    assert kinds("Done", "New", "Closed") == ["resolved", "reopened", "resolved"]
    assert kinds("Canceled", "Working") == ["dismissed", "reopened", "acknowledged"]


@pytest.mark.parametrize("states", [("Done", "Canceled"), ("Canceled", "Closed")])
def test_from_one_ending_to_another_nothing_is_reopened(states: tuple[str, str]) -> None:
    assert "reopened" not in kinds(*states)
    assert len(kinds(*states)) == 2


def test_taking_it_up_again_after_a_pause_is_no_second_acknowledgement() -> None:
    assert kinds("Working", "Waiting", "Working", "Done") == ["acknowledged", "resolved"]


def test_after_a_reopening_it_is_acknowledged_anew() -> None:
    assert kinds("Working", "Done", "Working") == [
        "acknowledged",
        "resolved",
        "reopened",
        "acknowledged",
    ]


def test_a_row_without_a_state_leaves_it_as_it_was() -> None:
    assert kinds("Done", None, "Closed") == ["resolved"]


def test_what_is_inferred_has_the_place_time_and_person_of_its_row() -> None:
    [wanted] = lifecycle([change(5, "Done")], MEANINGS)
    assert wanted.slot == f"{INFERRED}5/resolved"
    assert wanted.event == ev.Resolved(occurred_at=START + timedelta(minutes=5), by="somebody")


def known_since(*rows: tuple[str, int]) -> list[tuple[str, int]]:
    """What follows when the state takes these values, each told in that minute."""
    changes = [
        change(minute, state)._replace(told_at=START + timedelta(minutes=told))
        for minute, (state, told) in enumerate(rows)
    ]
    return [
        (one.event.kind.removeprefix("incident-"), int((one.told_at - START).total_seconds()) // 60)
        for one in lifecycle(changes, MEANINGS)
    ]


def test_a_reopening_is_not_known_before_the_ending_is() -> None:
    assert known_since(("Done", 30), ("New", 10)) == [("resolved", 30), ("reopened", 30)]
    assert known_since(("Done", 30), ("Contained", 10)) == [
        ("resolved", 30),
        ("reopened", 30),
        ("mitigated", 30),
    ]
    assert known_since(("Done", 10), ("New", 30)) == [("resolved", 10), ("reopened", 30)]


def test_what_comes_after_a_reopening_is_not_known_before_that_is() -> None:
    assert known_since(("Done", 10), ("New", 40), ("Closed", 20)) == [
        ("resolved", 10),
        ("reopened", 40),
        ("resolved", 40),
    ]
    assert known_since(("Done", 10), ("New", 40), ("Working", 20)) == [
        ("resolved", 10),
        ("reopened", 40),
        ("acknowledged", 40),
    ]


def test_what_happens_again_is_not_known_before_it_is_known_to_have_stopped() -> None:
    assert known_since(("Contained", 10), ("New", 40), ("Contained", 20)) == [
        ("mitigated", 10),
        ("mitigated", 40),
    ]


def test_what_follows_from_one_row_is_known_since_that_was_told() -> None:
    assert known_since(("Working", 40), ("Done", 20)) == [("acknowledged", 40), ("resolved", 20)]


def test_who_takes_a_role_back_is_not_known_before_who_had_it_in_between() -> None:
    told = [(0, 10, "first"), (1, 40, "second"), (2, 20, "first"), (3, 30, "third")]
    changes = [
        change(minute, owner=holder)._replace(told_at=START + timedelta(minutes=late))
        for minute, late, holder in told
    ]
    taken = role_changes(changes, "owner", "lead")
    assert [one.told_at.minute for one in taken] == [10, 40, 40, 30]


def test_a_role_is_taken_wherever_its_field_changes_to_somebody_else() -> None:
    holders = ["", "first", "first", "", "second", "first"]
    changes = [change(minute, owner=holder) for minute, holder in enumerate(holders)]
    taken = [
        (one.event.occurred_at.minute, one.event.holder)
        for one in role_changes(changes, "owner", "lead")
        if isinstance(one.event, ev.RoleAssigned)
    ]
    assert taken == [(1, "first"), (4, "second"), (5, "first")]
