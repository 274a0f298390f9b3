"""What a postmortem document says of itself, so that it is told the same way the next time."""

from __future__ import annotations

import re
from typing import NamedTuple, cast, get_args
from urllib.parse import quote, unquote
from uuid import UUID
from zoneinfo import ZoneInfo

from ..domain.errors import InvalidInput
from ..projections.actors import Actors
from .postmortem_blocks import SETTINGS
from .postmortem_markers import Marker, marker, markers_in

SCHEMA = "retold.postmortem/1"

_WORD = re.compile(r"([a-z]+)=(\S+)")
_AS_FILES = "surrogateescape"
"""How Python has the bytes of a file's name that are no UTF-8."""
_NEEDED = {"schema", "incident", "template", "actors"}


class Settings(NamedTuple):
    """Of which incident a document is, from which template, with whom and which local times."""

    incident_id: UUID
    template: str
    """A built-in one's name, or the name of a file without its folder."""
    actors: Actors
    zone: ZoneInfo | None = None

    @property
    def line(self) -> str:
        """The marker that says so, without an ending."""
        said = [f"schema={SCHEMA}", f"incident={self.incident_id}"]
        said += [f"template={_quoted(self.template)}", f"actors={self.actors}"]
        said += [f"tz={_quoted(str(self.zone))}"] if self.zone else []
        return marker(SETTINGS, *said)


class Found(NamedTuple):
    """Settings as they stand in a document."""

    settings: Settings
    line: int
    """Of their marker, from 1."""
    said: str
    start: int
    """Where `said` begins, in characters of the text."""


def settings_in(text: str) -> Found | None:
    """Return what a document says of itself, or None where it says nothing.

    Raises `InvalidInput` with the line where that cannot be understood, or is said twice.
    """
    found = [one for one in markers_in(text) if one.word == SETTINGS]
    if len(found) > 1:
        problem = f"the document's settings stand in line {found[0].line} already"
        raise InvalidInput(problem, f"line {found[1].line}")
    return _found(found[0]) if found else None


def with_settings(text: str, settings: Settings) -> str:
    """Return the document with other settings in its marker; all else stays as it is."""
    found = settings_in(text)
    if found is None:
        raise InvalidInput("the document says nothing of itself")
    if found.settings == settings:
        return text
    said = settings.line.partition(f"{SETTINGS} ")[2].removesuffix(" -->")
    return f"{text[: found.start]}{said}{text[found.start + len(found.said) :]}"


def _found(one: Marker) -> Found:
    where = f"line {one.line}"
    words = [_WORD.fullmatch(word) for word in one.said.split()]
    said = {word[1]: unquote(word[2], errors=_AS_FILES) for word in words if word}
    if said.get("schema", SCHEMA) != SCHEMA:
        raise InvalidInput(f"{said['schema']} is not {SCHEMA}, which this Retold reads", where)
    problem = f"the document's settings are damaged: {marker(SETTINGS, one.said)}"
    if not all(words) or len(said) != len(words) or said.keys() - {"tz"} != _NEEDED:
        raise InvalidInput(problem, where)
    if said["actors"] not in get_args(Actors):
        raise InvalidInput(problem, where)
    try:
        settings = Settings(
            UUID(said["incident"]),
            said["template"],
            cast("Actors", said["actors"]),
            ZoneInfo(said["tz"]) if "tz" in said else None,
        )
    except (ValueError, OSError, LookupError) as error:
        raise InvalidInput(f"{problem}: {error}", where) from None
    return Found(settings, one.line, one.said, one.said_at)


def _quoted(text: str) -> str:
    """Return text that ends neither a word nor a comment."""
    return quote(text, safe="/", errors=_AS_FILES).replace("--", "-%2D")
