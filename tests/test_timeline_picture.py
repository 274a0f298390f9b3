"""A timeline's picture: given a story, then the phases, marks, labels and axes that readers see."""

import re
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner
from retold import Incident, open_store
from retold.adapters.cli.group import retold
from retold.adapters.picture_marks import TIMES
from retold.adapters.timeline_picture import as_svg
from retold.domain import events as ev

from .pictures import (
    acknowledged,
    at,
    corrected,
    counted,
    detected,
    impact,
    marked,
    mitigated,
    note,
    numbers,
    picture,
    resolved,
    retracted,
    texts,
    told,
)


def test_entries_lie_in_lanes_by_what_they_came_from() -> None:
    root = picture(
        detected(),
        acknowledged(10),
        note(20, kind="action"),
        note(30, kind="communication"),
        note(40, kind="hypothesis"),
        ev.Resolved(occurred_at=at(50), automatic=True),
    )
    assert texts(root, "lane")[:4] == ["Alerts, impact", "People", "Changes", "Communication"]
    inside = [marked(one, "number")[0] for one in marked(root, "mark")]
    heights = {one.text or "": float(one.get("y", "")) for one in inside}
    order = sorted(heights, key=lambda number: (heights[number], int(number)))
    assert order == ["1", "6", "2", "5", "3", "4"]


def test_a_lane_without_entries_is_left_out() -> None:
    root = picture(detected(), mitigated(30))
    assert not {"People", "Communication"} & set(texts(root, "lane"))


def test_marks_bear_the_numbers_of_their_rows_and_near_ones_become_a_count() -> None:
    root = picture(detected(), note(10), note(10.1), note(10.2), note(60), resolved(61))
    assert sorted(numbers(root)) == ["1", "5", "6", f"{TIMES}3"]
    told_when_pointed_at = [one[0].text or "" for one in marked(root, "mark")]
    assert [said[-8:] for said in told_when_pointed_at if "entries" in said] == ["rows 2-4"]


def test_a_mark_tells_its_entry_when_pointed_at() -> None:
    root = picture(detected(), note(12, "looked at the graphs"), resolved(60))
    assert [one[0].text for one in marked(root, "mark")] == [
        "1. 2026-03-01 12:00:00 UTC T+00:00 · detected · Detected: Search is down",
        "2. 2026-03-01 12:12:00 UTC T+00:12 · observation · looked at the graphs",
        "3. 2026-03-01 13:00:00 UTC T+01:00 · resolved · Resolved",
    ]


def test_corrected_marks_are_hollow_and_retracted_ones_struck() -> None:
    root = picture(detected(), note(20), note(40), corrected(2, "saw"), retracted(3), resolved(60))
    assert [texts(one, "number") for one in marked(root, "corrected") if one in marked(root, "mark")
            ] == [["2"]]  # fmt: skip
    [struck] = [one for one in marked(root, "mark") if marked(one, "strike")]
    assert texts(struck, "number") == ["3"]
    assert {"corrected", "retracted"} <= set(texts(root, "word"))


def test_a_long_stretch_without_entries_is_a_break_with_its_length() -> None:
    root = picture(detected(), acknowledged(10), note(20), note(20 + 26 * 60), resolved(1600))
    assert texts(root, "gap") == ["1d 02h"]
    assert len(marked(root, "torn")) == 3, "both its sides, and what they mean"
    assert "1d 02h" in (root[1].text or "")


@pytest.mark.parametrize("times", [(5, 29), (1, 20, 600), (60, 120, 180)])
def test_a_stretch_is_to_scale_where_it_is_short_or_hides_nothing(times: tuple[float, ...]) -> None:
    root = picture(detected(), *map(note, times[:-1]), resolved(times[-1]))
    broken = texts(root, "gap")
    assert broken == (["9h 40m"] if 600 in times else [])


def test_both_axes_tell_the_time_in_utc_and_since_t0() -> None:
    ticks = texts(picture(impact(-30), detected(), resolved(30)), "tick")
    assert {"11:30", "12:00", "12:30", "2026-03-01", "T+00:00", "T+00:30"} <= set(ticks)
    lead_up = texts(picture(note(-20), detected(), resolved(30)), "tick")
    assert {"T-00:10", "T+00:00"} <= set(lead_up)


def test_every_part_between_breaks_says_when_it_is() -> None:
    week = 7 * 24 * 60
    bursts = [note(week * number + 3 * step) for number in range(6) for step in range(7)]
    ticks = texts(picture(detected(-7), *bursts, resolved(6 * week)), "tick")
    assert {f"2026-{day}" for day in ("03-01", "03-08", "03-15", "03-22", "03-29", "04-05")} <= set(
        ticks
    )
    assert {"T+00:00", "T+7d 00:07", "T+35d 00:07"} <= set(ticks)


def test_without_a_t0_there_is_one_axis_and_that_is_said() -> None:
    root = picture(note(0), note(30))
    assert "Since T0" not in texts(root, "lane")
    assert "There is no T0" in texts(root, "said")[-1]


def test_key_moments_are_labelled_with_their_number_and_time() -> None:
    root = picture(detected(), acknowledged(10), note(15), mitigated(30), resolved(50))
    assert sorted(texts(root, "moment")) == [
        "1 Detected 12:00",
        "2 Acknowledged 12:10",
        "4 Mitigated 12:30",
        "5 Resolved 12:50",
    ]


def test_the_picture_is_told_to_those_who_cannot_see_it() -> None:
    root = picture(detected(), acknowledged(10), mitigated(30), resolved(50))
    title, described = root[0], root[1]
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {described.get('id')}"
    assert title.text == "Search is down"
    said = described.text or ""
    assert "Phases: unacknowledged 10m 00s, unmitigated 20m 00s, mitigated 20m 00s." in said
    assert "Mitigated 2026-03-01 12:30:00 T+00:30" in said
    assert "Alerts, impact 1; People 2; Changes 1." in said


def test_there_are_colours_for_light_and_for_dark() -> None:
    light, dark = as_svg(told([detected()])).split("@media screen and (prefers-color-scheme:dark)")
    for drawn in (".ground", ".title", ".unmitigated", ".mitigated", ".outline", ".number"):
        assert re.search(rf"\{drawn}[^{{}}]*\{{[a-z-]+:#", light)
        assert re.search(rf"\{drawn}[^{{}}]*\{{[a-z-]+:#", dark)


def test_two_pictures_in_one_page_share_no_id() -> None:
    ids = re.findall(r' id="([^"]+)"', as_svg(told([detected(), resolved(9)])))
    assert ids
    assert all(str(UUID(int=77)) in one for one in ids)


def test_the_shell_writes_the_picture_to_stdout(tmp_path: Path) -> None:
    db = str(tmp_path / "x.db")
    with open_store(db) as store:
        incident = store.detect("Search is down", at=at(0)).incident_id
        store.record(incident, Incident.resolve, at=at(30))
    done = CliRunner().invoke(retold, ["--db", db, "timeline", str(incident), "--format", "svg"])
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("<svg ")
    assert done.stdout.endswith("</svg>\n")


def test_many_entries_stay_few_marks() -> None:
    events = [detected(), *(note(n * 43.2, f"note {n}") for n in range(1, 2999)), resolved(129_600)]
    root = picture(*events)
    assert counted(root) == 3000
    assert len(marked(root, "mark")) < 60
    assert len(as_svg(told(events))) < 40_000
