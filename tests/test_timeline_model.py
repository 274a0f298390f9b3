"""What a story holds beside its rows: spans, severity history, clusters, open questions, people."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from retold import Cut, Entry, Incident, Recorded, Store, open_store
from retold.domain.events import ImpactEnded, NoteAdded, RoleReleased
from retold.domain.records import Tombstone
from retold.domain.values import Source
from retold.projections.actors import Actors, story_with
from retold.projections.clusters import clusters
from retold.projections.questions import open_questions
from retold.projections.spans import phase_spans
from retold.projections.story import Story, story_of

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def minutes(after_noon: float) -> datetime:
    return NOON + timedelta(minutes=after_noon)


@pytest.fixture
def store() -> Store:
    return open_store("memory:", clock=lambda: minutes(600), recorded_by="desk")


@pytest.fixture
def incident(store: Store) -> UUID:
    return store.detect("Checkout fails", at=NOON, by="ana").incident_id


def story(store: Store, incident: UUID, actors: Actors = "names", cut: Cut | None = None) -> Story:
    told = story_with(actors, store.recorded(incident), cut or Cut())
    assert told is not None
    return told


def codes(told: Story) -> list[str]:
    return [one.code for one in open_questions(told)]


def test_a_role_is_held_from_its_assignment_to_its_release(store: Store, incident: UUID) -> None:
    given = {"role": "commander", "holder": "ana"}
    assigned = store.record(incident, Incident.assign_role, at=minutes(5), **given)
    released = store.record(incident, Incident.release_role, at=minutes(25), **given)
    store.record(incident, Incident.assign_role, at=minutes(25), role="commander", holder="bob")
    first, second = story(store, incident).roles
    assert (first.holder, first.started_at, first.ended_at) == ("ana", minutes(5), minutes(25))
    assert (first.start_event_id, first.end_event_id) == (assigned.event_id, released.event_id)
    assert (second.holder, second.ended_at, second.end_event_id) == ("bob", None, None)


def test_a_release_without_assignment_has_no_recorded_start(store: Store, incident: UUID) -> None:
    event = RoleReleased(occurred_at=minutes(5), role="scribe", holder="bob")
    store.append(incident, [Entry(event_id=uuid4(), event=event)])
    [span] = story(store, incident).roles
    assert (span.started_at, span.start_event_id, span.ended_at) == (None, None, minutes(5))


def test_another_level_of_impact_ends_the_one_before(store: Store, incident: UUID) -> None:
    for at, level in ((0, "degraded"), (10, "degraded"), (20, "down")):
        event = {"kind": "impact-started", "service": "api", "level": level}
        store.append(incident, [entry(event, at)])
    store.record(incident, Incident.end_impact, at=minutes(30), service="api")
    spans = story(store, incident).impacts
    assert [(one.level, one.started_at, one.ended_at) for one in spans] == [
        ("degraded", NOON, minutes(20)),
        ("down", minutes(20), minutes(30)),
    ]


def entry(event: dict[str, Any], at: float) -> Entry:
    occurred_at = minutes(at).isoformat()
    return Entry.model_validate(
        {"event_id": str(uuid4()), "event": event | {"occurred_at": occurred_at}}, strict=False
    )


def test_an_end_of_impact_alone_is_kept_and_asked_about(store: Store, incident: UUID) -> None:
    event = ImpactEnded(occurred_at=minutes(9), service="api")
    store.append(incident, [Entry(event_id=uuid4(), event=event)])
    told = story(store, incident)
    assert [(one.started_at, one.ended_at) for one in told.impacts] == [(None, minutes(9))]
    assert "When the impact on api started is not recorded." in {
        one.text for one in open_questions(told)
    }


def test_phases_follow_one_another_and_end_with_the_last_event(
    store: Store, incident: UUID
) -> None:
    store.record(incident, Incident.acknowledge, at=minutes(4))
    store.record(incident, Incident.mitigate, at=minutes(30))
    store.record(incident, Incident.note, at=minutes(50), text="watching")
    spans = phase_spans(one.row for one in story(store, incident).entries)
    assert [(one.phase, one.started_at, one.ended_at) for one in spans] == [
        ("unacknowledged", NOON, minutes(4)),
        ("unmitigated", minutes(4), minutes(30)),
        ("mitigated", minutes(30), minutes(50)),
    ]


def test_severity_history_shows_who_differed_from_whom_and_whose_word_is_the_last(
    store: Store, incident: UUID
) -> None:
    for at, who, severity in ((1, "ana", "sev2"), (2, "bob", "sev1"), (3, "ana", "sev1")):
        store.record(incident, Incident.assess, at=minutes(at), assessor=who, severity=severity)
    history = story(store, incident).severities
    assert [(one.assessor, one.is_standing, one.differs_from) for one in history] == [
        ("ana", False, ()),
        ("bob", True, ("sev2",)),
        ("ana", True, ()),
    ]


def note_at(store: Store, incident: UUID, *seconds: float) -> list[UUID]:
    return [
        store.record(incident, Incident.note, at=minutes(at / 60), text=f"alert {at}").event_id
        for at in seconds
    ]


def test_four_entries_of_one_kind_within_two_minutes_are_a_cluster(
    store: Store, incident: UUID
) -> None:
    ids = note_at(store, incident, 60, 90, 120, 180, 181)
    [cluster] = clusters(story(store, incident))
    assert cluster.event_ids == tuple(ids[:4])
    assert (cluster.kind, cluster.started_at, cluster.ended_at) == (
        "note-added", minutes(1), minutes(3),
    )  # fmt: skip


def test_three_entries_or_slower_ones_are_no_cluster(store: Store, incident: UUID) -> None:
    note_at(store, incident, 60, 90, 120, 181, 900, 901, 902)
    assert clusters(story(store, incident)) == ()


def test_a_corrected_or_retracted_entry_is_never_folded_away(store: Store, incident: UUID) -> None:
    ids = note_at(store, incident, 60, 61, 62, 63, 64, 65, 66)
    store.retract(ids[3], why="of another incident")
    assert clusters(story(store, incident)) == ()


def test_what_nobody_recorded_is_asked(store: Store, incident: UUID) -> None:
    assert codes(story(store, incident)) == [
        "no-impact-started", "no-incident-acknowledged", "still-open",
    ]  # fmt: skip


def test_what_came_back_has_its_first_end_and_its_last(store: Store, incident: UUID) -> None:
    store.record(incident, Incident.mitigate, at=minutes(3))
    store.record(incident, Incident.resolve, at=minutes(4))
    store.record(incident, Incident.reopen, at=minutes(60))
    labels = [one.label for one in story(store, incident).moments if one.at]
    assert labels == ["Detected", "First mitigated", "First resolved", "Last reopened"]
    store.record(incident, Incident.mitigate, at=minutes(70))
    labels = [one.label for one in story(store, incident).moments if one.at]
    assert labels == [
        "Detected", "First mitigated", "First resolved", "Last reopened", "Mitigated",
    ]  # fmt: skip


def test_what_is_open_is_not_asked_when_it_was_over(store: Store, incident: UUID) -> None:
    store.record(incident, Incident.mitigate, at=minutes(3))
    [still] = [one for one in open_questions(story(store, incident)) if one.code == "still-open"]
    assert still.text == "It is still open: mitigated, but not resolved."


def test_the_end_of_every_impact_tells_when_users_no_longer_suffered(
    store: Store, incident: UUID
) -> None:
    store.record(incident, Incident.start_impact, at=minutes(0), service="api")
    store.record(incident, Incident.resolve, at=minutes(9))
    assert "no-incident-mitigated" in codes(story(store, incident))
    store.record(incident, Incident.end_impact, at=minutes(8), service="api")
    assert "no-incident-mitigated" not in codes(story(store, incident))


def test_nobody_need_take_on_what_a_machine_resolved(store: Store, incident: UUID) -> None:
    store.record(incident, Incident.resolve, at=minutes(9), automatic=True)
    assert "no-incident-acknowledged" not in codes(story(store, incident))


def test_of_a_false_alarm_nothing_is_asked(store: Store, incident: UUID) -> None:
    store.record(incident, Incident.dismiss, at=minutes(5), reason="false-alarm")
    assert codes(story(store, incident)) == []


def test_follow_ups_that_are_not_done_are_asked_by_their_event(
    store: Store, incident: UUID
) -> None:
    for name in ("alert", "limit"):
        store.record(incident, Incident.add_follow_up, follow_up=name, text="do", at=minutes(9))
    store.record(incident, Incident.complete_follow_up, follow_up="alert", at=minutes(10))
    told = story(store, incident)
    [left] = [one for one in open_questions(told) if one.code == "follow-up-open"]
    assert left.text == "The follow-up limit is not done."
    added = [one.row.event_id for one in told.entries if one.row.text.startswith("Follow-up limit")]
    assert list(left.event_ids) == added


def test_a_silence_is_asked_about_while_users_suffer_and_not_after(
    store: Store, incident: UUID
) -> None:
    store.record(incident, Incident.acknowledge, at=minutes(1))
    store.record(incident, Incident.mitigate, at=minutes(45))
    store.record(incident, Incident.resolve, at=minutes(200))
    [gap] = [one for one in open_questions(story(store, incident)) if one.code == "gap"]
    assert gap.text == "What happened in the 44 minutes between rows 2 and 3, while unmitigated?"


def test_assessors_who_differ_are_asked_about(store: Store, incident: UUID) -> None:
    store.record(incident, Incident.assess, at=minutes(1), assessor="ana", severity="sev2")
    assert "severity-differs" not in codes(story(store, incident))
    store.record(incident, Incident.assess, at=minutes(2), assessor="bob", severity="sev1")
    assert "severity-differs" in codes(story(store, incident))


def test_what_is_odd_and_an_impact_without_an_end_are_asked_about(
    store: Store, incident: UUID
) -> None:
    store.record(incident, Incident.start_impact, at=minutes(-5), service="api")
    store.record(incident, Incident.resolve, at=minutes(20))
    store.append(incident, [entry({"kind": "incident-resolved"}, 30)])
    asked = codes(story(store, incident))
    assert {"no-impact-ended", "resolved-twice"} <= set(asked)


def test_while_an_incident_is_open_its_impact_needs_no_end(store: Store, incident: UUID) -> None:
    store.record(incident, Incident.start_impact, at=minutes(-5), service="api")
    assert "no-impact-ended" not in codes(story(store, incident))


# People


def test_a_source_that_names_itself_is_nobody_to_hide(store: Store, incident: UUID) -> None:
    for minute, (who, source) in enumerate(
        (("System", Source(system="opsgenie", ref="1")), ("System", None), ("opsgenie", None))
    ):
        fact = {"text": "escalated", "by": who, "source": source}
        store.record(incident, Incident.note, at=minutes(minute), **fact)
    for actors, shown in (
        ("roles", ["System", "responder 2", "responder 3"]), ("hidden", ["System", None, None]),
    ):  # fmt: skip
        hidden = story_with(cast("Actors", actors), store.recorded(incident))
        assert hidden is not None
        assert [one.row.who for one in hidden.entries if one.row.kind == "note-added"] == shown


def people(store: Store, incident: UUID) -> list[UUID]:
    """`ana` commands, `bob` takes over, `cal` holds no role; `bob` corrects `ana`."""
    store.record(incident, Incident.assign_role, at=minutes(1), role="commander", holder="ana")
    store.record(incident, Incident.assign_role, at=minutes(2), role="commander", holder="BOB")
    store.record(incident, Incident.engage, at=minutes(3), responder="cal", how="paged", by="bob")
    for who, severity in (("ana", "sev2"), ("bob ", "sev1")):
        store.record(incident, Incident.assess, at=minutes(4), assessor=who, severity=severity)
    note = store.record(incident, Incident.note, at=minutes(5), text="asked dan", by="ana")
    store.correct(note.event_id, {"by": "cal"}, why="it was another", by="eve")
    owned = {"follow_up": "limit", "text": "raise it", "owner": "cal"}
    store.record(incident, Incident.add_follow_up, at=minutes(6), **owned)
    return [note.event_id]


def test_people_are_told_by_the_first_role_they_held_or_by_number(
    store: Store, incident: UUID
) -> None:
    people(store, incident)
    told = story(store, incident, "roles")
    texts = [one.row.text for one in told.entries]
    assert texts[1:] == [
        "commander takes the role commander",
        "commander 2 takes the role commander",
        "responder 1 was paged",
        "Severity sev2, says commander",
        "Severity sev1, says commander 2",
        "asked dan",
        "Follow-up limit: raise it · owner: responder 1",
    ]
    assert [one.row.who for one in told.entries] == [
        "commander", None, None, "commander 2", None, None, "responder 1", None,
    ]  # fmt: skip
    [correction] = told.entries[6].corrected
    assert (correction.by, correction.old, correction.new) == (
        "responder 2", "commander", "responder 1",
    )  # fmt: skip


def test_a_role_that_reads_like_a_number_of_somebody_else_is_kept_apart(
    store: Store, incident: UUID
) -> None:
    store.record(incident, Incident.assign_role, at=minutes(1), role="responder 1", holder="bob")
    told = story(store, incident, "roles")
    assert [one.row.who for one in told.entries] == ["responder 2", None]
    assert told.roles[0].holder == "responder 1"


def test_where_people_are_hidden_no_field_names_anybody(store: Store, incident: UUID) -> None:
    people(store, incident)
    told = story(store, incident, "hidden")
    assert {one.row.who for one in told.entries} == {None}
    assert {one.holder for one in told.roles} == {None}
    shown = repr(told).replace("'asked dan'", "").lower()
    assert [name for name in ("'ana'", "bob", "'cal'", "'eve'") if name in shown] == []


def test_that_assessors_differ_stays_told_where_they_are_hidden(
    store: Store, incident: UUID
) -> None:
    people(store, incident)
    told = story(store, incident, "hidden")
    assert told.disagree
    assert [(one.assessor, one.is_standing) for one in told.severities] == [
        (None, True), (None, True),
    ]  # fmt: skip


def test_free_text_is_not_searched_for_names(store: Store, incident: UUID) -> None:
    store.record(incident, Incident.note, at=minutes(5), text="ana restarted it", by="ana")
    for actors in ("roles", "hidden"):
        assert story(store, incident, actors).entries[-1].row.text == "ana restarted it"


def test_people_by_name_are_the_story_as_it_is(store: Store, incident: UUID) -> None:
    people(store, incident)
    assert story(store, incident, "names") == story_of(store.recorded(incident))


def test_the_same_durations_and_moments_are_told_whoever_is_named(
    store: Store, incident: UUID
) -> None:
    people(store, incident)
    named = story(store, incident)
    for actors in ("roles", "hidden"):
        told = story(store, incident, actors)
        assert (told.moments, told.views.durations) == (named.moments, named.views.durations)


def test_somebody_erased_stays_erased_and_takes_no_number(store: Store, incident: UUID) -> None:
    def erased(one: Recorded) -> Recorded:
        if not isinstance(one.event, NoteAdded):
            return one
        gone = Tombstone(field="event.by", key=UUID(int=1), is_erased=True)
        event = one.event.model_copy(update={"by": "[erased]"})
        return one.model_copy(update={"event": event, "tombstones": (gone,)})

    store.record(incident, Incident.note, at=minutes(5), text="restarted", by="bob")
    store.record(incident, Incident.acknowledge, at=minutes(6), by="cal")
    told = story_with("roles", [erased(one) for one in store.recorded(incident)])
    assert told is not None
    assert [one.row.who for one in told.entries] == ["responder 1", "[erased]", "responder 2"]
    assert told.entries[1].tombstones[0].is_erased


def test_a_very_long_role_still_stands_for_its_holder(store: Store, incident: UUID) -> None:
    for who in ("bob", "cal"):
        store.record(incident, Incident.assign_role, role="r" * 1000, holder=who, at=minutes(1))
    holders = [one.holder for one in story(store, incident, "roles").roles]
    assert holders == ["r" * 100, "r" * 100 + " 2"]


def test_people_are_counted_within_the_cut(store: Store, incident: UUID) -> None:
    people(store, incident)
    told = story(store, incident, "roles", Cut(as_of=minutes(0)))
    assert [one.row.who for one in told.entries] == ["responder 1"]
