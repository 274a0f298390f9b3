"""The rows of a document's tables as a page shows them: how each looks, and its anchor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple, assert_never

from ...projections.clusters import Cluster
from ...projections.story import Gap, Story, StoryEntry
from ..timeline_parts import Phrase, Row

Kind = Literal["fact", "entry", "gap", "cluster"]


class Line(NamedTuple):
    """A row of a table, with what it is and how it looks; an entry is an anchor."""

    kind: Kind
    cells: tuple[Phrase, ...]
    looks: str = ""
    anchor: str = ""
    folded: tuple[Line, ...] = ()


def anchors(story: Story) -> Mapping[str, int]:
    """Return the number of each entry's row, by its event id: what there is to link to."""
    return {str(entry.row.event_id): entry.number for entry in story.entries}


def lines(rows: Iterable[Row]) -> Iterator[Line]:
    """Yield what a page shows of rows."""
    for row in rows:
        match row.shows:
            case StoryEntry() as entry:
                looks = " ".join(_looks(entry))
                yield Line("entry", row.cells, looks, f"e-{entry.row.event_id}")
            case Cluster():
                folded = tuple(lines(row.folded))
                yield Line("cluster", row.cells, folded[0].looks, folded=folded)
            case Gap():
                yield Line("gap", row.cells)
            case None:
                yield Line("fact", row.cells)
            case other:
                assert_never(other)


def _looks(entry: StoryEntry) -> Iterator[str]:
    yield entry.row.phase
    if entry.row.key_moment:
        yield "key"
    if entry.retraction:
        yield "retracted"
    elif entry.corrected:
        yield "corrected"
    if entry.tombstones:
        yield "erased"
