"""What a document of one incident is made of, whatever form it is written in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from typing import Literal, NamedTuple
from uuid import UUID

from ..projections.clusters import Cluster
from ..projections.story import Gap, StoryEntry
from .wording import moment

Look = Literal["plain", "strong", "struck", "remark", "gap", "cluster", "event", "code", "link"]
"""How words look: `remark` stands in brackets; `gap` and `cluster` say that there are no entries,
or several; `event` is an event's id, `link` an address that somebody recorded."""


class Words(NamedTuple):
    """Some text of one look. All of it is escaped for where it lands, unless it is `ours`."""

    text: str
    look: Look = "plain"
    at: datetime | None = None
    """The moment that the text tells."""
    ours: bool = False
    """Whether every character of it is Retold's, so that no form need escape it."""


Phrase = tuple[Words, ...]


class Paragraph(NamedTuple):
    """Some sentences or facts."""

    phrase: Phrase


class Facts(NamedTuple):
    """Short facts side by side."""

    phrases: tuple[Phrase, ...]


class Items(NamedTuple):
    """A list without numbers."""

    phrases: tuple[Phrase, ...]


class Row(NamedTuple):
    """A row of a table, and what of the story it shows, if it shows any."""

    cells: tuple[Phrase, ...]
    shows: StoryEntry | Gap | Cluster | None = None
    folded: tuple[Row, ...] = ()
    """The rows of a cluster's entries, which the row stands for."""


class Table(NamedTuple):
    """A table with a heading over each column."""

    heads: tuple[Phrase, ...]
    rows: tuple[Row, ...]


def without_empty(heads: tuple[Phrase, ...], rows: tuple[Row, ...], *optional: str) -> Table:
    """Return a table without those of the `optional` columns in which no row says anything."""
    kept = [
        place
        for place, head in enumerate(heads)
        if any(row.cells[place] for row in rows) or head[0].text not in optional
    ]
    slim = [row._replace(cells=tuple(row.cells[place] for place in kept)) for row in rows]
    return Table(tuple(heads[place] for place in kept), tuple(slim))


Part = Paragraph | Facts | Items | Table


class Section(NamedTuple):
    """A part of a document: its name for programs, its title, unless it has none."""

    name: str
    title: Phrase | None
    parts: tuple[Part, ...]


def said(text: str | None, look: Look = "plain") -> Phrase:
    """Return text that somebody recorded, or nothing."""
    return (Words(text, look),) if text else ()


def fixed(text: str, look: Look = "plain") -> Phrase:
    """Return text of ours, every character of it."""
    return (Words(text, look, ours=True),) if text else ()


def time_heads(zone: tzinfo | None, what: str = "") -> tuple[Phrase, ...]:
    """Return the headings over the cells of `times`."""
    before = f"{what} " if what else ""
    return (fixed(f"{before}UTC"), *([said(f"{before}{zone}")] if zone else []))


def times(
    at: datetime | None, zone: tzinfo | None, absent: str = "not recorded"
) -> tuple[Phrase, ...]:
    """Return the cells of a time: in UTC, and in the zone if there is one."""
    if at is None:
        return (fixed(absent), *([()] if zone else []))
    return (_time(at, moment(at)), *([_time(at, moment(at, zone))] if zone else []))


def event_ids(*ids: UUID | None) -> Phrase:
    """Return event ids, those that are there."""
    return joined(*(fixed(str(one), "event") for one in ids if one is not None), by=", ")


def joined(*phrases: Phrase, by: str) -> Phrase:
    """Return phrases as one, with text of ours between those that are not empty."""
    return tuple(_joined(filter(None, phrases), by))


def _joined(phrases: Iterable[Phrase], by: str) -> Iterator[Words]:
    for number, phrase in enumerate(phrases):
        if number:
            yield Words(by, ours=True)
        yield from phrase


def _time(at: datetime, text: str) -> Phrase:
    return (Words(text, at=at, ours=True),)
