"""Measures as people write them: read, refused with the line, and what they say of an incident."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retold import Cut, Incident, InvalidInput, Recorded, Store, open_store
from retold.domain import events as ev
from retold.domain.history import History, effective_history
from retold.projections.built_in import BUILT_IN, TIMED
from retold.projections.durations import DurationRow, counted, measured
from retold.projections.measure_file import measures_from
from retold.projections.views import replayed

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
INCIDENT = UUID(int=77)
MINUTE = 60_000_000

COMMANDED = """
[measures.ttcommand]
version = 1
title = "time to a commander"
start = "incident-declared"
end = { kind = "role-assigned", where = { role = "commander" } }
"""


def minutes(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def history(*events: ev.AnyEvent) -> History:
    return effective_history(
        Recorded(
            event_id=UUID(int=version), incident_id=INCIDENT, version=version, position=version,
            recorded_at=NOON, event=event,
        )
        for version, event in enumerate(events, start=1)
    )  # fmt: skip


def outcome(text: str, *events: ev.AnyEvent) -> tuple[str, int | None, str | None]:
    [measure] = measures_from(text)
    [row] = measured(INCIDENT, history(*events), [measure])
    return row.state, row.duration_us, row.reason


detected = ev.Detected(occurred_at=NOON, title="Search is down")
declared = ev.Declared(occurred_at=minutes(2), severity="sev1")
scribe = ev.RoleAssigned(occurred_at=minutes(3), role="scribe", holder="bo")
commander = ev.RoleAssigned(occurred_at=minutes(7), role="commander", holder="ana")
resolved = ev.Resolved(occurred_at=minutes(60))


def test_a_condition_is_met_by_the_event_that_says_so() -> None:
    assert outcome(COMMANDED, detected, declared, scribe, commander) == (
        "observed", 5 * MINUTE, None,
    )  # fmt: skip


def test_what_meets_no_condition_is_named_with_it() -> None:
    assert outcome(COMMANDED, detected, declared, scribe, resolved) == (
        "missing", None, "resolved without role-assigned[role=commander]",
    )  # fmt: skip
    assert outcome(COMMANDED, detected, declared, scribe) == ("censored", None, "still open")


def test_a_machines_acknowledgement_counts_where_it_is_asked_for() -> None:
    text = """
    [measures.tta_machine]
    version = 1
    start = "incident-detected"
    end = { kind = "incident-acknowledged", where = { automatic = true } }
    """
    by_machine = ev.Acknowledged(occurred_at=minutes(1), automatic=True)
    by_human = ev.Acknowledged(occurred_at=minutes(4))
    assert outcome(text, detected, by_machine, by_human)[1] == MINUTE
    assert outcome(text, detected, by_human)[0] == "censored"


def test_a_reopening_undoes_what_is_in_force_and_nothing_else() -> None:
    text = """
    [measures.ttr_automatic]
    version = 1
    start = "incident-detected"
    end = {{ kind = "incident-resolved", occurrence = "{}", where = {{ automatic = true }} }}
    """
    story = (
        detected,
        ev.Resolved(occurred_at=minutes(10), automatic=True),
        ev.Reopened(occurred_at=minutes(20)),
        ev.Resolved(occurred_at=minutes(30)),
        ev.Resolved(occurred_at=minutes(40), automatic=True),
    )
    assert outcome(text.format("first"), *story)[1] == 10 * MINUTE
    assert outcome(text.format("last"), *story)[1] == 40 * MINUTE
    assert outcome(text.format("in-force"), *story)[1] == 40 * MINUTE
    assert outcome(text.format("in-force"), *story[:4])[0] == "missing"


def test_a_count_counts_what_was_not_retracted() -> None:
    [measure] = measures_from(
        '[measures.decisions]\nversion = 1\nform = "count"\n'
        'end = { kind = "note-added", where = { note = "decision" } }\n'
    )
    told = history(
        detected,
        ev.NoteAdded(occurred_at=NOON, text="roll back", note="decision"),
        ev.NoteAdded(occurred_at=NOON, text="hm"),
        ev.NoteAdded(occurred_at=NOON, text="forward!", note="decision"),
        ev.EventRetracted(occurred_at=NOON, retracts=UUID(int=4), why="no"),
    )
    assert counted(told, measure) == 1


def test_the_built_in_measures_are_those_of_the_document() -> None:
    document = (Path(__file__).parent.parent / "docs" / "measures.md").read_text()
    for measure in BUILT_IN:
        assert f"`{measure.name}`" in document


STORY = st.lists(
    st.builds(
        lambda make, at: make(minutes(at)),
        st.sampled_from(
            [
                lambda at: ev.Detected(occurred_at=at, title="x"),
                lambda at: ev.ImpactStarted(occurred_at=at, service="a"),
                lambda at: ev.Acknowledged(occurred_at=at),
                lambda at: ev.Acknowledged(occurred_at=at, automatic=True),
                lambda at: ev.Mitigated(occurred_at=at),
                lambda at: ev.Resolved(occurred_at=at),
                lambda at: ev.Reopened(occurred_at=at),
                lambda at: ev.Dismissed(occurred_at=at, reason="drill"),
                lambda at: ev.ExpectationBreached(occurred_at=at, expectation="e"),
            ]
        ),
        st.integers(-30, 90),
    ),
    min_size=1,
    max_size=12,
)


@given(STORY)
def test_built_in_measures_say_the_same_from_the_log_and_in_the_views(
    story: list[ev.StoryEvent],
) -> None:
    told = history(*story)
    assert measured(INCIDENT, told, TIMED) == replayed(INCIDENT, told).durations


@given(STORY)
def test_reopens_counts_what_the_incident_counts(story: list[ev.StoryEvent]) -> None:
    told = history(*story)
    [reopens] = [measure for measure in BUILT_IN if measure.name == "reopens"]
    assert counted(told, reopens) == replayed(INCIDENT, told).incident.reopens


ENDS = 'version = 1\nstart = "incident-detected"\n'


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("[measures.x]\nversion = = 1", 2, "Invalid value"),
        ("\n[measurs.x]\nversion = 1", 1, "no such table"),
        (f'\n[measures.x]\n{ENDS}\nend = "incident-solved"', 6, "no kind of event is called"),
        (f'[measures.x]\n{ENDS}end = "incident-resolved"\ncolour = 1', 5, "no such key"),
        ('[measures.x]\nstart = "note-added"\nend = "incident-resolved"', 1, "version: is missing"),
        ("[measures.x]\nversion = 0", 2, "greater than or equal to 1"),
        (f'[measures.x]\n{ENDS}end = "incident-detected"', 1, "starts and ends with the same"),
        ('[measures.x]\nversion = 1\nend = "incident-resolved"', 1, "says no start"),
        (
            f'[measures.x]\n{ENDS}end = {{ kind = "incident-declared", occurrence = "in-force" }}',
            4,
            "no reopening undoes incident-declared",
        ),
        (
            f'[measures.x]\n{ENDS}end = {{ kind = "role-assigned", where = {{ roll = "x" }} }}',
            4,
            "role-assigned has no field 'roll'",
        ),
        (f'[measures.x]\n{ENDS}end = "note-added"\ncalendar = "c"', 5, "no [calendars.c]"),
        (f'[measures.x]\n{ENDS}end = "note-added"\nform = "active"', 1, "active time runs from"),
        (f'[measures.x]\n{ENDS}end = "note-added"\nform = "count"', 1, "neither a start"),
        (f'[measures.X]\n{ENDS}end = "note-added"', 1, "should match pattern"),
        ("measures = 1", 1, "is no table"),
    ],
)
def test_what_is_unknown_or_contradicts_itself_is_refused_with_its_line(
    text: str, line: int, problem: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        measures_from(text, "mine.toml")
    assert problem in str(caught.value)
    assert str(caught.value).startswith("mine.toml")
    assert f":{line} " in str(caught.value) or f"line {line}," in str(caught.value)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "measures.toml"
    file.write_text(COMMANDED)
    return file


def with_a_commander(store: Store) -> UUID:
    incident = store.detect("Search is down", at=NOON).incident_id
    store.record(incident, Incident.declare, at=minutes(2))
    store.record(incident, Incident.assign_role, at=minutes(7), role="commander", holder="ana")
    return incident


def row_of(store: Store, cut: Cut | None = None) -> DurationRow:
    [(_, row)] = store.measured(["ttcommand"], cut or Cut())
    return row


def test_a_fresh_definition_answers_from_old_history(database_url: str, file: Path) -> None:
    with open_store(database_url) as store:
        incident = with_a_commander(store)
    with open_store(database_url, measures=file) as store:
        row = row_of(store)
        assert (row.incident_id, row.duration_us) == (incident, 5 * MINUTE)
        assert row_of(store, Cut(as_of=minutes(5))).state == "censored"


def test_a_name_never_comes_to_mean_something_else(database_url: str, file: Path) -> None:
    open_store(database_url, measures=file).close()
    file.write_text(COMMANDED.replace("commander", "scribe"))
    with pytest.raises(InvalidInput, match="another definition of ttcommand version 1"):
        open_store(database_url, measures=file)
    file.write_text(COMMANDED.replace("commander", "scribe").replace("version = 1", "version = 2"))
    with open_store(database_url, measures=file) as store:
        assert store.measure("ttcommand").version == 2
        store.rebuild()
    file.write_text(COMMANDED.replace("commander", "lead"))
    with pytest.raises(InvalidInput, match="give the new one another version"):
        open_store(database_url, measures=file)


def test_a_built_in_name_is_taken(database_url: str, file: Path) -> None:
    file.write_text(COMMANDED.replace("ttcommand", "ttr"))
    with pytest.raises(InvalidInput, match=r"measures\.ttr is built in"):
        open_store(database_url, measures=file)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        open_store("memory:", measures=tmp_path / "none.toml")


def test_a_store_that_is_only_read_compares_and_remembers_nothing(
    sqlite_url: str, file: Path
) -> None:
    with open_store(sqlite_url) as store:
        with_a_commander(store)
    with open_store(f"{sqlite_url}?mode=ro", measures=file) as store:
        assert row_of(store).duration_us == 5 * MINUTE
    with open_store(sqlite_url) as store:
        assert store.backend.definitions() == {}


CALENDAR = """
[measures.support_ttr]
version = 1
start = "incident-detected"
end = "incident-resolved"
calendar = "support"

