"""What the blocks hold that a timeline has not: facts and times for customers, and a chart."""

from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from retold import Incident, Store
from retold.adapters.postmortem_sections import NAMES, NOTHING, affected, contents
from retold.adapters.timeline_blocks import Telling
from retold.projections.spans import ImpactSpan
from retold.projections.story import story_of

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def url() -> str:
    return "memory:"


def minutes(after_noon: float) -> datetime:
    return NOON + timedelta(minutes=after_noon)


def filled(store: Store, incident: UUID, zone: ZoneInfo | None = None) -> dict[str, str]:
    story = story_of(store.recorded(incident))
    assert story is not None
    return contents(Telling(story, zone=zone))


def rows(block: str) -> list[str]:
    return block.split("\n")[2:]


@pytest.fixture
def incident(store: Store) -> UUID:
    return store.detect("Checkout fails", at=NOON, by="alerting").incident_id


def span(start: float | None, end: float | None, service: str = "api") -> ImpactSpan:
    times = [None if one is None else minutes(one) for one in (start, end)]
    return ImpactSpan(service, None, None, None, times[0], times[1], None, None)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([span(0, 5), span(5, 9)], [(0, 9)]),
        ([span(0, 9), span(2, 5)], [(0, 9)]),
        ([span(0, 5), span(6, 9)], [(0, 5), (6, 9)]),
        ([span(0, None), span(6, 9)], [(0, None)]),
        ([span(0, 5), span(3, None)], [(0, None)]),
        ([span(0, 5), span(None, 9)], [(0, 5), (None, 9)]),
        ([span(0, 5), span(1, 3, "web"), span(5, 7)], [(0, 7), (1, 3)]),
    ],
)
def test_spans_of_one_service_that_touch_are_one(
    spans: list[ImpactSpan], expected: list[tuple[float | None, float | None]]
) -> None:
    wanted = [tuple(None if one is None else minutes(one) for one in each) for each in expected]
    assert [(one.started_at, one.ended_at) for one in affected(spans)] == wanted


def test_an_impact_without_an_end_is_still_going_on_while_the_incident_is(
    store: Store, incident: UUID
) -> None:
    store.record(incident, Incident.start_impact, at=NOON, service="api")
    assert rows(filled(store, incident)["facts"]) == [
        "| api | 2026-03-01 12:00:00 | still going on |  |"
    ]
    store.record(incident, Incident.resolve, at=minutes(5))
    assert "| not recorded |  |" in filled(store, incident)["facts"]


def test_facts_and_times_have_local_times_beside_utc(store: Store, incident: UUID) -> None:
    store.record(incident, Incident.start_impact, at=NOON, service="api")
    block = filled(store, incident, ZoneInfo("Europe/Berlin"))
    assert "| 2026-03-01 12:00:00 | 2026-03-01 13:00:00 |" in block["facts"]
    assert "| We noticed | 2026-03-01 12:00:00 | 2026-03-01 13:00:00 |" in block["times"]


def test_times_leave_out_what_is_not_recorded_and_how_the_response_was_run(
    store: Store, incident: UUID
) -> None:
    store.record(incident, Incident.acknowledge, at=minutes(1))
    store.record(incident, Incident.declare, at=minutes(2))
    assert rows(filled(store, incident)["times"]) == ["| We noticed | 2026-03-01 12:00:00 |"]


def test_a_block_of_which_nothing_is_recorded_says_so(store: Store, incident: UUID) -> None:
    blocks = filled(store, incident)
    empty = {name for name in NAMES if blocks[name] == NOTHING}
    assert empty == {"severity", "roles", "impact", "updates", "surprises", "follow-ups", "facts"}


def test_every_block_has_its_name_and_no_title_but_the_headers(
    store: Store, incident: UUID
) -> None:
    blocks = filled(store, incident)
    assert tuple(blocks) == NAMES
    assert [name for name, block in blocks.items() if block.startswith("#")] == ["header"]


def test_the_chart_stands_in_a_fence_that_forges_draw(store: Store, incident: UUID) -> None:
    chart = filled(store, incident)["gantt"]
    assert chart.startswith("```mermaid\ngantt\n")
    assert chart.endswith("\n```")


def test_without_impacts_customers_are_told_the_services_alone(store: Store) -> None:
    incident = store.detect("Slow", services=("api", "web"), at=NOON).incident_id
    said = "Services: api, web. Since when and until when each was affected is not recorded."
    assert filled(store, incident)["facts"] == said


def test_customers_are_told_that_it_came_back(store: Store, incident: UUID) -> None:
    for at, decide in ((5, Incident.resolve), (6, Incident.reopen), (9, Incident.resolve)):
        store.record(incident, decide, at=minutes(at))
    told = [row.split(" | ")[0] for row in rows(filled(store, incident)["times"])]
    assert told == [
        "| We noticed", "| We thought that it was over", "| It came back", "| It was over",
    ]  # fmt: skip
