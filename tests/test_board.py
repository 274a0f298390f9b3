"""The board of open incidents: what it says of each, and which one it names first."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from retold import Entry, Incident, Recorded, Store, open_store
from retold.domain import events as ev
from retold.projections.actors import Actors, story_with
from retold.projections.board import BoardRow, board, board_row, leads
from retold.projections.story import Story, story_of

from .pictures import (
    NOON,
    acknowledged,
    at,
    corrected,
    detected,
    impact,
    mitigated,
    note,
    reopened,
    resolved,
    retracted,
    told,
)

NOW = at(600)


def row(*events: ev.AnyEvent, now: datetime = NOW) -> BoardRow:
    """Return the row of an incident that these events tell, at `now`."""
    return board_row(told(events), now)


def incident(number: int, *events: ev.AnyEvent) -> Story:
    """Return the story of an incident with that number for its id."""
    recorded = [
        Recorded(event_id=UUID(int=number * 100 + version), incident_id=UUID(int=number),
                 version=version, position=version, recorded_at=NOON, event=event)
        for version, event in enumerate(events, start=1)
    ]  # fmt: skip
    story = story_of(recorded)
    assert story is not None
    return story


def order(*stories: Story) -> list[int]:
    return [one.incident_id.int for one in board(stories, NOW)]


def role(minutes: float, name: str, holder: str) -> ev.RoleAssigned:
    return ev.RoleAssigned(occurred_at=at(minutes), role=name, holder=holder)


def released(minutes: float, name: str, holder: str) -> ev.RoleReleased:
    return ev.RoleReleased(occurred_at=at(minutes), role=name, holder=holder)


def assessed(minutes: float, assessor: str, severity: str) -> ev.SeverityAssessed:
    return ev.SeverityAssessed(occurred_at=at(minutes), assessor=assessor, severity=severity)


def words(*events: ev.AnyEvent) -> str | None:
    last = row(*events).last_word
    return last.text if last else None


def minutes_old(*events: ev.AnyEvent, now: datetime = NOW) -> float:
    return row(*events, now=now).age_us / 60_000_000


def test_the_age_counts_from_the_first_impact() -> None:
    assert minutes_old(detected(10), impact(4), now=at(30)) == 26


def test_without_an_impact_the_age_counts_from_detection() -> None:
    assert minutes_old(note(0), detected(10), now=at(30)) == 20


def test_without_either_the_age_counts_from_the_first_entry() -> None:
    assert minutes_old(note(5), note(10), now=at(30)) == 25


def test_an_entry_that_was_retracted_does_not_begin_the_incident() -> None:
    assert minutes_old(note(5), note(10), retracted(1), now=at(30)) == 20


def test_what_begins_in_the_future_has_no_age_rather_than_a_negative_one() -> None:
    assert minutes_old(detected(30), now=at(10)) == 0


def test_the_phase_began_with_the_event_that_led_there() -> None:
    one = row(detected(), acknowledged(5), note(9), note(12))
    assert (one.phase, one.phase_since) == ("unmitigated", at(5))


def test_a_reopened_incident_is_in_its_phase_since_it_was_reopened() -> None:
    one = row(detected(), acknowledged(1), resolved(20), reopened(50), note(60))
    assert (one.phase, one.phase_since) == ("unmitigated", at(50))


def test_a_closed_incident_is_in_its_phase_since_it_was_closed() -> None:
    one = row(detected(), resolved(20), note(60, "sent the mail"))
    assert (one.phase, one.phase_since) == ("resolved", at(20))


def test_an_incident_of_which_everything_was_retracted_has_nothing_to_say() -> None:
    one = row(detected(3), retracted(1), now=at(10))
    assert (one.phase, one.phase_since, one.last_word) == ("lead-up", None, None)
    assert one.age_us == 7 * 60_000_000


def test_the_spread_holds_the_last_word_of_each_assessor_once() -> None:
    one = row(
        detected(), assessed(1, "ana", "sev3"), assessed(2, "bob", "sev2"),
        assessed(3, "joe", "sev2"), assessed(4, "ana", "sev1"),
    )  # fmt: skip
    assert (one.severity, one.spread) == ("sev1", ("sev2", "sev1"))


def test_where_nobody_assessed_it_there_is_no_spread() -> None:
    assert (row(detected()).severity, row(detected()).spread) == (None, ())


@pytest.mark.parametrize("name", ["commander", "Incident-Commander", "IC", "incident  lead"])
def test_the_holder_of_a_leading_role_leads(name: str) -> None:
    assert row(detected(), role(1, name, "ana")).leader == "ana"


@pytest.mark.parametrize("name", ["scribe", "communications lead", "tech lead", "assignee"])
def test_the_holder_of_another_role_does_not_lead(name: str) -> None:
    assert not leads(name)
    assert row(detected(), role(1, name, "ana")).leader is None


def test_after_a_handover_that_nobody_gave_back_the_last_one_leads() -> None:
    assert row(detected(), role(1, "commander", "ana"), role(9, "lead", "bob")).leader == "bob"


def test_who_gave_the_role_back_does_not_lead() -> None:
    took, gave = role(1, "commander", "ana"), released(9, "commander", "ana")
    assert row(detected(), took, gave).leader is None


def test_a_retracted_role_does_not_lead() -> None:
    assert row(detected(), role(1, "commander", "ana"), retracted(2)).leader is None


def test_the_last_word_is_the_last_note_with_who_said_it_and_when() -> None:
    said = ev.NoteAdded(occurred_at=at(8), by="ana", text="the cache is cold")
    last = row(detected(), note(4), said, acknowledged(9)).last_word
    assert last is not None
    assert (last.text, last.at, last.who) == ("the cache is cold", at(8), "ana")


def test_a_milestone_told_in_words_is_a_last_word_too() -> None:
    how = ev.Mitigated(occurred_at=at(9), how="rolled back")
    assert words(detected(), note(4), how) == "Mitigated: rolled back"


def test_a_milestone_without_words_leaves_the_last_word_to_the_note_before() -> None:
    assert words(detected(), note(4, "it is the disk"), mitigated(9)) == "it is the disk"


def test_where_nobody_said_anything_the_last_entry_is_the_last_word() -> None:
    assert words(detected(0), acknowledged(5)) == "Acknowledged"


def test_the_last_word_is_told_as_corrected() -> None:
    assert words(detected(), note(4), corrected(2, "saw it")) == "saw it"


def test_a_retracted_note_is_no_last_word() -> None:
    assert words(detected(), note(4, "true"), note(5, "false"), retracted(3)) == "true"


def test_a_note_told_late_about_earlier_is_not_the_last_word() -> None:
    assert words(detected(), note(40, "is better"), note(4, "was bad")) == "is better"


@pytest.mark.parametrize(("actors", "leader"), [("roles", "commander"), ("hidden", "somebody")])
def test_people_are_shown_as_the_story_has_them(actors: Actors, leader: str) -> None:
    store = open_store("memory:")
    first = store.detect("Search is down", at=NOON).incident_id
    store.record(first, Incident.assign_role, role="commander", holder="ana", at=at(1))
    story = story_with(actors, store.recorded(first))
    assert story is not None
    assert board_row(story, NOW).leader == leader


def test_the_board_names_first_what_nobody_has_taken_on_then_what_users_suffer_from() -> None:
    stories = (
        incident(1, note(0)),
        incident(2, detected(1), acknowledged(2), mitigated(3)),
        incident(3, detected(2), acknowledged(2)),
        incident(4, detected(4)),
        incident(5, impact(5)),
    )
    assert order(*stories) == [4, 5, 3, 2, 1]


def test_within_a_phase_the_oldest_comes_first() -> None:
    assert order(incident(1, detected(9)), incident(2, detected(5)), incident(3, detected(7))) == [
        2, 3, 1,
    ]  # fmt: skip


def test_closed_incidents_are_not_on_the_board() -> None:
    assert order(incident(1, detected(), resolved(5)), incident(2, detected())) == [2]


def test_a_real_store_tells_the_board(store: Store) -> None:
    first = store.detect("Checkout fails", services=("checkout",), at=NOON, by="ana")
    said = ev.NoteAdded(occurred_at=NOON + timedelta(minutes=1), text="rolled back", by="bob")
    store.append(first.incident_id, [Entry(event_id=UUID(int=9), event=said)])
    [one] = board(store.stories(), at(5))
    assert (one.title, one.services) == ("Checkout fails", ("checkout",))
    assert (one.last_word.who, one.last_word.text) == ("bob", "rolled back")  # type: ignore[union-attr] # said above