[calendars.support]
version = 1
zone = "Europe/London"
days = ["mon", "tue", "wed", "thu", "fri"]
hours = ["10:00-17:00"]
holidays = [2026-03-03]
"""


def test_with_a_calendar_only_working_hours_count() -> None:
    at_eleven_on_thursday = ev.Resolved(occurred_at=datetime(2026, 3, 5, 11, tzinfo=UTC))
    # Monday from noon, not Tuesday, all of Wednesday, one hour of Thursday
    assert outcome(CALENDAR, detected, at_eleven_on_thursday)[:2] == (
        "observed", (5 + 7 + 1) * 60 * MINUTE,
    )  # fmt: skip


def test_outside_working_hours_nothing_has_passed_and_that_is_a_value() -> None:
    night = ev.Detected(occurred_at=datetime(2026, 3, 2, 20, tzinfo=UTC), title="x")
    morning = ev.Resolved(occurred_at=datetime(2026, 3, 3, 8, tzinfo=UTC))
    assert outcome(CALENDAR, night, morning) == ("observed", 0, None)


@pytest.mark.parametrize(
    ("wrong", "right", "line", "problem"),
    [
        ('"Europe/London"', '"Mars/Base"', 10, "Mars/Base"),
        ('"10:00-17:00"', '"17:00-10:00"', 12, "does not end after it starts"),
        ('"10:00-17:00"', "", 12, "hours"),
        ('"mon"', '"moon"', 11, "moon"),
        ("holidays", "holydays", 13, "holydays"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused_with_its_line(
    wrong: str, right: str, line: int, problem: str
) -> None:
    with pytest.raises(InvalidInput, match=rf"mine\.toml:{line} calendars\.support") as caught:
        measures_from(CALENDAR.replace(wrong, right), "mine.toml")
    assert problem in str(caught.value)
