"""The timeline document as Markdown, for Git, issue trackers and wikis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo
from itertools import chain
from uuid import UUID

from ..domain.history import PRESENT, Cut
from ..projections.clusters import Cluster, clusters
from ..projections.story import Gap, Story, StoryEntry
from . import timeline_sections as section
from .markdown_tables import Cells, table, time_heads, times
from .provenance import Provenance
from .timeline_forms import remarks
from .wording import duration, markdown, moment


def as_markdown(
    story: Story,
    cut: Cut = PRESENT,
    zone: tzinfo | None = None,
    *,
    provenance: Provenance | None = None,
    only_key: bool = False,
) -> str:
    """Return the document as Markdown in which recorded text can do nothing but be read.

    `zone` adds a column of local times beside UTC. `only_key` leaves all but key moments out.
    """
    told = story.only_key if only_key else story
    body = _key(told, zone) if only_key else _body(told, zone)
    parts = chain(section.header(story, cut), body, section.footer(story, cut, provenance))
    return "\n\n".join(parts) + "\n"


def _key(story: Story, zone: tzinfo | None) -> Iterator[str]:
    yield from section.moments(story, zone)
    yield from _timeline(story, zone)


def _body(story: Story, zone: tzinfo | None) -> Iterator[str]:
    yield from section.severities(story, zone)
    yield from section.roles(story, zone)
    yield from section.impacts(story, zone)
    yield from section.moments(story, zone)
    yield from section.durations(story)
    yield from _timeline(story, zone)
    yield from section.questions(story)


def _timeline(story: Story, zone: tzinfo | None) -> Iterator[str]:
    heads = (*time_heads(zone), "T+", "phase", "kind", "who", "text", "link")
    folded = clusters(story)
    within = {event_id: cluster for cluster in folded for event_id in cluster.event_ids}
    yield "## Timeline"
    yield table(heads, chain.from_iterable(_rows(one, within, zone) for one in story.told))
    entries = {one.row.event_id: one for one in story.entries}
    if folded:
        yield "### Entries taken together"
    for cluster in folded:
        rows = [_row(entries[event_id], zone) for event_id in cluster.event_ids]
        # Fixed words alone stand in HTML, and where it is stripped the table is read all the same.
        yield f"<details><summary>{_cluster(cluster)}</summary>"
        yield table(heads, rows)
        yield "</details>"


def _rows(
    one: StoryEntry | Gap, within: Mapping[UUID, Cluster], zone: tzinfo | None
) -> Iterable[Cells]:
    if isinstance(one, Gap):
        return [_between(f"*{duration(one.gap_us)} without entries*", zone)]
    cluster = within.get(one.row.event_id)
    if cluster is None:
        return [_row(one, zone)]
    if cluster.event_ids[0] != one.row.event_id:
        return []
    *before, _ = _row(one, zone)[:-2]
    return [(*before, "", f"*{_cluster(cluster)}: see below*", "")]


def _cluster(cluster: Cluster) -> str:
    ended = moment(cluster.ended_at)[-8:]
    return (
        f"{len(cluster.event_ids)} entries {cluster.kind}, {moment(cluster.started_at)} to {ended}"
    )


def _between(text: str, zone: tzinfo | None) -> Cells:
    return ("", *([""] if zone else []), "", "", "", "", text, "")


def _row(one: StoryEntry, zone: tzinfo | None) -> Sequence[str]:
    row = one.row
    return (
        *times(row.occurred_at, zone),
        section.offset_words(one.offset_us),
        row.phase,
        f"**{row.kind}**" if row.key_moment else row.kind,
        markdown(row.who or ""),
        _text(one),
        markdown(" , ".join(one.links)),
    )


def _text(entry: StoryEntry) -> str:
    text = markdown(entry.row.text)
    if entry.retraction and text:
        text = f"~~{text}~~"
    return "".join([text, *(f" *({remark})*" for remark in remarks(entry, markdown))])
