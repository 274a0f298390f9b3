"""What people acting live may do: given a story, when they decide, then an event or a refusal."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any
from uuid import UUID

import pytest
from retold import Incident, InvalidInput, Recorded, RuleBroken
from retold.domain import events as ev
from retold.domain.history import Effective

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
INTO = UUID(int=7)


def minutes(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def after(*events: ev.StoryEvent) -> Incident:
    """The state that a story leads to."""
    return reduce(Incident.evolve, (effective(event) for event in events), Incident())


def effective(event: ev.StoryEvent, *, retracted: bool = False) -> Effective:
    recorded = Recorded(
        event_id=UUID(int=1), incident_id=UUID(int=2), version=1, position=1,
        recorded_at=NOON, event=event,
    )  # fmt: skip
    return Effective(recorded, event, retraction=recorded if retracted else None)


detected = ev.Detected(occurred_at=NOON, title="Search is down")
acknowledged = ev.Acknowledged(occurred_at=minutes(1))
declared = ev.Declared(occurred_at=minutes(2))
mitigated = ev.Mitigated(occurred_at=minutes(3))
resolved = ev.Resolved(occurred_at=minutes(4))
reopened = ev.Reopened(occurred_at=minutes(5))
dismissed = ev.Dismissed(occurred_at=minutes(4), reason="drill")
merged = ev.Merged(occurred_at=minutes(4), into=INTO)
search_fails = ev.ImpactStarted(occurred_at=minutes(-9), service="search")
commander = ev.RoleAssigned(occurred_at=minutes(2), role="commander", holder="ana")
todo = ev.FollowUpAdded(occurred_at=minutes(9), follow_up="FU-1", text="Alert on it")
done = ev.FollowUpCompleted(occurred_at=minutes(9), follow_up="FU-1")

restricted = ev.AccessRestricted(occurred_at=minutes(9), group="legal")
opened = ev.AccessOpened(occurred_at=minutes(9))


@pytest.mark.parametrize(
    ("given", "decide", "facts", "then"),
    [
        ([], Incident.detect, {"title": "Search is down"}, ev.Detected),
        ([detected], Incident.acknowledge, {}, ev.Acknowledged),
        ([detected, acknowledged, resolved, reopened], Incident.acknowledge, {}, ev.Acknowledged),
        ([detected], Incident.declare, {"severity": "sev1"}, ev.Declared),
        ([detected], Incident.mitigate, {"how": "traffic moved"}, ev.Mitigated),
        ([detected, mitigated, resolved, reopened], Incident.mitigate, {}, ev.Mitigated),
        ([detected], Incident.resolve, {}, ev.Resolved),
        ([detected, resolved, reopened], Incident.resolve, {}, ev.Resolved),
        ([detected, resolved], Incident.reopen, {}, ev.Reopened),
        ([detected, dismissed], Incident.reopen, {}, ev.Reopened),
        ([detected], Incident.dismiss, {"reason": "false-alarm"}, ev.Dismissed),
        ([detected], Incident.merge, {"this": UUID(int=2), "into": INTO}, ev.Merged),
        ([detected], Incident.start_impact, {"service": "search"}, ev.ImpactStarted),
        ([detected, search_fails], Incident.start_impact, {"service": "api"}, ev.ImpactStarted),
        ([detected, search_fails], Incident.end_impact, {"service": "search"}, ev.ImpactEnded),
        ([detected], Incident.assign_role, {"role": "scribe", "holder": "bo"}, ev.RoleAssigned),
        ([detected, commander], Incident.release_role, {"role": "commander", "holder": "ana"},
         ev.RoleReleased),
        ([detected], Incident.add_follow_up, {"follow_up": "FU-1", "text": "x"}, ev.FollowUpAdded),
        ([detected, todo], Incident.complete_follow_up, {"follow_up": "FU-1"},
         ev.FollowUpCompleted),
        ([detected, resolved], Incident.note, {"text": "x"}, ev.NoteAdded),
        ([detected], Incident.assess, {"assessor": "bo", "severity": "sev1"}, ev.SeverityAssessed),
        ([detected], Incident.note_surprise, {"expected": "a", "observed": "b"},
         ev.SurpriseNoted),
        ([detected], Incident.breach, {"expectation": "99.9 %"}, ev.ExpectationBreached),
        ([detected], Incident.engage, {"responder": "bo", "how": "paged"}, ev.ResponderEngaged),
        ([detected, resolved], Incident.restrict, {"group": "legal"}, ev.AccessRestricted),
        ([detected, restricted], Incident.restrict, {"group": "hr"}, ev.AccessRestricted),
        ([detected, restricted], Incident.lift_restriction, {}, ev.AccessOpened),
    ],
)  # fmt: skip
def test_an_allowed_decision_is_the_event(
    given: list[ev.StoryEvent],
    decide: Callable[..., ev.AnyEvent],
    facts: dict[str, Any],
    then: type[ev.Event],
) -> None:
    event = decide(after(*given), at=minutes(10), by="ana", **facts)
    assert type(event) is then
    assert (event.occurred_at, event.by) == (minutes(10), "ana")


@pytest.mark.parametrize(
    ("given", "decide", "facts", "refusal"),
    [
        ([detected], Incident.detect, {"title": "x"}, "already detected"),
        ([], Incident.acknowledge, {}, "nothing was detected"),
        ([], Incident.note, {"text": "x"}, "nothing was detected"),
        ([], Incident.reopen, {}, "nothing was detected"),
        ([], Incident.restrict, {"group": "hr"}, "nothing was detected"),
        ([], Incident.lift_restriction, {}, "nothing was detected"),
        ([detected, restricted], Incident.restrict, {"group": "legal"}, "restricted to legal"),
        ([detected, restricted, opened], Incident.lift_restriction, {}, "it is not restricted"),
        ([detected, acknowledged], Incident.acknowledge, {}, "already acknowledged"),
        ([detected, resolved], Incident.acknowledge, {}, "it was resolved"),
        ([detected, declared], Incident.declare, {}, "already declared"),
        ([detected, merged], Incident.declare, {}, "it was merged"),
        ([detected, mitigated], Incident.mitigate, {}, "already mitigated"),
        ([detected, dismissed], Incident.mitigate, {}, "it was dismissed"),
        ([detected, resolved], Incident.resolve, {}, "it was resolved"),
        ([detected], Incident.reopen, {}, "it is open"),
        ([detected, merged], Incident.reopen, {}, "it was merged"),
        ([detected, resolved], Incident.dismiss, {"reason": "drill"}, "it was resolved"),
        ([detected], Incident.merge, {"this": INTO, "into": INTO}, "into itself"),
        ([detected, search_fails], Incident.start_impact, {"service": "search"},
         "already started"),
        ([detected], Incident.end_impact, {"service": "search"}, "no impact on search is open"),
        ([detected, commander], Incident.assign_role, {"role": "commander", "holder": "ana"},
         "ana is commander already"),
        ([detected], Incident.release_role, {"role": "commander", "holder": "ana"},
         "ana is not commander"),
        ([detected, todo, done], Incident.add_follow_up, {"follow_up": "FU-1", "text": "x"},
         "there already"),
        ([detected, todo, done], Incident.complete_follow_up, {"follow_up": "FU-1"},
         "no follow-up 'FU-1' is open"),
    ],
)  # fmt: skip
def test_a_decision_that_breaks_a_rule_is_refused(
    given: list[ev.StoryEvent],
    decide: Callable[..., ev.AnyEvent],
    facts: dict[str, Any],
    refusal: str,
) -> None:
    with pytest.raises(RuleBroken, match=refusal):
        decide(after(*given), at=minutes(10), **facts)


@pytest.mark.parametrize(
    ("given", "decide", "facts", "at"),
    [
        ([detected], Incident.acknowledge, {}, -1),
        ([detected], Incident.declare, {}, -1),
        ([detected], Incident.mitigate, {}, -1),
        ([detected], Incident.resolve, {}, -1),
        ([detected], Incident.dismiss, {"reason": "drill"}, -1),
        ([detected, resolved], Incident.reopen, {}, 3),
        ([detected, search_fails], Incident.end_impact, {"service": "search"}, -10),
    ],
)
def test_an_end_before_its_start_is_refused_when_told_live(
    given: list[ev.StoryEvent], decide: Callable[..., ev.AnyEvent], facts: dict[str, Any], at: int
) -> None:
    with pytest.raises(RuleBroken, match="is before"):
        decide(after(*given), at=minutes(at), **facts)


def test_impact_may_have_started_before_anybody_noticed() -> None:
    started = after(detected).start_impact(minutes(-30), service="search")
    assert started.occurred_at == minutes(-30)


def test_a_fact_that_does_not_fit_is_invalid_input() -> None:
    with pytest.raises(InvalidInput, match="title"):
        Incident().detect(NOON, title="")
    with pytest.raises(InvalidInput, match="no time zone"):
        after(detected).resolve(NOON.replace(tzinfo=None))


def test_a_retracted_event_changes_no_state() -> None:
    assert after(detected).evolve(effective(resolved, retracted=True)) == after(detected)


def test_evolving_never_fails_on_a_story_that_breaks_every_rule() -> None:
    everything = [reopened, done, merged, resolved, resolved, mitigated, commander, detected,
                  detected, acknowledged, dismissed, todo, search_fails, search_fails]  # fmt: skip
    assert after(*everything).detected_at == NOON
