"""The log event by event: given what was recorded, then what each event changed."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from retold import Cut, Recorded, effective_history
from retold.domain import events as ev
from retold.domain.history import within
from retold.domain.values import Source
from retold.projections.durations import DurationRow
from retold.projections.replaying import Step, status_fields, steps, told_of_nothing
from retold.projections.views import Views, replayed

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ONE, OTHER = UUID(int=101), UUID(int=102)
MINUTE = 60_000_000


def minutes(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def log(*events: tuple[UUID, ev.AnyEvent]) -> list[Recorded]:
    """Events of incidents as recorded, a minute apart; an event's id is its position."""
    versions: dict[UUID, int] = {}
    records = []
    for position, (incident_id, event) in enumerate(events, start=1):
        versions[incident_id] = versions.get(incident_id, 0) + 1
        records.append(
            Recorded(
                event_id=UUID(int=position), incident_id=incident_id, event=event,
                version=versions[incident_id], position=position, recorded_at=minutes(position),
            )
        )  # fmt: skip
    return records


def of(records: Iterable[Recorded], incident_id: UUID) -> list[Recorded]:
    return [one for one in records if one.incident_id == incident_id]


def replayed_log(*events: tuple[UUID, ev.AnyEvent]) -> list[Step]:
    records = log(*events)
    return list(steps(records, lambda incident_id: of(records, incident_id)))


def replayed_incident(*events: ev.AnyEvent) -> list[Step]:
    return replayed_log(*((ONE, event) for event in events))


def status(step: Step) -> dict[str, tuple[Any, Any]]:
    return {change.field: (change.before, change.after) for change in step.status}


Reading = tuple[str, int | None, str | None]


def durations(step: Step) -> dict[str, tuple[Reading | None, Reading | None]]:
    return {change.measure: (read(change.before), read(change.after)) for change in step.durations}


def read(row: DurationRow | None) -> Reading | None:
    return None if row is None else (row.state, row.duration_us, row.reason)


def corrects(position: int, **new: Any) -> ev.EventCorrected:
    changes = tuple(ev.Change(field=field, old="was", new=value) for field, value in new.items())
    return ev.EventCorrected(
        occurred_at=minutes(200), corrects=UUID(int=position), changes=changes, why="clock was off"
    )


def retracts(position: int) -> ev.EventRetracted:
    return ev.EventRetracted(
        occurred_at=minutes(200), retracts=UUID(int=position), why="of another incident"
    )


detected = ev.Detected(occurred_at=NOON, title="Search is down", services=("search",))
acknowledged = ev.Acknowledged(occurred_at=minutes(5), by="ana")
declared = ev.Declared(occurred_at=minutes(6), severity="sev2")
mitigated = ev.Mitigated(occurred_at=minutes(20))
resolved = ev.Resolved(occurred_at=minutes(60))
reopened = ev.Reopened(occurred_at=minutes(90))
resolved_again = ev.Resolved(occurred_at=minutes(120))
impact = ev.ImpactStarted(occurred_at=minutes(-10), service="mail")
note = ev.NoteAdded(occurred_at=minutes(7), text="errors stop")
OPEN: Reading = ("censored", None, "still open")


def test_the_first_event_tells_what_there_was_nothing_of() -> None:
    [step] = replayed_incident(detected)
    assert status(step) == {
        "title": (None, "Search is down"),
        "state": (None, "detected"),
        "services": ((), ("search",)),
        "detected_at": (None, NOON),
        "t_zero_at": (None, NOON),
    }
    assert durations(step)["tta"] == (None, OPEN)
    assert durations(step)["ttd"] == (None, ("missing", None, "no impact-started recorded"))


def test_a_step_says_the_event_in_words_and_where_it_stands() -> None:
    step = replayed_incident(detected, acknowledged)[-1]
    assert (step.text, step.offset_us, step.is_out_of_order) == ("Acknowledged", 5 * MINUTE, False)
    assert (step.recorded.position, step.incident.title) == (2, "Search is down")


def test_acknowledging_turns_an_open_duration_into_an_observed_one() -> None:
    step = replayed_incident(detected, acknowledged)[-1]
    assert durations(step)["tta"] == (OPEN, ("observed", 5 * MINUTE, None))
    assert status(step) == {
        "state": ("detected", "acknowledged"),
        "acknowledged_at": (None, minutes(5)),
    }


def test_a_duration_that_reads_the_same_by_another_event_has_changed() -> None:
    step = replayed_incident(detected, mitigated, ev.Mitigated(occurred_at=minutes(20)))[-1]
    [change] = [one for one in step.durations if one.measure == "ttm_detected"]
    assert read(change.before) == read(change.after) == ("observed", 20 * MINUTE, None)
    assert change.before is not None
    assert (change.before.end_event_id, change.after.end_event_id) == (UUID(int=2), UUID(int=3))


