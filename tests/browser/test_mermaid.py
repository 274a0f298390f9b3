"""Mermaid itself reads and draws the gantt charts that are written for it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from retold.adapters.timeline_mermaid import as_mermaid
from retold.domain import events as ev

from ..browsing import Opened, Window, package_file
from ..pictures import acknowledged, at, detected, impact, mitigated, note, resolved, told
from ..test_timeline_hostile import HOSTILE
from ..test_timeline_hostile import told as hostile_told
from .spread import odd, reopening

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TITLELESS = "Incident without a title"

DRAW = """async (charts) => {
    mermaid.initialize({startOnLoad: false, securityLevel: "loose"});
    const found = [];
    for (const [number, chart] of charts.entries()) {
        const {diagramType} = await mermaid.parse(chart);
        const {svg} = await mermaid.render(`chart-${number}`, chart);
        document.querySelector("main").innerHTML = svg;
        const texts = (which) => [...document.querySelectorAll(`main ${which}`)].map(
            (one) => one.textContent);
        found.push({
            type: diagramType,
            sections: texts(".sectionTitle"),
            tasks: texts(".taskText, .taskTextOutsideRight, .taskTextOutsideLeft"),
            milestones: document.querySelectorAll("main .milestone").length,
            title: texts(".titleText").join(),
        });
    }
    return found;
}"""


@pytest.fixture(scope="module")
def mermaid(browser: "Browser", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """A page with Mermaid in it, which lets charts do what they like: none may want to."""
    script = package_file("mermaid", "dist", "mermaid.min.js")
    window = Window(browser, tmp_path_factory.mktemp("mermaid"))
    opened = window.open(
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>x</title><main></main></html>"
    )
    opened.page.add_script_tag(path=script)
    yield opened
    assert window.close() == []


def charts_of(mermaid: Opened, *charts: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = mermaid.page.evaluate(DRAW, charts)
    return found


def written(chart: str, sign: str) -> list[str]:
    """What stands before the sign on the chart's lines that have it."""
    return [line.partition(sign)[0].strip() for line in chart.split("\n") if sign in line]


STORIES = {
    "ordinary": told([impact(-5), detected(), acknowledged(3), mitigated(20), resolved(40)]),
    "open": told(odd()["open"]),
    "reopened twice": told(reopening()),
    "one entry": told([detected()]),
    "without key moments": told([note(0), note(30)]),
    "one instant": told(odd()["one instant"]),
    "impact over": told(
        [impact(-5), detected(), resolved(9), ev.ImpactEnded(occurred_at=at(8), service="search")]
    ),
}


@pytest.mark.parametrize("name", STORIES)
def test_milestones_phases_and_impacts_are_drawn(mermaid: Opened, name: str) -> None:
    chart = as_mermaid(STORIES[name])
    [found] = charts_of(mermaid, chart)
    tasks = [*map(str.strip, found["tasks"])]
    milestones = written(chart, " :milestone")
    assert found["type"] == "gantt"
    assert found["title"] == f"Timeline of {STORIES[name].incident.title or TITLELESS} (UTC)"
    assert found["milestones"] == len(milestones)
    assert sorted(tasks) == sorted(written(chart, " :"))
    sections = [line.strip()[8:] for line in chart.split("\n") if line.startswith("    section ")]
    shown = [one for one in sections if one != "Key moments" or milestones]
    assert found["sections"] == shown, "or Mermaid puts names beside bars of other sections"


def test_hostile_text_is_a_label_and_nothing_else(mermaid: Opened) -> None:
    plain, *found = charts_of(
        mermaid, *(as_mermaid(hostile_told(text)) for text in ("plain", *HOSTILE))
    )
    for one, text in zip(found, HOSTILE, strict=True):
        for same in ("type", "sections", "milestones"):
            assert one[same] == plain[same], text
        assert len(one["tasks"]) == len(plain["tasks"]), text
    assert mermaid.settle() == []
    assert mermaid.active() == ["script"], "Mermaid itself"
