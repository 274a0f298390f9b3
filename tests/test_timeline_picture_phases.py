"""The phases in a timeline's picture: bands with durations, reopenings, and an open end."""

from itertools import pairwise
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from retold import Cut
from retold.adapters.timeline_picture import as_svg
from retold.domain import events as ev

from .pictures import (
    acknowledged,
    at,
    detected,
    impact,
    marked,
    mitigated,
    note,
    numbers,
    picture,
    reopened,
    resolved,
    retracted,
    spots,
    texts,
    told,
)


def test_each_phase_is_a_band_with_its_duration() -> None:
    root = picture(impact(-20), detected(0), acknowledged(20), mitigated(45), resolved(60))
    assert texts(root, "phase") == [
        "undetected 20m 00s",
        "unacknowledged 20m 00s",
        "unmitigated 25m 00s",
        "mitigated 15m 00s",
    ]
    widths = [float(one.get("width", "")) for one in marked(root, "strip")]
    assert widths == pytest.approx([194.5, 194.5, 243, 146], abs=1)


def test_a_phase_too_short_for_its_name_is_listed_below_with_its_duration() -> None:
    root = picture(detected(), acknowledged(0.2), resolved(600))
    assert texts(root, "phase") == ["unmitigated 9h 59m"]
    assert "unacknowledged 12s" in texts(root, "word")


def test_each_reopening_begins_another_sequence_of_phases() -> None:
    root = picture(
        detected(), acknowledged(10), mitigated(20), resolved(30), reopened(40), mitigated(50),
        resolved(60), reopened(70), resolved(80),
    )  # fmt: skip
    assert len(marked(root, "again")) == 2
    assert [said for said in texts(root, "word") if "after" in said] == [
        "2. after reopening",
        "3. after reopening",
    ]
    assert "2. 10m 00s" in texts(root, "phase")


def test_many_reopenings_leave_the_phases_visible() -> None:
    flapping = [
        step(20 * number + more)
        for number in range(150)
        for step, more in ((resolved, 10), (reopened, 20))
    ]
    root = picture(detected(), *flapping)
    for border in ("again", "edge"):
        xs = sorted(spots(one)[0][0] for one in marked(root, border))
        assert xs
        assert all(other - x >= 8 for x, other in pairwise(xs))
    assert len([said for said in texts(root, "word") if "after" in said]) == 5
    assert "and 289 more phases" in texts(root, "word")


def test_a_reopening_that_was_retracted_begins_no_sequence() -> None:
    root = picture(detected(), acknowledged(10), resolved(30), reopened(40), note(60), retracted(4))
    assert not marked(root, "again")
    phases = ["unacknowledged 10m 00s", "unmitigated 20m 00s", "resolved"]
    assert texts(root, "word")[:3] == phases


def test_phases_differ_in_more_than_colour() -> None:
    root = picture(impact(-9), detected(), acknowledged(9), mitigated(18), resolved(30))
    tiles = [one for one in root.iter() if one.tag.endswith("}pattern")]
    assert len({one[0].get("d") for one in tiles}) == len(tiles) == 4
    used = {one.get("fill", "")[5:-1] for one in root.iter() if "url(" in one.get("fill", "")}
    assert used == {one.get("id") for one in tiles}


def test_a_retracted_detection_is_struck_and_starts_no_phase() -> None:
    root = picture(impact(-10), detected(), retracted(2), resolved(30))
    assert len(marked(root, "retracted")) == 2, "its mark and what it means"
    assert not [one for one in marked(root, "retracted") if "key" in one.get("class", "")]
    assert not [said for said in texts(root, "word") if "unacknowledged" in said]


def test_turns_that_a_reopening_undid_are_labelled_where_there_is_room() -> None:
    root = picture(
        detected(), resolved(30), reopened(90), resolved(150), reopened(210), resolved(270)
    )
    assert {"2 First resolved 12:30", "3 Reopened 13:30", "4 Resolved 14:30"} <= set(
        texts(root, "moment")
    )


def test_an_open_incident_fades_at_its_last_entry() -> None:
    root = picture(detected(), acknowledged(10), note(30))
    assert [one for one in root.iter() if one.get("fill", "").endswith("-fading)")]
    assert "open as of 2026-03-01 12:30" in texts(root, "moment")
    assert "unmitigated 20m 00s so far" in texts(root, "phase")


def test_an_open_incident_fades_where_it_is_cut() -> None:
    seen = (detected(), acknowledged(10), note(20))
    root = picture(*seen, resolved(90), cut=Cut(as_of=at(60)))
    assert "open as of 2026-03-01 13:00" in texts(root, "moment")
    assert "unmitigated 50m 00s so far" in texts(root, "phase")


@pytest.mark.parametrize(
    ("state", "end"),
    [
        ("resolved", resolved(30)),
        ("dismissed", ev.Dismissed(occurred_at=at(30), reason="drill")),
        ("merged", ev.Merged(occurred_at=at(30), into=UUID(int=5))),
    ],
)
def test_an_incident_that_is_over_ends_with_its_last_entry(state: str, end: ev.AnyEvent) -> None:
    root = picture(detected(), end, note(60), cut=Cut(as_of=at(600)))
    assert "fading)" not in " ".join(one.get("fill", "") for one in root.iter())
    assert not [said for said in texts(root, "moment") if said.startswith("open")]
    assert {state, "unacknowledged 30m 00s"} <= set(texts(root, "word"))
    assert "30m 00s, " + state + "." in (root[1].text or ""), "and it is heard so"


def test_being_resolved_lasted_until_a_reopening_and_no_longer_than_that() -> None:
    root = picture(detected(), resolved(30), reopened(75), resolved(90), note(300))
    phases = ["unacknowledged 30m 00s", "resolved 45m 00s", "unacknowledged 15m 00s", "resolved"]
    assert [said for said in texts(root, "word") if said in phases] == phases


def test_key_moments_alone_keep_their_numbers_lanes_phases_and_the_extent() -> None:
    story = told([note(-30), detected(), note(5), resolved(30), note(90)])
    alone = ET.fromstring(as_svg(story.only_key))
    assert texts(alone, "phase") == ["lead-up 30m 00s", "unacknowledged 30m 00s", "resolved"]
    assert texts(alone, "lane")[:2] == ["Alerts, impact", "People"]
    assert numbers(alone) == ["2", "4"]
    assert "11:30" in texts(alone, "tick")