def test_a_note_changes_neither_status_nor_duration() -> None:
    step = replayed_incident(detected, note)[-1]
    assert (step.text, step.status, step.durations) == ("errors stop", (), ())


def test_a_late_event_takes_its_place_among_the_earlier_ones() -> None:
    step = replayed_incident(detected, resolved, impact)[-1]
    assert step.is_out_of_order
    assert step.offset_us == 0
    assert status(step) == {
        "services": (("search",), ("mail", "search")),
        "t_zero_at": (NOON, minutes(-10)),
    }
    assert durations(step)["ttr"] == (
        ("missing", None, "no impact-started recorded"), ("observed", 70 * MINUTE, None),
    )  # fmt: skip


def test_a_correction_shows_the_event_and_the_duration_that_it_changed() -> None:
    step = replayed_incident(detected, resolved, corrects(2, occurred_at="2026-03-01T12:31:00Z"))[
        -1
    ]
    assert [one.position for one in step.about] == [2]
    assert status(step) == {"resolved_at": (minutes(60), minutes(31))}
    assert durations(step)["ttr_detected"] == (
        ("observed", 60 * MINUTE, None), ("observed", 31 * MINUTE, None),
    )  # fmt: skip
    assert "was 'was', is '2026-03-01T12:31:00Z': clock was off" in step.text


def test_a_correction_has_no_place_in_the_story_to_be_out_of_order() -> None:
    earlier = corrects(1, title="Mail is down").model_copy(update={"occurred_at": minutes(-60)})
    assert not replayed_incident(detected, earlier)[-1].is_out_of_order


def test_a_correction_that_does_not_fit_is_odd_and_changes_nothing_else() -> None:
    step = replayed_incident(detected, corrects(1, mood="good"))[-1]
    [(field, (before, after))] = status(step).items()
    assert (field, before, [one.code for one in after]) == (
        "anomalies", (), ["correction-does-not-fit"],
    )  # fmt: skip


def test_a_retraction_takes_back_what_the_event_changed() -> None:
    *_, declaring, retracting = replayed_incident(detected, declared, retracts(2))
    assert [one.event.kind for one in retracting.about] == ["incident-declared"]
    assert status(retracting) == {
        field: (after, before) for field, (before, after) in status(declaring).items()
    }
    assert durations(retracting) == {
        measure: (after, before) for measure, (before, after) in durations(declaring).items()
    }


def test_a_retraction_that_is_retracted_gives_the_event_back() -> None:
    *_, step = replayed_incident(detected, declared, retracts(2), retracts(3))
    assert [one.position for one in step.about] == [3]
    assert status(step)["severity"] == (None, "sev2")


def test_a_correction_counts_once_its_event_comes() -> None:
    first, second = replayed_incident(corrects(2, title="Search is slow"), detected)
    assert first.about == ()
    assert status(second)["title"] == (None, "Search is slow")
    assert not second.is_out_of_order


def test_a_reopening_opens_what_had_ended() -> None:
    *_, step = replayed_incident(detected, mitigated, resolved, reopened)
    assert status(step) == {
        "state": ("resolved", "detected"),
        "mitigated_at": (minutes(20), None),
        "resolved_at": (minutes(60), None),
        "reopens": (0, 1),
    }
    assert durations(step)["active_time"] == (("observed", 60 * MINUTE, None), OPEN)
    assert durations(step)["tta"] == (
        ("missing", None, "resolved without incident-acknowledged"), OPEN,
    )  # fmt: skip


def test_what_is_odd_is_told_by_the_event_that_shows_it() -> None:
    *_, step = replayed_incident(detected, resolved, resolved_again)
    [(field, (before, after))] = status(step).items()
    assert (field, before, [one.what for one in after]) == (
        "anomalies", (), ["resolved again without reopening"],
    )  # fmt: skip


def test_an_erasure_names_its_events() -> None:
    erasure = ev.PersonalDataErased(
        occurred_at=minutes(200), erased=(UUID(int=1), UUID(int=9)), why="asked to"
    )
    step = replayed_incident(detected, erasure)[-1]
    assert [one.position for one in step.about] == [1]
    assert (step.status, step.durations) == ((), ())


def test_two_incidents_in_turn_do_not_mix() -> None:
    told = replayed_log(
        (ONE, detected), (OTHER, detected), (ONE, acknowledged), (OTHER, impact), (ONE, resolved)
    )
    alone = replayed_incident(detected, acknowledged, resolved)
    assert [(step.status, [*durations(step)]) for step in told if step.recorded.incident_id == ONE]\
        == [(step.status, [*durations(step)]) for step in alone]  # fmt: skip
    assert told[3].incident.state == "detected"


