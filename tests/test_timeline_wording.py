"""How a document says what it says: plainly, once, and nothing that tells a reader nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from retold import Entry, Incident, Store, open_store
from retold.adapters.cli.card import card_sections
from retold.adapters.timeline_blocks import SECTIONS, Telling
from retold.adapters.timeline_markdown import markdown_of
from retold.domain.events import FollowUpCompleted, ImpactEnded
from retold.projections.questions import open_questions
from retold.projections.story import Gap, Story, story_of

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def minutes(after_noon: float) -> datetime:
    return NOON + timedelta(minutes=after_noon)


@pytest.fixture
def store() -> Store:
    return open_store("memory:", clock=lambda: minutes(600))


@pytest.fixture
def incident(store: Store) -> UUID:
    return store.detect("Checkout fails", at=NOON).incident_id


@pytest.fixture
def record(store: Store, incident: UUID) -> Callable[..., UUID]:
    """Record a step at so many minutes after noon; return its event's id."""

    def step(at: float, decide: Callable[..., Any], **facts: object) -> UUID:
        return store.record(incident, decide, at=minutes(at), **facts).event_id  # type: ignore[arg-type]

    return step


def story(store: Store, incident: UUID) -> Story:
    told = story_of(store.recorded(incident))
    assert told is not None
    return told


def block(store: Store, incident: UUID, name: str) -> str:
    section = SECTIONS[name](Telling(story(store, incident)))
    return markdown_of(section) if section else ""


def questions(store: Store, incident: UUID) -> list[str]:
    return [one.text for one in open_questions(story(store, incident))]


