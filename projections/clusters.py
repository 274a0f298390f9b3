"""Bursts of entries of one kind, which a document may show as one row that opens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from typing import NamedTuple
from uuid import UUID

from .story import Story, StoryEntry

FEWEST = 4
"""Entries that make a cluster."""

WITHIN = timedelta(minutes=2)
"""From the first entry of a cluster to its last, at most."""


class Cluster(NamedTuple):
    """At least four entries of one kind, one after the other within two minutes."""

    kind: str
    started_at: datetime
    ended_at: datetime
    event_ids: tuple[UUID, ...]


def clusters(story: Story) -> tuple[Cluster, ...]:
    """Return the clusters of a story, in order, none overlapping another.

    Key moments and entries that were retracted or corrected stand alone: nobody may miss them.
    """
    moments = {one.event_id for one in story.moments}
    return tuple(_clusters(story.entries, moments))


def _clusters(entries: Sequence[StoryEntry], moments: set[UUID | None]) -> Iterator[Cluster]:
    index = 0
    while index < len(entries):
        run = _run(entries, index, moments)
        if len(run) >= FEWEST:
            ids = tuple(one.row.event_id for one in run)
            first, last = run[0].row, run[-1].row
            yield Cluster(first.kind, first.occurred_at, last.occurred_at, ids)
            index += len(run)
        else:
            index += 1


def _run(entries: Sequence[StoryEntry], start: int, moments: set[UUID | None]) -> list[StoryEntry]:
    first = entries[start].row

    def belongs(entry: StoryEntry) -> bool:
        row = entry.row
        stands_alone = row.event_id in moments or row.retracted or row.corrections
        is_near = row.occurred_at - first.occurred_at <= WITHIN
        return row.kind == first.kind and is_near and not stands_alone

    rest = (entries[index] for index in range(start, len(entries)))
    return list(takewhile(belongs, rest))
