"""A real ServiceNow event log: what the store tells of each incident, held against its columns."""

import csv
import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from retold import Cut, Store, open_store
from retold.adapters.importers.accounts import Imported
from retold.adapters.importers.formats import Options
from retold.adapters.importers.importing import How, import_files
from retold.domain.events import NoteAdded
from retold.projections.views import IncidentRow

from .imports.told import REAL_DATA, needs_real_data

FILE = REAL_DATA / "servicenow-uci498" / "incident_event_log.csv.gz"

pytestmark = needs_real_data

OVER = ("Resolved", "Closed")

MISTIMED = "INC0000137"
"""Its first row has a time after its resolution, so that it seems to be reopened then."""

Row = dict[str, str]


def moment(text: str) -> datetime | None:
    if text == "?":
        return None
    return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=UTC)


def row_at(row: Row) -> datetime:
    found = moment(row["sys_updated_at"])
    assert found is not None
    return found


@pytest.fixture(scope="module")
def log() -> dict[str, list[Row]]:
    """The rows of each incident in their order, read without any of our code."""
    found: dict[str, list[Row]] = {}
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            found.setdefault(row["number"], []).append(row)
    for rows in found.values():
        rows.sort(key=lambda row: (row_at(row), int(row["sys_mod_count"])))
    return found


@pytest.fixture(scope="module")
def done() -> dict[str, Imported]:
    return {}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, done: dict[str, Imported]) -> Iterator[Store]:
    """A store into which the log was imported, as if its times were UTC."""
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('servicenow') / 'log.db'}") as store:
        how = How(Options(ZoneInfo("UTC")))
        done["first"] = import_files(store, "servicenow", [str(FILE)], how)
        yield store


@pytest.fixture(scope="module")
def incidents(whole: Store) -> dict[str, IncidentRow]:
    return {row.source_ref or "": row for row in whole.incidents()}


@pytest.fixture(scope="module")
def notes(whole: Store, incidents: dict[str, IncidentRow]) -> dict[str, list[NoteAdded]]:
    """The notes that the rows became, in the order of the story."""
    return {
        number: [
            entry.event
            for entry in whole.history(row.incident_id).entries
            if entry.retraction is None and isinstance(entry.event, NoteAdded)
        ]
        for number, row in incidents.items()
    }


def value(note: NoteAdded, field: str) -> str:
    """Return what a note keeps of a column; what it does not is missing."""
    lines = (line.partition(": ") for line in note.text.splitlines())
    return next((text for name, _, text in lines if name == field), "?")


def steps_out(states: list[str]) -> int:
    return sum(before in OVER and after not in OVER for before, after in pairwise(states))


def visible_changes(groups: list[str]) -> int:
    return sum(before != after for before, after in pairwise(groups))


def test_every_row_goes_in(
    log: dict[str, list[Row]], notes: dict[str, list[NoteAdded]], done: dict[str, Imported]
) -> None:
    account = done["first"]
    rows = sum(map(len, log.values()))
    assert (account.read, account.recorded, account.rejected) == (rows, rows, 0)
    assert {number: len(told) for number, told in notes.items()} == {
        number: len(rows) for number, rows in log.items()
    }


def test_closing_is_the_last_row_that_is_closed(
    log: dict[str, list[Row]], notes: dict[str, list[NoteAdded]]
) -> None:
    last = {
        number: max(note.occurred_at for note in told if note.status == "Closed")
        for number, told in notes.items()
    }
    assert last == {number: moment(rows[-1]["closed_at"]) for number, rows in log.items()}


def test_resolution_is_when_the_log_says_that_it_was(
    log: dict[str, list[Row]], incidents: dict[str, IncidentRow]
) -> None:
    said = {number: moment(rows[-1]["resolved_at"]) for number, rows in log.items()}
    differing = {
        number
        for number, resolved_at in said.items()
        if resolved_at is not None and incidents[number].resolved_at != resolved_at
    }
    assert differing == {MISTIMED}


