"""The timeline of a document: a row for each entry, for each cluster of them, and for each gap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from uuid import UUID

from ..projections.clusters import Cluster, clusters
from ..projections.story import Gap, Story, StoryEntry
from .timeline_parts import Phrase, Row, Section, Table, fixed, joined, said, time_heads, times
from .timeline_remarks import remarks
from .timeline_sections import offset_words
from .wording import duration, moment


def timeline(story: Story, zone: tzinfo | None) -> Section:
    """Return every entry in the order in which it happened; bursts are rows that open."""
    within = {event_id: one for one in clusters(story) for event_id in one.event_ids}
    rows = tuple(_rows(story, within, zone))
    heads = tuple(map(fixed, ("T+", "phase", "kind", "who", "text", "link")))
    table = Table((fixed("#"), *time_heads(zone), *heads), rows)
    return Section("timeline", fixed("Timeline"), (table,))


def key_timeline(story: Story, zone: tzinfo | None) -> Section:
    """Return the entries that are key moments, without what lies between them."""
    return timeline(story.only_key, zone)._replace(name="key-timeline")


def cluster_words(cluster: Cluster) -> str:
    """Say how many entries a cluster holds, and from when to when."""
    started, ended = moment(cluster.started_at), moment(cluster.ended_at)
    until = f" to {ended[-8:]}" if ended != started else ""
    return f"{len(cluster.event_ids)} entries, {started}{until}"


def kind_words(entry: StoryEntry) -> str:
    """Say what kind of entry it is: of a note its sort, of a milestone its name."""
    return entry.note or entry.row.kind.removeprefix("incident-").replace("-", " ")


def _rows(story: Story, within: Mapping[UUID, Cluster], zone: tzinfo | None) -> Iterator[Row]:
    entries = {one.row.event_id: one for one in story.entries}
    for one in story.told:
        if isinstance(one, Gap):
            yield _gap(one, zone)
            continue
        cluster = within.get(one.row.event_id)
        if cluster is None:
            yield _entry(story, one, zone)
        elif cluster.event_ids[0] == one.row.event_id:
            inside = [entries[event_id] for event_id in cluster.event_ids]
            yield _cluster(story, cluster, inside, zone)


def _entry(story: Story, one: StoryEntry, zone: tzinfo | None) -> Row:
    row = one.row
    return Row(
        (
            fixed(str(one.number)),
            *times(row.occurred_at, zone),
            offset_words(story, one.offset_us),
            fixed(row.phase),
            fixed(kind_words(one), "strong" if row.key_moment and not row.retracted else "plain"),
            said(row.who),
            _text(one),
            joined(*(said(link, "link") for link in one.links), by=" , "),
        ),
        one,
    )


def _cluster(story: Story, cluster: Cluster, inside: list[StoryEntry], zone: tzinfo | None) -> Row:
    first, last = inside[0], inside[-1]
    kinds, people = {kind_words(one) for one in inside}, {one.row.who for one in inside}
    told = (
        fixed(f"{first.number} to {last.number}"),
        *times(cluster.started_at, zone),
        offset_words(story, first.offset_us),
        fixed(first.row.phase),
        fixed(kinds.pop() if len(kinds) == 1 else "notes"),
        said(people.pop() if len(people) == 1 else ""),
        fixed(cluster_words(cluster), "cluster"),
        (),
    )
    return Row(told, cluster, tuple(_entry(story, one, zone) for one in inside))


def _gap(gap: Gap, zone: tzinfo | None) -> Row:
    before: tuple[Phrase, ...] = ((),) * (7 if zone else 6)
    return Row((*before, fixed(f"{duration(gap.gap_us)} without entries", "gap"), ()), gap)


def _text(entry: StoryEntry) -> Phrase:
    text = said(entry.row.text, "struck" if entry.retraction else "plain")
    return joined(text, *(said(remark, "remark") for remark in remarks(entry)), by=" ")
