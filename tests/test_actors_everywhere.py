"""A name of its own in every field that names a person, looked for in every form of a document."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any, get_args
from uuid import UUID, uuid5

import pytest
from retold import Recorded
from retold.adapters.cli.output import How
from retold.adapters.cli.reading import FORMATS, write_timeline
from retold.adapters.pages.document import as_html
from retold.adapters.postmortem_sections import NAMES, contents
from retold.adapters.postmortem_settings import Settings
from retold.adapters.postmortem_templates import (
    BUILT_IN_TEMPLATES,
    Template,
    rendered,
    template_named,
)
from retold.adapters.provenance import Provenance
from retold.adapters.timeline_blocks import Telling
from retold.adapters.timeline_mermaid import as_mermaid
from retold.adapters.timeline_picture import as_svg
from retold.adapters.timeline_timesketch import as_timesketch
from retold.domain.events import EVENT_CLASSES, StoryEvent
from retold.projections.actors import Actors, story_with
from retold.projections.story import Story

from .pictures import NOON
from .test_timeline_hostile import CHOICES

INCIDENT = UUID(int=5)
SOMEBODY = re.compile(r"person\d+x")
KINDS = [one.model_fields["kind"].default for one in get_args(StoryEvent)]
PERSONS = {"by", "responder", "holder", "assessor", "owner"}
LAST = ("incident-merged", "incident-dismissed")
NAMED = [
    (kind, field)
    for kind in KINDS
    for field in EVENT_CLASSES[kind].model_fields
    if field in PERSONS
]


def history() -> list[Recorded]:
    """Every kind of event, each person in it corrected once; one note retracted."""
    people = (f"person{number}x" for number in count())
    kinds = [kind for kind in KINDS if kind not in LAST]
    events = [_recorded(n, _event(kind, people), people) for n, kind in enumerate(kinds)]
    number = len(events)
    for of, kind in enumerate(kinds):
        for field in EVENT_CLASSES[kind].model_fields:
            if field in PERSONS:
                change = {"field": field, "new": next(people)}
                change["old"] = json.loads(events[of].model_dump_json())["event"][field]
                corrects = {"kind": "event-corrected", "corrects": str(events[of].event_id)}
                said = {"changes": [change], "why": "said wrongly", "by": next(people)}
                events.append(_recorded(number, corrects | said, people))
                number += 1
    struck = events[kinds.index("note-added")].event_id
    retracts = {"kind": "event-retracted", "retracts": str(struck), "why": "not ours"}
    events.append(_recorded(number, retracts | {"by": next(people)}, people))
    return events


def _event(kind: str, people: Iterator[str]) -> dict[str, Any]:
    event: dict[str, Any] = {"kind": kind}
    for name in EVENT_CLASSES[kind].model_fields:
        if name in PERSONS:
            event[name] = next(people)
        elif name == "role":
            event[name] = "commander"
        elif name not in ("kind", "occurred_at"):
            event[name] = ["words"] if name in ("services", "links") else CHOICES.get(name, "words")
    return event


def _recorded(number: int, event: dict[str, Any], people: Iterator[str]) -> Recorded:
    document = {
        "event_id": str(uuid5(INCIDENT, str(number))),
        "incident_id": str(INCIDENT),
        "version": number + 1,
        "position": number + 1,
        "recorded_at": (NOON + timedelta(days=2)).isoformat(),
        "recorded_by": next(people),
        "event": {"occurred_at": (NOON + timedelta(minutes=number)).isoformat()} | event,
    }
    return Recorded.model_validate_json(json.dumps(document))


def told(actors: Actors) -> Story:
    story = story_with(actors, history())
    assert story is not None
    return story


def documents(actors: Actors, capsys: pytest.CaptureFixture[str]) -> Iterator[tuple[str, str]]:
    """Yield every form in which a story leaves the store, by its name."""
    story = told(actors)
    provenance = Provenance("SQLite", 99, actors, "1.0")
    telling = Telling(story, provenance=provenance)
    yield "html", as_html(telling)
    yield "svg", as_svg(story)
    yield "mermaid", as_mermaid(story)
    yield "timesketch", "\n".join(as_timesketch(story))
    forms: Any = ("md", "json", "csv", "tsv", "table")
    for form in forms:
        write_timeline(story, How(form), provenance)
        yield form, capsys.readouterr().out
    every_block = "\n\n".join(f'{{{{ block("{name}") }}}}' for name in NAMES)
    templates = [template_named(name) for name in BUILT_IN_TEMPLATES]
    for template in [*templates, Template("every block", every_block, "file")]:
        settings = Settings(INCIDENT, template.name, actors)
        yield template.name, rendered(template, settings, story, contents(telling))


def test_the_history_names_somebody_in_every_field_that_may() -> None:
    assert {field for _, field in NAMED} == PERSONS
    text = "".join(one.model_dump_json() for one in history())
    named = SOMEBODY.findall(text)
    assert len(set(named)) > 2 * len([kind for kind, _ in NAMED if kind not in LAST])


def test_every_form_of_a_timeline_is_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    assert set(FORMATS) <= {form for form, _ in documents("names", capsys)}


def test_with_names_every_form_but_gantt_and_those_for_customers_has_some(
    capsys: pytest.CaptureFixture[str],
) -> None:
    without = [form for form, text in documents("names", capsys) if not SOMEBODY.search(text)]
    assert without == ["mermaid", "customer"]


@pytest.mark.parametrize("actors", ["roles", "hidden"])
def test_without_names_no_form_has_one(actors: Actors, capsys: pytest.CaptureFixture[str]) -> None:
    for form, text in documents(actors, capsys):
        assert SOMEBODY.findall(text) == [], form


def test_who_is_hidden_is_not_told_apart_from_others(capsys: pytest.CaptureFixture[str]) -> None:
    for form, text in documents("hidden", capsys):
        assert "responder 1" not in text, form
