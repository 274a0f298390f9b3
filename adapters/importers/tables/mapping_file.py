"""Mappings as people write them down: TOML, refused with the line and the key that are wrong."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ....domain.errors import InvalidInput
from ....domain.events import StoryEvent
from .mapping import KINDS, ChangeTable, EventMapping, IncidentTable, Table
from .values import Value

_FORMS: dict[object, type[IncidentTable | ChangeTable]] = {
    "incidents": IncidentTable,
    "changes": ChangeTable,
}
_OWN_FIELDS = {"kind", "occurred_at", "users"}
"""What no mapping fills in: `at` is the time, and a range of users is no single value."""

LISTS = frozenset({"services", "links"})
"""The fields of events that are lists."""


def read_mapping(file: str | Path) -> Table:
    """Read a mapping from a TOML file; raises `InvalidInput` with file, line, key and reason."""
    try:
        text = Path(file).read_text("utf-8")
    except (OSError, UnicodeError) as error:
        raise InvalidInput(f"cannot be read: {error}", str(file)) from None
    return mapping_from(text, str(file))


def mapping_from(text: str, where: str = "mapping") -> Table:
    """Read a mapping; `where` names the file. Raises `InvalidInput` as `read_mapping` does."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(str(error), where) from None

    def wrong(problem: str, *path: str) -> InvalidInput:
        return InvalidInput(problem, f"{where}:{_line_of(text, path)} {'.'.join(path)}".strip())

    form = _FORMS.get(content.get("rows")) if isinstance(content.get("rows"), str) else None
    if form is None:
        raise wrong('write rows = "incidents" or rows = "changes": what is one row?', "rows")
    if form is IncidentTable:
        content = _with_short_kinds(content)
    try:
        table = form.model_validate(content)
    except ValidationError as error:
        raise wrong(*_first_problem(error)) from None
    if isinstance(table, IncidentTable):
        for kind, field, problem in _event_problems(table):
            raise wrong(problem, "events", kind, *filter(None, [field]))
    return table


def _with_short_kinds(content: dict[str, Any]) -> dict[str, Any]:
    events = content.get("events")
    if not isinstance(events, dict):
        return content
    return content | {"events": {k.removeprefix("incident-"): one for k, one in events.items()}}


def _first_problem(error: ValidationError) -> tuple[str, ...]:
    found = error.errors(include_url=False, include_input=False, include_context=False)
    # A key that is misspelt is missing, too: what is there to be seen comes first.
    first = min(found, key=lambda one: one["type"] == "missing")
    problem = {"extra_forbidden": "no such key", "missing": "is missing"}.get(
        first["type"], first["msg"].removeprefix("Value error, ")
    )
    # `fields` is ours, and a place in a list is no key of the file.
    path = [part for part in first["loc"] if isinstance(part, str) and part != "fields"]
    return problem, *path


def _event_problems(table: IncidentTable) -> list[tuple[str, str, str]]:
    if "detected" not in table.events:
        return [("detected", "", "is missing: which column says when it was noticed?")]
    found = []
    for kind, mappings in table.events.items():
        event_class = KINDS.get(kind)
        if event_class is None:
            found.append((kind, "", f"no such event; there are {', '.join(KINDS)}"))
            continue
        for mapping in mappings:
            found += [(kind, *one) for one in _field_problems(event_class, mapping)]
    return found


def _field_problems(event_class: type[StoryEvent], mapping: EventMapping) -> list[tuple[str, str]]:
    fields = {
        name: field for name, field in event_class.model_fields.items() if name not in _OWN_FIELDS
    }
    found = [
        (name, f"no such field; there are at, told_at, when, {', '.join(fields)}")
        for name in mapping.fields
        if name not in fields
    ]
    given = set(mapping.fields) | ({"title"} if event_class is KINDS["detected"] else set())
    found += [
        (name, "is missing: name a column, or { always = … }")
        for name, field in fields.items()
        if field.is_required() and name not in given
    ]
    for name, value in mapping.fields.items():
        if name in fields:
            problem = _value_problem(fields[name].rebuild_annotation(), name, value)
            found += [(name, problem)] if problem else []
    return found


def _value_problem(annotation: Any, name: str, value: Value) -> str | None:
    if annotation is bool:
        return None if value.is_condition else 'write true, or { column = "…", is = ["…"] }'
    if value.is_condition:
        return "is no matter of true or false: name a column, or { always = … }"
    if value.always is not None and name != "into":
        constant: Any = (value.always,) if name in LISTS else value.always
        try:
            TypeAdapter(annotation).validate_python(constant)
        except ValidationError as error:
            return str(error.errors()[0]["msg"])
    return None


_HEADER = re.compile(r"\s*\[\[?\s*([^\]]+?)\s*\]")
_KEY = re.compile(r"""\s*("[^"]*"|'[^']*'|[\w.-]+)\s*=""")


def _line_of(text: str, path: tuple[str, ...]) -> int:
    """Return the line of the deepest key of a path that is written out."""
    found, depth = 1, 0
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        here = table
        if header := _HEADER.match(line):
            here = table = _parts(header[1])
        elif key := _KEY.match(line):
            here = (*table, *_parts(key[1]))
        if len(here) > depth and path[: len(here)] == here:
            found, depth = number, len(here)
    return found


def _parts(key: str) -> tuple[str, ...]:
    """Return the parts of a key; `incident-` before a kind may be left out."""
    parts = (key[1:-1],) if key[:1] in ("'", '"') else tuple(key.split("."))
    return tuple(part.strip().removeprefix("incident-") for part in parts)
