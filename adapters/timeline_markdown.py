"""The timeline document in Markdown, in which recorded text can do nothing but be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import tzinfo

from ..domain.history import PRESENT, Cut
from ..domain.values import iso
from ..projections.built_in import BUILT_IN
from ..projections.durations import DurationRow
from ..projections.story import Gap, Story, StoryEntry
from .timeline_forms import remarks
from .wording import duration, markdown, moment, offset

Cells = Iterable[str]


def as_markdown(story: Story, cut: Cut = PRESENT, zone: tzinfo | None = None) -> str:
    """Return the document as Markdown in which recorded text can do nothing but be read.

    `zone` adds a column of local times beside UTC.
    """
    parts = [
        *_header(story, cut),
        "## Key moments",
        _table(("moment", *_time_heads(zone), "T+", "event"), _moments(story, zone)),
        "## Durations",
        _table(("measure", "took", "state", "from event", "to event"), _durations(story)),
        *_odd(story),
        "## Timeline",
        _table((*_time_heads(zone), "T+", "phase", "kind", "who", "text"), _rows(story, zone)),
    ]
    return "\n\n".join(parts) + "\n"


def _header(story: Story, cut: Cut) -> Iterator[str]:
    incident = story.incident
    yield f"# {markdown(incident.title or 'Incident without a title')}"
    facts = [f"**{incident.state}**", f"severity {markdown(incident.severity or 'not recorded')}"]
    facts += [f"services {markdown(', '.join(incident.services))}"] if incident.services else []
    if incident.source:
        facts.append(f"source {markdown(f'{incident.source}:{incident.source_ref}')}")
    yield " · ".join(facts)
    yield f"Incident `{incident.incident_id}`, version {incident.version}. {_t_zero(story)}"
    cuts = [f"{name.replace('_', ' ')} {iso(at)}" for name, at in cut if at is not None]
    if cuts:
        yield f"Cut: {'; '.join(cuts)}."


def _t_zero(story: Story) -> str:
    at = story.incident.t_zero_at
    if at is None:
        return "Times are UTC. There is no T0: neither impact nor detection is recorded."
    what = (
        "first impact" if story.t_zero_is == "impact" else "detection; no impact start is recorded"
    )
    return f"Times are UTC. T0 is {moment(at)}, the {what}."


def _time_heads(zone: tzinfo | None) -> tuple[str, ...]:
    return ("UTC", markdown(str(zone))) if zone else ("UTC",)


def _moments(story: Story, zone: tzinfo | None) -> Iterator[Cells]:
    for one in story.moments:
        if one.at is None:
            yield one.label, "not recorded", *([""] if zone else []), "", ""
        else:
            local = [moment(one.at, zone)] if zone else []
            yield one.label, moment(one.at), *local, _offset(one.offset_us), f"`{one.event_id}`"


def _durations(story: Story) -> Iterator[Cells]:
    titles = {measure.name: measure.title for measure in BUILT_IN}
    for row in story.views.durations:
        yield (
            f"{titles[row.measure]} ({markdown(row.measure)})",
            _took(row),
            markdown(f"{row.state}: {row.reason}" if row.reason else row.state),
            f"`{row.start_event_id}`" if row.start_event_id else "",
            f"`{row.end_event_id}`" if row.end_event_id else "",
        )


def _took(row: DurationRow) -> str:
    return "-" if row.duration_us is None else duration(row.duration_us)


def _odd(story: Story) -> Iterator[str]:
    anomalies = story.document.status.anomalies
    if anomalies:
        yield "## Odd in the record"
        yield "\n".join(f"- {markdown(one.what)} (event `{one.event_id}`)" for one in anomalies)


def _rows(story: Story, zone: tzinfo | None) -> Iterator[Cells]:
    for one in story.told:
        if isinstance(one, Gap):
            padding = [""] * (5 if zone else 4)
            yield "", *padding, f"*{duration(one.gap_us)} without entries*"
            continue
        row = one.row
        yield (
            moment(row.occurred_at),
            *([moment(row.occurred_at, zone)] if zone else []),
            _offset(one.offset_us),
            row.phase,
            f"**{row.kind}**" if row.key_moment else row.kind,
            markdown(row.who or ""),
            _text(one),
        )


def _text(entry: StoryEntry) -> str:
    text = markdown(entry.row.text)
    if entry.row.link and entry.row.link not in entry.row.text:
        text += f" (link: {markdown(entry.row.link)})"
    if entry.retraction:
        text = f"~~{text}~~"
    return "".join([text, *(f" *({remark})*" for remark in remarks(entry, markdown))])


def _offset(micros: int | None) -> str:
    return "" if micros is None else offset(micros)


def _table(head: Cells, rows: Iterable[Cells]) -> str:
    heads = list(head)
    lines = [heads, ["---"] * len(heads), *map(list, rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