def gaps(store: Store, incident: UUID) -> list[int]:
    told = story(store, incident).told
    return [one.gap_us // 60_000_000 for one in told if isinstance(one, Gap)]


def corrected(store: Store, event_id: UUID, **changes: object) -> None:
    store.correct(event_id, changes, why="the log", by="ana")


def test_silence_after_it_is_over_for_good_is_no_gap(
    store: Store, incident: UUID, record: Callable[..., UUID]
) -> None:
    record(40, Incident.resolve)
    record(100, Incident.note, text="a week later")
    assert gaps(store, incident) == [40]


def test_silence_before_it_came_back_is_a_gap(
    store: Store, incident: UUID, record: Callable[..., UUID]
) -> None:
    record(40, Incident.resolve)
    record(100, Incident.reopen)
    record(101, Incident.resolve)
    record(300, Incident.note, text="a week later")
    assert gaps(store, incident) == [40, 60]


def test_the_longest_silences_are_asked_about_one_by_one_the_others_together(
    store: Store, incident: UUID, record: Callable[..., UUID]
) -> None:
    after = 0
    for length in (30, 31, 50, 51, 52, 53, 54):
        after += length
        record(after, Incident.note, text="still down")
    asked = [one for one in questions(store, incident) if one.startswith("What happened")]
    assert [one.split(" minutes")[0][-2:] for one in asked[:-1]] == ["50", "51", "52", "53", "54"]
    assert asked[-1] == (
        "What happened in 2 more stretches without entries, of 30 minutes to 31 minutes,"
        " while users suffered?"
    )


@pytest.mark.parametrize(("minute", "asked"), [(5, []), (5.9, []), (6, ["1 minute"])])
def test_an_impact_that_outlasts_the_resolution_is_asked_about(
    store: Store, incident: UUID, record: Callable[..., UUID], minute: float, asked: list[str]
) -> None:
    record(0, Incident.start_impact, service="api")
    record(5, Incident.resolve)
    store.append(incident, [_end_of_impact(minute)])
    found = [one for one in questions(store, incident) if one.startswith("The impact")]
    said = "The impact on api ended {} after the resolution: was it over?"
    assert found == [said.format(later) for later in asked]


def _end_of_impact(minute: float) -> Entry:
    return Entry(event_id=uuid4(), event=ImpactEnded(occurred_at=minutes(minute), service="api"))


def test_what_was_dismissed_is_not_asked_how_users_suffered(
    store: Store, incident: UUID, record: Callable[..., UUID]
) -> None:
    record(1, Incident.start_impact, service="api")
    record(50, Incident.dismiss, reason="drill")
    assert questions(store, incident) == []


def test_what_was_dismissed_says_once_that_no_duration_counts(
    store: Store, incident: UUID, record: Callable[..., UUID]
) -> None:
    record(5, Incident.dismiss, reason="false-alarm")
    said = "## Durations\n\nIt was dismissed, so nothing of it counts as a duration."
    assert block(store, incident, "durations") == said
    assert "**dismissed** after 5m 00s · " in block(store, incident, "header")


def test_what_nobody_expected_is_no_missing_duration(
    store: Store, incident: UUID, record: Callable[..., UUID]
) -> None:
    assert "breach_to_human" not in block(store, incident, "durations")
    record(1, Incident.breach, expectation="answers", indicator="latency")
    assert "breach_to_human" in block(store, incident, "durations")


def test_only_of_what_came_back_more_durations_are_told(
    store: Store, incident: UUID, record: Callable[..., UUID]
) -> None:
    record(5, Incident.resolve)
    assert "active_time" not in block(store, incident, "durations")
    record(9, Incident.reopen)
    assert "active_time" in block(store, incident, "durations")
    assert "ttr_first" in block(store, incident, "durations")


def test_a_missing_duration_says_in_words_what_is_missing(
    store: Store, incident: UUID, record: Callable[..., UUID]
) -> None:
    record(0, Incident.declare)
    record(5, Incident.resolve)
    told = block(store, incident, "durations")
    assert "(ttd) | - | missing: no start of an impact recorded |" in told
    assert "(tta) | - | missing: resolved without acknowledgement |" in told
    assert "(ttdeclare) | 0s | anomalous: both events carry the same time |" in told


def test_one_correction_of_several_fields_is_one_remark(store: Store, incident: UUID) -> None:
    [detected] = store.recorded(incident)
    corrected(
        store, detected.event_id, by="bob", services=["api", "web"],
        occurred_at="2026-03-01T11:00:00Z",
    )  # fmt: skip
    told = block(store, incident, "timeline")
    assert told.count("corrected by ana") == 1
    for old in ("the person was", "services were not recorded", "time was 2026-03-01 12:00:00"):
        assert old in told


def test_a_list_that_was_corrected_reads_as_people_write_it(store: Store) -> None:
    first = store.detect("Checkout fails", services=("api", "web"), at=NOON)
    corrected(store, first.event_id, services=["api"])
    assert "services were api, web; the log" in block(store, first.incident_id, "timeline")


def test_a_time_corrected_by_less_than_a_second_shows_the_difference(store: Store) -> None:
    first = store.detect("Checkout fails", at=NOON)
    corrected(store, first.event_id, occurred_at="2026-03-01T12:00:00.25Z")
    assert "time was 2026-03-01 12:00:00.000000;" in block(store, first.incident_id, "timeline")


def test_a_burst_within_one_second_names_it_once(
    store: Store, incident: UUID, record: Callable[..., UUID]
) -> None:
    for number in range(4):
        record(1, Incident.note, text=f"alert {number}")
    told = block(store, incident, "timeline")
    assert "<summary>4 entries, 2026-03-01 12:01:00</summary>" in told


def test_many_services_have_a_paragraph_of_their_own(store: Store) -> None:
    services = tuple(f"service {number}" for number in range(1, 10))
    told = block(store, store.detect("All fails", services=services).incident_id, "header")
    assert " · 9 services" in told
    assert told.endswith("\n\nServices: service 1, service 2, service 3, service 4, service 5,"
                         " service 6, service 7, service 8, service 9.")  # fmt: skip


def test_a_follow_up_done_without_having_been_added_is_listed(store: Store, incident: UUID) -> None:
    done = FollowUpCompleted(occurred_at=minutes(5), follow_up="alert")
    event_id = uuid4()
    store.append(incident, [Entry(event_id=event_id, event=done)])
    row = f"| alert | not recorded |  | done | `{event_id}` |"
    assert row in block(store, incident, "follow-ups")


def test_a_follow_up_names_when_it_was_added_and_done(
    store: Store, incident: UUID, record: Callable[..., UUID]
) -> None:
    added = record(5, Incident.add_follow_up, follow_up="alert", text="alert on it")
    assert f"| open | `{added}` |" in block(store, incident, "follow-ups")
    done = record(6, Incident.complete_follow_up, follow_up="alert")
    assert f"| done | `{added}`, `{done}` |" in block(store, incident, "follow-ups")


def test_a_retracted_milestone_is_no_key_moment_to_the_eye(
    store: Store, incident: UUID, record: Callable[..., UUID]
) -> None:
    store.retract(record(5, Incident.acknowledge), why="it was somebody else")
    assert "| acknowledged |" in block(store, incident, "timeline")


def test_a_card_says_how_often_it_came_back_and_what_has_no_end(
    store: Store, incident: UUID, record: Callable[..., UUID]
) -> None:
    def facts() -> dict[str, object]:
        rows = card_sections(story(store, incident))[0].rows
        return {str(row["fact"]): row["value"] for row in rows}

    record(1, Incident.start_impact, service="api")
    for at, times in ((2, "once"), (4, "twice"), (6, "3 times")):
        record(at, Incident.resolve)
        assert facts()["impact without an end"] == "api"
        record(at + 1, Incident.reopen)
        assert (facts()["reopened"], facts()["failing now"]) == (times, "api")
