"""Timelines that others published: our documents tell the same times, zones and durations."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from markdown_it import MarkdownIt
from retold import Recorded
from retold.adapters.timeline_blocks import Telling
from retold.adapters.timeline_forms import as_json
from retold.adapters.timeline_markdown import as_markdown
from retold.projections.story import Story, story_of

PUBLISHED = Path(__file__).parents[2] / "shared" / "data" / "postmortems" / "timelines.json"
KINDS: dict[str, tuple[str, str | None]] = {
    "note": ("note-added", "text"),
    "detected": ("incident-detected", "title"),
    "acknowledged": ("incident-acknowledged", None),
    "declared": ("incident-declared", "why"),
    "mitigated": ("incident-mitigated", "how"),
    "resolved": ("incident-resolved", "summary"),
    "impact_start": ("impact-started", None),
    "impact_end": ("impact-ended", None),
}
MOMENTS = {
    "impact_start": "Impact started", "detected": "Detected", "acknowledged": "Acknowledged",
    "declared": "Declared", "mitigated": "Mitigated", "resolved": "Resolved",
}  # fmt: skip
MEASURES = {
    "impact_start_to_detected": "ttd", "detected_to_acknowledged": "tta",
    "detected_to_declared": "ttdeclare", "detected_to_mitigated": "ttm_detected",
    "detected_to_resolved": "ttr_detected", "impact_start_to_mitigated": "ttm",
}  # fmt: skip


def published() -> list[dict[str, Any]]:
    if not PUBLISHED.exists():
        pytest.skip("the published timelines in ../shared/data are not part of the project")
    timelines: list[dict[str, Any]] = json.loads(PUBLISHED.read_text())
    return timelines


def told(timeline: dict[str, Any]) -> Story:
    story = story_of(
        [_recorded(number, one) for number, one in enumerate(timeline["timeline"], start=1)]
    )
    assert story is not None
    return story


def _recorded(number: int, one: dict[str, str]) -> Recorded:
    kind, field = KINDS[one["kind"]]
    event = {"kind": kind, "occurred_at": one["at"]} | ({field: one["what"]} if field else {})
    if kind.startswith("impact"):
        event["service"] = "the service"
    document = {
        "event_id": str(UUID(int=number)), "incident_id": str(UUID(int=99)), "version": number,
        "position": number, "recorded_at": one["at"], "event": event,
    }  # fmt: skip
    return Recorded.model_validate_json(json.dumps(document))


def tables(markdown: str) -> list[list[list[str]]]:
    """The cells of every table, as a CommonMark parser reads them."""
    found: list[list[list[str]]] = []
    is_within = False
    for token in MarkdownIt("gfm-like", {"linkify": False}).parse(markdown):
        if token.type in ("table_open", "table_close"):
            is_within = token.type == "table_open"
            found += [[]] if is_within else []
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type == "inline" and is_within:
            found[-1][-1].append("".join(one.content for one in token.children or []))
    return found


def table(markdown: str, head: str) -> list[dict[str, str]]:
    [(heads, *rows)] = [one for one in tables(markdown) if one[0][0] == head]
    return [dict(zip(heads, row, strict=True)) for row in rows]


def test_key_moments_are_at_the_published_times_and_others_not_recorded() -> None:
    for timeline in published():
        moments = table(as_markdown(Telling(told(timeline))), "moment")
        found = {one["moment"]: one["UTC"] for one in moments}
        for key, label in MOMENTS.items():
            said = timeline["key_times"].get(key)
            wanted = f"{datetime.fromisoformat(said):%Y-%m-%d %H:%M:%S}" if said else "not recorded"
            assert found[label] == wanted, (timeline["id"], key)


def test_every_entry_is_told_in_the_published_order_at_the_published_local_time() -> None:
    for timeline in published():
        zone = ZoneInfo(timeline["timezone"])
        rows = table(as_markdown(Telling(told(timeline), zone=zone)), "#")
        rows = [row for row in rows if row["#"]]
        for row, said in zip(rows, timeline["timeline"], strict=True):
            local = re.sub(" [A-Z].*$", "", said["local"])
            assert row[str(zone)] == f"{local}:00", timeline["id"]
            utc = datetime.fromisoformat(said["at"])
            assert row["UTC"] == f"{utc:%Y-%m-%d %H:%M:%S}", timeline["id"]


def test_durations_are_the_minutes_between_published_times_and_none_is_made_up() -> None:
    for timeline in published():
        document: Any = as_json(told(timeline))
        durations = {one["measure"]: one for one in document["durations"]}
        for key, measure in MEASURES.items():
            minutes = timeline["derived_minutes"][key]
            found = durations[measure]["duration_us"]
            assert found == (None if minutes is None else minutes * 60_000_000), (
                timeline["id"],
                key,
            )


def test_the_impact_lasts_as_long_as_was_published() -> None:
    seen = 0
    for timeline in published():
        minutes = timeline["published"].get("outage_minutes")
        if minutes is None:
            continue
        [impact] = table(as_markdown(Telling(told(timeline))), "service")
        began, ended = (datetime.fromisoformat(impact[key]) for key in ("from UTC", "to UTC"))
        assert (ended - began).total_seconds() == minutes * 60, timeline["id"]
        seen += 1
    assert seen == 3
