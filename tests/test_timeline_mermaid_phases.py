"""The phases in a Mermaid chart: bars for what ended, and none for what an incident ended with."""

from retold.adapters.timeline_mermaid import as_mermaid
from retold.domain import events as ev

from .pictures import acknowledged, detected, note, reopened, resolved, told


def bars(*events: ev.AnyEvent) -> list[str]:
    lines = as_mermaid(told(events)).partition("    section Phases\n")[2].splitlines()
    return [line.strip().partition(" ")[0] for line in lines]


def test_a_closed_incident_has_no_bar_for_the_time_after_it() -> None:
    assert bars(detected(), acknowledged(9), resolved(30), note(5_000)) == [
        "unacknowledged",
        "unmitigated",
    ]


def test_being_resolved_is_a_bar_where_a_reopening_ended_it() -> None:
    assert bars(detected(), resolved(30), reopened(50), resolved(70), note(90)) == [
        "unacknowledged",
        "resolved",
        "unacknowledged",
    ]


def test_an_open_incident_keeps_its_last_bar() -> None:
    assert bars(detected(), acknowledged(9), note(40)) == ["unacknowledged", "unmitigated"]
