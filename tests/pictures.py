"""What the tests of a timeline's picture share: stories from given events, and reading an SVG."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID
from xml.etree import ElementTree as ET

from retold import Cut, Recorded
from retold.adapters.picture_marks import TIMES
from retold.adapters.timeline_picture import as_svg
from retold.domain import events as ev
from retold.domain.values import Source
from retold.projections.story import Story, story_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
INCIDENT = UUID(int=77)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def note(minutes: float, text: str = "looked", kind: ev.NoteType = "observation") -> ev.NoteAdded:
    return ev.NoteAdded(occurred_at=at(minutes), text=text, note=kind)


def detected(minutes: float = 0, title: str = "Search is down") -> ev.Detected:
    return ev.Detected(occurred_at=at(minutes), title=title)


def acknowledged(minutes: float) -> ev.Acknowledged:
    return ev.Acknowledged(occurred_at=at(minutes))


def mitigated(minutes: float) -> ev.Mitigated:
    return ev.Mitigated(occurred_at=at(minutes))


def resolved(minutes: float) -> ev.Resolved:
    return ev.Resolved(occurred_at=at(minutes))


def reopened(minutes: float) -> ev.Reopened:
    return ev.Reopened(occurred_at=at(minutes))


def impact(minutes: float) -> ev.ImpactStarted:
    return ev.ImpactStarted(occurred_at=at(minutes), service="search")


def retracted(version: int) -> ev.EventRetracted:
    return ev.EventRetracted(occurred_at=at(0), retracts=UUID(int=version), why="not ours")


def corrected(version: int, text: str) -> ev.EventCorrected:
    change = ev.Change(field="text", old="looked", new=text)
    return ev.EventCorrected(
        occurred_at=at(0), corrects=UUID(int=version), changes=(change,), why="said wrongly"
    )


def told(
    events: Sequence[ev.AnyEvent],
    cut: Cut = Cut(),  # noqa: B008 - frozen
    source: Source | None = None,
) -> Story:
    """Return the story of these events, all of one source; the first has version and id 1."""
    recorded = [
        Recorded(event_id=UUID(int=version), incident_id=INCIDENT, version=version,
                 position=version, recorded_at=NOON, source=source, event=event)
        for version, event in enumerate(events, start=1)
    ]  # fmt: skip
    story = story_of(recorded, cut)
    assert story is not None
    return story


def picture(*events: ev.AnyEvent, cut: Cut = Cut()) -> ET.Element:  # noqa: B008 - frozen
    """Return the parsed picture of the story that these events make."""
    return ET.fromstring(as_svg(told(events, cut), cut))


def marked(root: ET.Element, name: str) -> list[ET.Element]:
    """Return the elements of a class."""
    return [one for one in root.iter() if name in one.get("class", "").split()]


def texts(root: ET.Element, name: str) -> list[str]:
    return [one.text or "" for one in marked(root, name) if one.tag.endswith("}text")]


def numbers(root: ET.Element) -> list[str]:
    """Return what stands in the marks: a row's number, or how many there are."""
    return [texts(mark, "number")[0] for mark in marked(root, "mark")]


def counted(root: ET.Element) -> int:
    """Return how many entries the marks stand for."""
    return sum(int(said[1:]) if said.startswith(TIMES) else 1 for said in numbers(root))


def spots(element: ET.Element) -> list[tuple[float, float]]:
    """Return the corners of everything drawn within an element."""
    corners, x, y = list[tuple[float, float]](), 0.0, 0.0
    for one in element.iter():
        if "x" in one.attrib:
            left, top = float(one.get("x", "")), float(one.get("y", "0"))
            right, bottom = (float(one.get(side, "0")) for side in ("width", "height"))
            corners += [(left, top), (left + right, top + bottom)]
        for verb, values in re.findall(r"([MHVL])([-\d. ]+)", one.get("d", "")):
            found = [float(value) for value in values.split()]
            x = found[0] if verb != "V" else x
            y = found[-1] if verb != "H" else y
            corners.append((x, y))
    return corners