def test_only_what_rewrites_an_incident_asks_for_its_history() -> None:
    story = [detected, *[note] * 1_000, declared, corrects(1, title="Mail is down"), resolved]
    records = log(*((ONE, event) for event in story))
    asked: list[UUID] = []

    def history_of(incident_id: UUID) -> list[Recorded]:
        asked.append(incident_id)
        return records

    told = list(steps(records, history_of))
    assert asked == [ONE, ONE]  # the declaration is earlier than the notes
    assert [step.recorded.position for step in told if step.status] == [1, 1002, 1003, 1004]


moments = st.integers(-3, 9).map(minutes)
STORY: st.SearchStrategy[ev.AnyEvent] = st.one_of(
    st.builds(ev.Detected, occurred_at=moments, title=st.sampled_from(["a", "b"])),
    st.builds(ev.Acknowledged, occurred_at=moments, automatic=st.booleans()),
    st.builds(ev.Declared, occurred_at=moments, severity=st.sampled_from(["sev1", None])),
    st.builds(ev.Mitigated, occurred_at=moments),
    st.builds(ev.Resolved, occurred_at=moments),
    st.builds(ev.Reopened, occurred_at=moments),
    st.builds(ev.Dismissed, occurred_at=moments, reason=st.just("drill")),
    st.builds(ev.Merged, occurred_at=moments, into=st.just(OTHER)),
    st.builds(ev.ImpactStarted, occurred_at=moments, service=st.sampled_from("xy")),
    st.builds(ev.ExpectationBreached, occurred_at=moments, expectation=st.just("99 %")),
    st.builds(ev.NoteAdded, occurred_at=moments, text=st.just("hello")),
    st.builds(
        corrects,
        st.integers(1, 14),
        occurred_at=moments.map(lambda at: at.isoformat()),
    ),
    st.builds(corrects, st.integers(1, 14), title=st.sampled_from(["c", 7])),
    st.builds(retracts, st.integers(1, 14)),
)
LOGS = st.lists(st.tuples(st.sampled_from([ONE, OTHER]), STORY), max_size=14).map(
    lambda events: log(*events)
)


def whole(records: Iterable[Recorded], incident_id: UUID) -> Views:
    return replayed(incident_id, effective_history(of(records, incident_id)))


@given(LOGS)
def test_the_changes_one_after_the_other_lead_to_what_a_replay_gives(
    records: list[Recorded],
) -> None:
    fields = {one: told_of_nothing(one) for one in (ONE, OTHER)}
    rows: dict[UUID, dict[str, DurationRow]] = {ONE: {}, OTHER: {}}
    for number, step in enumerate(steps(records, lambda one: of(records, one)), start=1):
        incident_id = step.recorded.incident_id
        for change in step.status:
            assert fields[incident_id][change.field] == change.before != change.after
            fields[incident_id][change.field] = change.after
        for one in step.durations:
            assert rows[incident_id].get(one.measure) == one.before != one.after
            rows[incident_id][one.measure] = one.after
        views = whole(records[:number], incident_id)
        assert step.incident == views.incident
        assert fields[incident_id] == status_fields(views.incident, views.document.status)
        assert tuple(rows[incident_id].values()) == views.durations


@given(LOGS, moments, st.integers(1, 14))
def test_within_a_cut_it_ends_where_a_replay_of_the_cut_does(
    records: list[Recorded], as_of: datetime, recorded_by: int
) -> None:
    mine = of(records, ONE)
    cut = Cut(as_of=as_of, recorded_at=minutes(recorded_by))
    kept = within(mine, cut)
    told = list(steps(kept, lambda _: kept))
    history = effective_history(mine, cut)
    if history.entries:
        end = replayed(ONE, history).incident
        assert told[-1].incident._replace(version=end.version) == end


def test_every_field_of_an_incident_is_followed_or_left_out_on_purpose() -> None:
    followed = told_of_nothing(ONE).keys()
    every = replayed_incident(detected)[0].incident._fields
    assert set(every) - followed == {"incident_id", "version", "is_open"}


def test_the_source_of_the_first_event_is_the_incidents() -> None:
    [one] = log((ONE, detected))
    told = one.model_copy(update={"source": Source(system="pager", ref="P1", part="7")})
    [step] = steps([told], lambda _: [told])
    assert status(step)["source"] == (None, "pager")
    assert status(step)["source_ref"] == (None, "P1")
