"""What a mapping file says of a table: which column tells what, in which zone and form."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self, get_args
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from ....domain.events import StoryEvent
from ....domain.values import Frozen, Line, System
from ..changes import Meaning
from .values import Column, Columns, Value, Words, as_several

KINDS: dict[str, type[StoryEvent]] = {
    event_class.model_fields["kind"].default.removeprefix("incident-"): event_class
    for event_class in get_args(StoryEvent)
}
"""The events that a row may tell of, by their kinds without `incident-`."""

ISO, UNIX, UNIX_MS = "iso", "unix", "unix-ms"


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise ValueError(f"no time zone {name!r}; write one such as Europe/Berlin") from None
    return name


def _encoding(name: str) -> str:
    plain = b'a,"b"\n;\t|'
    try:
        codec = codecs.lookup(name)
        is_like_ascii = plain.decode(name, "replace") == plain.decode("ascii")
    except LookupError:
        raise ValueError(f"no encoding {name!r}; write one such as utf-8 or cp1252") from None
    if not is_like_ascii:
        raise ValueError(f"{name} cannot be read line by line: save the table as UTF-8")
    return "utf-8-sig" if codec.name == "utf-8" else name


def _time_format(pattern: str) -> str:
    if "%Z" in pattern:
        raise ValueError("%Z cannot be read truly: write the letters as they stand, and a zone")
    if pattern not in (ISO, UNIX, UNIX_MS) and "%" not in pattern:
        raise ValueError(f'write "{ISO}", "{UNIX}", "{UNIX_MS}" or a pattern such as "%d/%m/%Y"')
    return pattern


_TimeFormats = Annotated[
    tuple[Annotated[str, AfterValidator(_time_format)], ...],
    BeforeValidator(as_several),
    Field(min_length=1),
]


class EventMapping(Frozen):
    """How one kind of event is read from a row: `at` is its time, all else its other fields."""

    at: Annotated[Columns, Field(min_length=1)]
    told_at: Columns = ()
    when: Value | None = None
    fields: Annotated[dict[str, Value], Field(default_factory=dict)]

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, written: Any) -> Any:
        if not isinstance(written, dict):
            raise ValueError("is no table: write [events.KIND]")  # noqa: TRY004 - pydantic's own
        own = {key: written[key] for key in ("at", "told_at", "when") if key in written}
        return {**own, "fields": {key: one for key, one in written.items() if key not in own}}


class _Table(Frozen):
    """What both kinds of tables have in common."""

    source: System
    id: Column
    title: Value | None = None
    services: Value | None = None
    severity: Value | None = None
    told_at: Columns = ()
    updated_at: Columns = ()
    roles: Annotated[dict[Line, Column], Field(default_factory=dict)]
    when: Value | None = None
    missing: Words = ()
    zone: Annotated[str, AfterValidator(_zone)] | None = None
    time_format: _TimeFormats = (ISO,)
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    encoding: Annotated[str, AfterValidator(_encoding)] = "utf-8-sig"

    @property
    def columns(self) -> dict[str, str]:
        """The columns that it names, each with the first key that names it."""
        named: dict[str, str] = {}
        for key, column in _named(self):
            named.setdefault(column, key)
        return named


class IncidentTable(_Table):
    """A table of which each row is one incident as it stands."""

    rows: Literal["incidents"]
    events: dict[str, Annotated[tuple[EventMapping, ...], BeforeValidator(
        lambda value: tuple(value) if isinstance(value, list) else (value,)
    )]]  # fmt: skip
    notes: Columns = ()


class ChangeTable(_Table):
    """A table of which each row says how an incident stood after a change."""

    rows: Literal["changes"]
    at: Annotated[Columns, Field(min_length=1)]
    by: Value | None = None
    state: Columns = ()
    states: Annotated[dict[str, Meaning | Literal["unchanged"]], Field(default_factory=dict)]
    order: Column | None = None
    key: Columns = ()
    keep: Columns = ()

    @model_validator(mode="after")
    def _states_mean_something(self) -> Self:
        if bool(self.state) != bool(self.states):
            raise ValueError("state names columns, and [states] says what stands in them: both")
        return self

    def meaning(self, state: str) -> Meaning | Literal["unchanged"] | None:
        """Return what a state means: as it is written, by its first part, or as `*` says."""
        first, _, _ = state.partition("/")
        return self.states.get(state) or self.states.get(first) or self.states.get("*")


Table = IncidentTable | ChangeTable

_ARE_COLUMNS = frozenset(
    {"id", "at", "told_at", "updated_at", "state", "order", "key", "keep", "notes", "columns"}
)


def _named(part: Frozen, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield each column that a mapping names, after the key that names it."""
    for name, value in part:
        key = path if name in ("columns", "fields") else f"{path}.{name}".strip(".")
        match value:
            case str() if name in _ARE_COLUMNS:
                yield key, value
            case tuple() if name in _ARE_COLUMNS:
                yield from ((key, column) for column in value)
            case Value():
                yield from _named(value, key)
            case dict() if name != "states":
                yield from _named_in(value, key)


def _named_in(table: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        key = f"{path}.{name}"
        match value:
            case str():
                yield key, value
            case Value():
                yield from _named(value, key)
            case tuple():
                for one in value:
                    yield from _named(one, key)
