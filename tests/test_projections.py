"""Status, durations, timeline and assessments: given a story, then what readers see."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retold import Entry, Recorded
from retold.domain import events as ev
from retold.domain.history import Effective, History, effective_history
from retold.domain.values import Source
from retold.projections.built_in import TIMED
from retold.projections.document import Document
from retold.projections.durations import DurationRow
from retold.projections.views import Views, replayed, stepped

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
INCIDENT = UUID(int=77)
MINUTE = 60_000_000


def minutes(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def recorded(version: int, event: ev.AnyEvent) -> Recorded:
    return Recorded(
        event_id=UUID(int=version), incident_id=INCIDENT, version=version, position=version,
        recorded_at=NOON, event=event,
    )  # fmt: skip


def history(*events: ev.AnyEvent) -> History:
    return effective_history(recorded(n, event) for n, event in enumerate(events, start=1))


def views(*events: ev.AnyEvent) -> Views:
    return replayed(INCIDENT, history(*events))


def duration(measure: str, *events: ev.AnyEvent) -> DurationRow:
    [row] = [row for row in views(*events).durations if row.measure == measure]
    return row


def outcome(measure: str, *events: ev.AnyEvent) -> tuple[str, int | None, str | None]:
    row = duration(measure, *events)
    return row.state, row.duration_us, row.reason


def anomalies(*events: ev.AnyEvent) -> list[str]:
    return [one.code for one in views(*events).document.status.anomalies]


impact = ev.ImpactStarted(occurred_at=minutes(-10), service="search")
detected = ev.Detected(occurred_at=NOON, title="Search is down", services=("api", "search"))
breached = ev.ExpectationBreached(occurred_at=minutes(-5), expectation="99.9 %")
automatic = ev.Acknowledged(occurred_at=minutes(1), automatic=True)
acknowledged = ev.Acknowledged(occurred_at=minutes(5), by="ana")
engaged = ev.ResponderEngaged(occurred_at=minutes(3), responder="bo", how="paged")
declared = ev.Declared(occurred_at=minutes(6), severity="sev2", by="ana")
mitigated = ev.Mitigated(occurred_at=minutes(20))
resolved = ev.Resolved(occurred_at=minutes(60))
reopened = ev.Reopened(occurred_at=minutes(90))
mitigated_again = ev.Mitigated(occurred_at=minutes(100))
resolved_again = ev.Resolved(occurred_at=minutes(120))
drill = ev.Dismissed(occurred_at=minutes(30), reason="drill")
merged = ev.Merged(occurred_at=minutes(30), into=UUID(int=5))


@pytest.mark.parametrize(
    ("story", "state"),
    [
        ([detected], "detected"),
        ([detected, acknowledged], "acknowledged"),
        ([detected, declared], "declared"),
        ([detected, declared, acknowledged, mitigated], "mitigated"),
        ([detected, resolved], "resolved"),
        ([detected, declared, resolved, reopened], "declared"),
        ([detected, resolved, reopened, resolved_again], "resolved"),
        ([detected, drill], "dismissed"),
        ([detected, drill, reopened], "detected"),
        ([detected, merged], "merged"),
    ],
)
def test_the_state_is_the_furthest_milestone_in_force(story: list[ev.AnyEvent], state: str) -> None:
    assert views(*story).incident.state == state


def test_a_reopening_undoes_mitigation_and_resolution_and_is_counted() -> None:
    row = views(detected, mitigated, resolved, reopened).incident
    assert (row.mitigated_at, row.resolved_at, row.reopens) == (None, None, 1)


def test_a_dismissal_that_was_reopened_is_no_longer_in_force() -> None:
    milestones = views(detected, drill, reopened).document.milestones
    assert milestones.find("incident-dismissed", "in-force") is None
    assert milestones.find("incident-dismissed", "last") is not None


def test_milestones_are_found_by_their_first_and_last_occurrence() -> None:
    milestones = views(detected, mitigated, resolved, reopened, resolved_again).document.milestones
    found = [milestones.find("incident-resolved", which) for which in ("first", "last", "in-force")]
    assert [one and one.at for one in found] == [minutes(60), minutes(120), minutes(120)]
    only = [milestones.find("incident-detected", which) for which in ("first", "last", "in-force")]
    assert [one and one.at for one in only] == [NOON] * 3


def test_a_detection_after_the_end_opens_nothing() -> None:
    told = views(ev.Resolved(occurred_at=minutes(-1)), detected)
    assert told.document.milestones.active_since is None


def test_of_several_resolutions_the_first_is_in_force_and_of_mitigations_the_last() -> None:
    row = views(detected, mitigated, mitigated_again, resolved_again, resolved).incident
    assert (row.resolved_at, row.mitigated_at) == (minutes(60), minutes(100))


def test_the_first_source_in_the_story_is_the_incidents() -> None:
    sources = [Source(system="statuspage", ref="abc"), Source(system="pager", ref="P1")]
    records = [
        recorded(number, event).model_copy(update={"source": source})
        for number, event, source in ((1, acknowledged, sources[0]), (2, detected, sources[1]))
    ]
    row = replayed(INCIDENT, effective_history(records)).incident
    assert (row.source, row.source_ref) == ("pager", "P1")


def test_the_latest_assessment_is_the_severity_and_all_are_kept() -> None:
    one, two = (
        ev.SeverityAssessed(occurred_at=minutes(at), assessor=who, severity=severity)
        for at, who, severity in ((10, "bo", "sev1"), (8, "cy", "sev3"))
    )
    told = views(detected, declared, one, two)
    assert told.incident.severity == "sev1"
    assert [(row.assessor, row.severity) for row in told.timeline if row.severity] == [
        ("ana", "sev2"), ("cy", "sev3"), ("bo", "sev1"),
    ]  # fmt: skip


def test_services_are_those_detected_and_those_that_fail() -> None:
    told = views(detected, impact, ev.ImpactStarted(occurred_at=NOON, service="mail"))
    assert told.incident.services == ("search", "api", "mail")


@pytest.mark.parametrize(
    ("measure", "story", "expected"),
    [
        ("ttd", [impact, detected], ("observed", 10 * MINUTE, None)),
        ("ttd", [detected], ("missing", None, "no impact-started recorded")),
        ("tta", [detected, automatic, acknowledged], ("observed", 5 * MINUTE, None)),
        ("tta", [detected], ("censored", None, "still open")),
        ("tta", [detected, automatic], ("censored", None, "still open")),
        ("tta", [detected, resolved], ("missing", None, "resolved without incident-acknowledged")),
        ("ttdeclare", [detected, declared], ("observed", 6 * MINUTE, None)),
        ("ttm", [impact, detected, mitigated], ("observed", 30 * MINUTE, None)),
        ("ttm_detected", [detected, mitigated, mitigated_again], ("observed", 100 * MINUTE, None)),
        ("ttr", [impact, detected, resolved], ("observed", 70 * MINUTE, None)),
        ("ttr_detected", [detected, resolved], ("observed", 60 * MINUTE, None)),
        ("ttr_detected", [detected, resolved, reopened], ("censored", None, "still open")),
        ("ttr_detected", [detected, resolved, reopened, resolved_again],
         ("observed", 120 * MINUTE, None)),
        ("ttr_first", [impact, detected, resolved, reopened, resolved_again],
         ("observed", 70 * MINUTE, None)),
        ("active_time", [detected, resolved, reopened, resolved_again],
         ("observed", 90 * MINUTE, None)),
        ("active_time", [detected], ("censored", None, "still open")),
        ("active_time", [detected, ev.Resolved(occurred_at=minutes(-1))],
         ("anomalous", 0, "ends before it starts")),
        ("breach_to_human", [breached, detected, engaged], ("observed", 8 * MINUTE, None)),
        ("breach_to_human", [breached, detected, acknowledged], ("observed", 10 * MINUTE, None)),
        ("ttr_detected", [detected, drill], ("excluded", None, "dismissed: drill")),
        ("ttr_detected", [detected, merged], ("excluded", None, f"merged into {UUID(int=5)}")),
        ("ttd", [ev.ImpactStarted(occurred_at=minutes(4), service="x"), detected],
         ("anomalous", -4 * MINUTE, "ends before it starts")),
        ("ttr_detected", [detected, ev.Resolved(occurred_at=NOON)],
         ("anomalous", 0, "zero: both events carry the same time")),
    ],
)  # fmt: skip
def test_a_duration_is_observed_or_says_why_not(
    measure: str, story: list[ev.AnyEvent], expected: tuple[str, int | None, str | None]
) -> None:
    assert outcome(measure, *story) == expected


def test_every_duration_names_its_two_events() -> None:
    row = duration("ttr_detected", detected, acknowledged, resolved, reopened, resolved_again)
    assert (row.start_event_id, row.end_event_id) == (UUID(int=1), UUID(int=5))
    assert (row.started_at, row.ended_at) == (NOON, minutes(120))


@pytest.mark.parametrize(
    ("story", "codes"),
    [
        ([detected, acknowledged, resolved], []),
        ([detected, detected], ["detected-twice"]),
        ([detected, declared, declared], ["declared-twice"]),
        ([detected, resolved, resolved_again], ["resolved-twice"]),
        ([detected, resolved, ev.Acknowledged(occurred_at=minutes(70))],
         ["acknowledged-after-resolution"]),
        ([detected, resolved, mitigated_again], ["mitigated-after-resolution"]),
        ([detected, reopened], ["reopened-while-open"]),
        ([ev.Resolved(occurred_at=minutes(-1)), detected], ["before-detection"]),
    ],
)  # fmt: skip
def test_what_is_odd_is_surfaced_and_never_refused(
    story: list[ev.AnyEvent], codes: list[str]
) -> None:
    assert anomalies(*story) == codes


def test_what_was_retracted_is_not_odd() -> None:
    retraction = ev.EventRetracted(occurred_at=NOON, retracts=UUID(int=2), why="sent twice")
    assert anomalies(detected, detected, retraction) == []


def test_the_timeline_tells_the_phase_that_each_event_led_to() -> None:
    lead_up = ev.NoteAdded(occurred_at=minutes(-20), text="A deployment began")
    told = views(lead_up, impact, detected, acknowledged, mitigated, resolved, reopened)
    assert [row.phase for row in told.timeline] == [
        "lead-up", "undetected", "unacknowledged", "unmitigated", "mitigated", "resolved",
        "unmitigated",
    ]  # fmt: skip
    assert told.incident.t_zero_at == minutes(-10)


TEXTS = {
    "incident-detected": "Detected: Search is down · signal: alert 42",
    "incident-acknowledged": "Acknowledged automatically",
    "incident-declared": "Declared: sev2 · 1 of 20 searches fails",
    "incident-mitigated": "Mitigated: traffic moved",
    "incident-resolved": "Resolved automatically: index restored",
    "incident-reopened": "Reopened: fails again",
    "incident-dismissed": "Dismissed: false alarm · the probe was broken",
    "incident-merged": "Merged: into 00000000-0000-4000-8000-000000000009 · same cause",
    "impact-started": "Impact: search · latency · degraded_performance"
    " · 100 to 2,000 users (estimated)",
    "impact-ended": "Impact ended: search · latency",
    "expectation-breached": "Expectation breached: 99.9 % within 300 ms · p99"
    " · threshold: 300 ms · observed: 2.1 s",
    "responder-engaged": "bo was paged",
    "role-assigned": "bo takes the role commander",
    "role-released": "bo gives up the role commander",
    "severity-assessed": "Severity sev1, says bo · confidence: low · support tickets",
    "surprise-noted": "Surprise. Expected: a failover · Seen: none",
    "note-added": "Zeile 1\nline 2 – «ü» 🔥",  # noqa: RUF001 - as the frozen event says it
    "follow-up-added": "Follow-up FU-1: Alert on queue length · owner: ana",
    "follow-up-completed": "Follow-up done: FU-1",
    "access-restricted": "Restricted to legal: a customer may sue",
    "access-opened": "Restriction lifted: settled",
}


def test_every_kind_of_event_in_the_story_is_told_in_words() -> None:
    frozen = [
        Entry.model_validate_json(path.read_bytes()).event
        for path in sorted((Path(__file__).parent / "golden" / "events").glob("*.json"))
    ]
    told = views(*frozen)
    assert {row.kind: row.text for row in told.timeline} == TEXTS
    assert {row.who for row in told.timeline} == {"ana"}


def test_key_moments_are_marked_and_a_note_leads_to_its_link() -> None:
    note = ev.NoteAdded(occurred_at=minutes(7), text="See graph", links=("https://example.com/g",))
    told = views(detected, declared, note)
    assert [(row.text, row.key_moment, row.link) for row in told.timeline] == [
        ("Detected: Search is down", True, None),
        ("Declared: sev2", True, None),
        ("See graph", False, "https://example.com/g"),
    ]


def test_a_retracted_declaration_leaves_no_severity() -> None:
    retraction = ev.EventRetracted(occurred_at=NOON, retracts=UUID(int=2), why="not ours")
    told = views(detected, declared, retraction)
    assert (told.incident.severity, told.incident.state) == (None, "detected")
    assert [row.retracted for row in told.timeline if row.severity] == [True]


EVENTS = st.sampled_from(
    [impact, detected, breached, automatic, acknowledged, engaged, declared, mitigated, resolved,
     reopened, mitigated_again, resolved_again, drill, merged,
     ev.ImpactEnded(occurred_at=minutes(59), service="search"),
     ev.NoteAdded(occurred_at=minutes(2), text="x")]
)  # fmt: skip


@given(st.lists(EVENTS, max_size=10))
def test_one_step_after_the_other_leads_to_the_same_document_as_a_replay(
    story: list[ev.StoryEvent],
) -> None:
    whole = history(*story)
    document = Document()
    rows: dict[str, DurationRow] = {}
    for entry in whole.entries:
        told = stepped(INCIDENT, document, (entry,))
        document = told.document
        rows |= {row.measure: row for row in told.durations}
    at_once = replayed(INCIDENT, whole)
    assert document == at_once.document
    if story:
        assert tuple(rows[measure.name] for measure in TIMED) == at_once.durations


def test_a_step_that_only_starts_the_clock_of_active_time_again_measures_it_anew() -> None:
    later = {"occurred_at": minutes(61)}, {"occurred_at": minutes(62)}
    story = (
        detected,
        merged,
        reopened.model_copy(update=later[0]),
        merged.model_copy(update=later[1]),
    )
    whole = history(*story)
    document, active = Document(), None
    for entry in whole.entries:
        told = stepped(INCIDENT, document, (entry,))
        document = told.document
        active = next((row for row in told.durations if row.measure == "active_time"), active)
    assert active in replayed(INCIDENT, whole).durations


@given(st.lists(EVENTS, min_size=1, max_size=10))
def test_a_stored_document_reads_back_the_same(story: list[ev.StoryEvent]) -> None:
    document = views(*story).document
    assert Document.model_validate_json(document.model_dump_json()) == document


@given(st.lists(EVENTS, max_size=10))
def test_no_observed_duration_is_zero_or_negative(story: list[ev.StoryEvent]) -> None:
    for row in views(*story).durations:
        assert row.state != "observed" or (row.duration_us or 0) > 0
        assert row.state != "observed" or (row.start_event_id and row.end_event_id)


def test_an_effective_event_keeps_its_order() -> None:
    entry = Effective(recorded(3, resolved), resolved)
    assert entry.order == (minutes(60), 3)
