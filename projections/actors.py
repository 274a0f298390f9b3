"""A story told with its people by name, by role, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal

from ..domain.history import PRESENT, Cut, effective_history
from ..domain.personal import Path, Personal, personal_values, put_at, subject_of
from ..domain.records import ERASED, SEALED, Recorded
from .machines import is_source_itself
from .spans import role_spans
from .story import Story, story_of

Actors = Literal["names", "roles", "hidden"]

SOMEBODY = "somebody"
"""Who stands in a sentence that cannot do without anybody, where people are hidden."""


def story_with(actors: Actors, recorded: Sequence[Recorded], cut: Cut = PRESENT) -> Story | None:
    """Tell a story as `story_of` does, with the people in fields that name one as asked.

    `roles` puts in each one's place the first role they held, else `responder 1`, `responder 2`
    by first mention. Free text is told as it is: it is not searched for names.
    """
    story = story_of(recorded, cut)
    if story is None or actors == "names":
        return story
    renamed = _pseudonyms(recorded, cut) if actors == "roles" else lambda _: SOMEBODY
    masked = story_of([_masked(one, renamed, actors) for one in recorded], cut)
    if masked is None or actors == "roles":
        return masked
    # Who differs from whom takes people that can be told apart, so it is taken from before.
    rows = {entry.row.event_id: entry.row for entry in masked.entries}
    return masked._replace(
        assessments=tuple(rows[one.event_id]._replace(assessor=None) for one in story.assessments),
        severities=tuple(one._replace(assessor=None) for one in story.severities),
        roles=tuple(one._replace(holder=None) for one in story.roles),
    )


def _masked(recorded: Recorded, renamed: Callable[[str], str], actors: Actors) -> Recorded:
    document: Any = recorded.model_dump(mode="json") | {"recorded_by": None}
    for personal in list(personal_values(document)):
        if not _is_somebody(personal, recorded):
            continue
        name: str | None = renamed(str(personal.value))
        if actors == "hidden" and _needs_nobody(document["event"], personal.path):
            name = None
        put_at(document, personal.path, name)
    return Recorded.model_validate_json(json.dumps(document))


def _is_somebody(personal: Personal, recorded: Recorded) -> bool:
    is_named = personal.is_person and personal.value not in _UNREADABLE
    return is_named and not is_source_itself(str(personal.value), recorded.source)


def _needs_nobody(event: dict[str, Any], path: Path) -> bool:
    """Tell whether the event is as valid without anybody there, or once it is so corrected."""
    if path[1] == "changes":
        return path[-1] == "new" and event["changes"][path[2]]["field"] in _MAY_BE_NOBODY
    return path[1] in _MAY_BE_NOBODY


_UNREADABLE = (ERASED, SEALED)
_LONGEST_ROLE = 100
_MAY_BE_NOBODY = ("by", "owner")


def _pseudonyms(recorded: Sequence[Recorded], cut: Cut) -> Callable[[str], str]:
    history = effective_history(recorded, cut)
    names: dict[str, str] = {}
    taken: set[str] = set()

    def give(person: str, label: str, *, numbered: bool) -> None:
        if subject_of(person) not in names:
            names[subject_of(person)] = _free(label, taken, numbered=numbered)

    for span in role_spans(history.entries):
        if span.holder not in _UNREADABLE:
            give(str(span.holder), span.role[:_LONGEST_ROLE], numbered=False)
    told = [entry.recorded for entry in history.entries]
    for person in _people([*told, *recorded]):
        give(person, "responder", numbered=True)
    return lambda person: names[subject_of(person)]


def _free(label: str, taken: set[str], *, numbered: bool) -> str:
    """Return the label, with the next number where it is taken already or has none without."""
    number, name = 1, f"{label} 1" if numbered else label
    while name in taken:
        number += 1
        name = f"{label} {number}"
    taken.add(name)
    return name


def _people(recorded: Iterable[Recorded]) -> Iterator[str]:
    for one in recorded:
        document: Any = one.model_dump(mode="json", exclude={"recorded_by"})
        for personal in personal_values(document):
            if _is_somebody(personal, one):
                yield str(personal.value)
