"""What a timeline's picture writes: its heading, its times, and its labels."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from retold import Incident, open_store
from retold.adapters.cli.group import retold
from retold.adapters.timeline_picture import as_svg
from retold.domain import events as ev

from .pictures import (
    acknowledged,
    at,
    detected,
    mitigated,
    note,
    picture,
    reopened,
    resolved,
    texts,
    told,
)


def assessed(minutes: float, severity: str, by: str = "ana") -> ev.SeverityAssessed:
    return ev.SeverityAssessed(occurred_at=at(minutes), severity=severity, assessor=by)


def test_a_picture_without_heading_tells_it_to_those_who_hear_it_alone() -> None:
    story = told([detected(), acknowledged(5), resolved(30)])
    whole, bare = (ET.fromstring(as_svg(story, heading=shown)) for shown in (True, False))
    assert (texts(whole, "title"), len(texts(whole, "said"))) == (["Search is down"], 2)
    assert (texts(bare, "title"), texts(bare, "said")) == ([], [])
    assert [bare[0].text, bare[1].text] == [whole[0].text, whole[1].text]
    assert float(bare.get("height", "")) < float(whole.get("height", "")) - 60
    for name in ("moment", "phase", "lane", "word", "tick"):
        assert texts(bare, name) == texts(whole, name)


def test_the_page_does_not_say_its_title_twice(tmp_path: Path) -> None:
    db = str(tmp_path / "x.db")
    with open_store(db) as store:
        incident = store.detect("Search is down", at=at(0)).incident_id
        store.record(incident, Incident.resolve, at=at(30))
    done = CliRunner().invoke(retold, ["--db", db, "timeline", str(incident), "--format", "html"])
    assert done.exit_code == 0, done.output
    assert '<text x="16" y="39" class="title">' not in done.stdout
    assert 'class="moment"' in done.stdout


def test_the_heading_tells_the_severities_one_after_the_other() -> None:
    root = picture(
        detected(),
        assessed(1, "sev3"),
        assessed(2, "sev3", "bob"),
        assessed(9, "sev1"),
        resolved(9),
    )
    assert texts(root, "said")[0] == "resolved · severity sev3 → sev1"


def test_a_story_of_less_than_a_quarter_of_an_hour_is_told_to_the_second() -> None:
    root = picture(detected(), note(3.5), mitigated(7), resolved(14.9))
    assert sorted(texts(root, "moment")) == [
        "1 Detected 12:00:00",
        "3 Mitigated 12:07:00",
        "4 Resolved 12:14:54",
    ]
    ticks = texts(root, "tick")
    assert {"12:02:00", "T+00:02:00"} <= set(ticks)
    assert not {"12:02", "T+00:02"} & set(ticks)
    assert "Mitigated 2026-03-01 12:07:00 T+00:07:00" in (root[1].text or "")
    assert "UTC T+00:03:30 · observation" in ET.tostring(root, "unicode")


def test_a_longer_one_is_told_to_the_minute() -> None:
    root = picture(detected(), mitigated(7), resolved(15))
    assert "2 Mitigated 12:07" in texts(root, "moment")
    assert {"12:02", "T+00:02"} <= set(texts(root, "tick"))


def test_where_ticks_lie_within_a_minute_all_times_have_seconds() -> None:
    root = picture(detected(), note(0.5), note(1), mitigated(2), resolved(600))
    assert "4 Mitigated 12:02:00" in texts(root, "moment")
    assert {"12:00:30", "T+00:00:30", "T+10:00:00"} <= set(texts(root, "tick"))


@pytest.mark.parametrize("apart", [0.0, 0.1, 20.0])
def test_every_key_moment_has_its_label_however_close_they_are(apart: float) -> None:
    steps = (detected, acknowledged, mitigated, resolved, reopened, mitigated, resolved)
    events = [step(apart * number) for number, step in enumerate(steps)]
    story = told([*events, note(5_000)])
    said = " | ".join(texts(picture(*events, note(5_000)), "moment"))
    labels = [one.label for one in story.moments if one.event_id]
    assert {"First mitigated", "First resolved", "Last reopened", "Mitigated"} <= set(labels)
    assert [one for one in labels if f" {one} " not in said] == []