def test_where_the_log_does_not_say_when_resolution_is_the_step_into_the_last_ending(
    log: dict[str, list[Row]], incidents: dict[str, IncidentRow]
) -> None:
    untold = [number for number, rows in log.items() if rows[-1]["resolved_at"] == "?"]
    assert len(untold) == 793
    for number in untold:
        stay = []
        for row in reversed(log[number]):
            if row["incident_state"] not in OVER:
                break
            stay.append(row)
        assert incidents[number].resolved_at == row_at(stay[-1]), number


def test_reopenings_are_the_steps_out_of_an_ending(
    log: dict[str, list[Row]], incidents: dict[str, IncidentRow]
) -> None:
    for number, rows in log.items():
        assert incidents[number].reopens == steps_out([row["incident_state"] for row in rows])
    differing = {
        number
        for number, rows in log.items()
        if incidents[number].reopens != int(rows[-1]["reopen_count"])
    }
    assert differing == {MISTIMED}


def test_reassignments_are_the_changes_of_the_group_that_rows_show(
    log: dict[str, list[Row]], notes: dict[str, list[NoteAdded]]
) -> None:
    fewer = 0
    for number, rows in log.items():
        told = visible_changes([value(note, "assignment_group") for note in notes[number]])
        assert told == visible_changes([row["assignment_group"] for row in rows]), number
        counted = int(rows[-1]["reassignment_count"])
        # The count may rise at a row that shows the group of the row before.
        assert told in (counted, counted - 1), number
        fewer += told != counted
    assert fewer == 42


def test_detection_is_the_opening(
    log: dict[str, list[Row]], incidents: dict[str, IncidentRow]
) -> None:
    for number, rows in log.items():
        assert incidents[number].detected_at == moment(rows[0]["opened_at"]), number


def test_acknowledgement_is_the_first_row_that_is_active(
    log: dict[str, list[Row]], incidents: dict[str, IncidentRow]
) -> None:
    for number, rows in log.items():
        active = [row_at(row) for row in rows if row["incident_state"] == "Active"]
        assert incidents[number].acknowledged_at == min(active, default=None), number


def test_no_row_tells_an_ending_that_lies_after_it(
    log: dict[str, list[Row]], notes: dict[str, list[NoteAdded]]
) -> None:
    for number, told in notes.items():
        final = log[number][-1]
        for note in told:
            for field, at in (
                ("resolved_at", "resolved_at"),
                ("resolved_by", "resolved_at"),
                ("closed_at", "closed_at"),
                ("closed_code", "closed_at"),
            ):
                ends_at = moment(final[at])
                if value(note, field) != "?":
                    assert ends_at is not None, number
                    assert ends_at <= note.occurred_at, number


def test_at_the_time_of_each_row_the_story_is_what_the_rows_until_then_say(
    log: dict[str, list[Row]], whole: Store, incidents: dict[str, IncidentRow]
) -> None:
    for number, rows in list(log.items())[::20]:
        for at in {row_at(row) for row in rows}:
            known = [row["incident_state"] for row in rows if row_at(row) <= at]
            status = whole.status(incidents[number].incident_id, Cut(known_at=at))
            assert status.reopens == steps_out(known), (number, at)
            assert (status.resolved_at is not None) == (known[-1] in OVER), (number, at)
            assert status.resolved_at is None or status.resolved_at <= at, (number, at)


def test_only_what_came_before_its_opening_is_odd(
    log: dict[str, list[Row]], incidents: dict[str, IncidentRow]
) -> None:
    odd = {number for number, row in incidents.items() if row.anomalies}
    early = {
        number
        for number, rows in log.items()
        if (opened_at := moment(rows[0]["opened_at"]))
        and any(row["incident_state"] == "Active" and row_at(row) < opened_at for row in rows)
    }
    assert odd == early == {"INC0000135"}


def test_the_same_log_again_records_nothing(whole: Store, notes: object) -> None:
    del notes  # read before
    how = How(Options(ZoneInfo("UTC")), limit=5_000)
    again = import_files(whole, "servicenow", [str(FILE)], how)
    assert (again.read, again.already_there, again.events) == (5_000, 5_000, 0)
