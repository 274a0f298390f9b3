"""The lanes of a timeline's picture: who or what an entry came from, by what is recorded of it."""

import pytest
from retold.adapters.picture_marks import lanes_of, numbered
from retold.adapters.picture_scale import scale_for
from retold.domain import events as ev
from retold.domain.values import Source

from .pictures import at, detected, note, resolved, told


def lane(event: ev.AnyEvent, system: str | None = None) -> str:
    """Return the lane of an event that was read from a system, or was entered here."""
    story = told([event], source=Source(system=system, ref="1") if system else None)
    [name] = lanes_of(numbered(story, scale_for([0, 1], 0, 100), to_the_second=False))
    return name


def seen(by: str | None) -> ev.NoteAdded:
    return note(5).but({"by": by})


@pytest.mark.parametrize("by", [None, "alertmanager", "somebody"])
def test_what_alertmanager_saw_is_an_alert_as_nobody_can_write_there(by: str | None) -> None:
    assert lane(seen(by), "alertmanager") == "Alerts, impact"


@pytest.mark.parametrize(
    ("system", "by"),
    [("opsgenie", "System"), ("splunk-oncall", "SYSTEM"), ("pagerduty", "PagerDuty")],
)
def test_what_an_alerting_system_saw_itself_is_an_alert(system: str, by: str) -> None:
    assert lane(seen(by), system) == "Alerts, impact"


@pytest.mark.parametrize("by", [None, "ana", "Systems team"])
def test_what_somebody_wrote_in_an_alerting_system_is_of_people(by: str | None) -> None:
    assert lane(seen(by), "opsgenie") == "People"


@pytest.mark.parametrize("by", ["alertmanager", "System", "monitoring"])
def test_a_name_alone_makes_no_machine(by: str) -> None:
    assert lane(seen(by)) == "People"


def test_what_a_machine_did_and_what_was_said_stay_where_they_are() -> None:
    assert lane(note(5, kind="action"), "alertmanager") == "Changes"
    assert lane(note(5, kind="communication"), "alertmanager") == "Communication"


def test_a_severity_that_the_alert_had_is_of_the_alert() -> None:
    def assessed(by: str) -> ev.SeverityAssessed:
        return ev.SeverityAssessed(occurred_at=at(1), severity="sev1", assessor=by)

    assert lane(assessed("opsgenie"), "opsgenie") == "Alerts, impact"
    assert lane(assessed("ana"), "opsgenie") == "People"
    assert lane(assessed("opsgenie")) == "People"


def test_who_calls_it_over_changes_nothing_and_an_alert_that_stops_is_an_alert() -> None:
    assert lane(resolved(9)) == "People"
    assert lane(resolved(9).but({"automatic": True})) == "Alerts, impact"
    assert lane(ev.Mitigated(occurred_at=at(9))) == "Changes"
    assert lane(detected(), "pagerduty") == "Alerts, impact"
