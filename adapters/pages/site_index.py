"""The index of a site: the board of open incidents, and the list of all."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, assert_never
from uuid import UUID

from markupsafe import Markup

from ... import __version__
from ...domain.values import iso
from ...projections.board import BoardRow
from ...projections.built_in import BY_NAME
from ...projections.durations import DurationRow
from ...projections.report import Summary
from ..timeline_closing import PEOPLE
from ..timeline_durations import in_words
from ..timeline_header import NO_CUT, cut_words, reopened_words
from ..wording import between, duration, moment, titled, visible
from .page import of_ours, page
from .site_rows import Asked, Found, Listed, page_of, told_measures

MOST_ON_BOARD = 60
"""So many open incidents are on the board; all of them are in the list."""

NOT_RECORDED = "not recorded"


class Took(NamedTuple):
    """A duration in words, and as a number to sort by, if there is any."""

    words: str
    duration_us: int | None
    is_told: bool
    """Whether the words tell how long, and not why nobody can say."""


def index_page(asked: Asked, found: Found, medians: Sequence[Summary]) -> str:
    """Return the index; `medians` are the summaries of the two measures that the list tells."""
    measures = told_measures(found.rows)
    latest_first = sorted(found.rows, key=lambda row: row.incident.by_detection(), reverse=True)
    on_site = found.identities
    sheet = of_ours("site.css")
    values = {
        "site_sheet": Markup(sheet),  # noqa: S704 - of our own files
        "facts": list(facts(asked, found)),
        "numbers": dict(_numbers(found, medians)),
        "remarks": list(remarks(found)),
        "cards": [_card(row, found, asked) for row in found.board[:MOST_ON_BOARD]],
        "more": max(0, len(found.board) - MOST_ON_BOARD),
        "zone": asked.zone,
        "provenance": list(_provenance(asked, found)),
        "measures": [in_words(BY_NAME[name].definition) for name in measures],
        "rows": [_row(row, measures, on_site, asked) for row in latest_first],
    }
    return page(asked.title, "index.html", values, styles=(sheet,), script=of_ours("site.js"))


def facts(asked: Asked, found: Found) -> Iterator[str]:
    """Yield what a site is of: how many incidents, of which period, as of when, under which cut."""
    count = len(found.rows)
    yield f"{count:,} incident{'' if count == 1 else 's'}"
    detected = [row.incident.detected_at for row in found.rows if row.incident.detected_at]
    if asked.since or asked.until:
        since = f" from {day(asked.since)}" if asked.since else ""
        until = f" to before {day(asked.until)}" if asked.until else ""
        yield f"those detected{since}{until}"
    elif detected:
        yield f"detected {iso(min(detected))[:10]} to {iso(max(detected))[:10]}"
    yield f"as of {moment(found.moment)} UTC"
    if cut := cut_words(asked.cut):
        yield cut


def day(at: datetime) -> str:
    """Return a moment in UTC as short as it can be told."""
    return f"{at.astimezone(UTC):%Y-%m-%d}" if iso(at)[11:19] == "00:00:00" else f"{moment(at)} UTC"


def remarks(found: Found) -> Iterator[str]:
    """Yield what is not shown, and why."""
    if found.hidden:
        yield f"{_incidents(found.hidden, 'restricted')} not shown and in no figure."
    if found.undetected:
        yield (
            f"{_incidents(found.undetected)} in no period, as no detection is recorded,"
            " and not shown."
        )
    if found.open_elsewhere:
        yield (
            f"{_incidents(found.open_elsewhere, 'more open')} not shown, detected before or after"
            " the period."
        )


def _incidents(count: int, kind: str = "") -> str:
    kinds = f"{kind} " if kind else ""
    return f"{count:,} {kinds}incident{' is' if count == 1 else 's are'}"


def _provenance(asked: Asked, found: Found) -> Iterator[str]:
    yield f"Store: {asked.store}, its log read up to position {found.position}."
    yield cut_words(asked.cut) or NO_CUT
    yield f"People: {PEOPLE[asked.actors]}."
    yield f"Told by Retold {__version__}."
    if asked.checkpoint is not None:
        origin, size, root = asked.checkpoint
        over = f"the root over the first {size} events of {origin}"
        yield f"Checkpoint: {root} is {over}; not verified here."


def _numbers(found: Found, medians: Sequence[Summary]) -> Iterator[tuple[str, str]]:
    yield "open now", f"{len(found.board):,}"
    for one in medians:
        if one.statistics.median_us is not None:
            title = BY_NAME[one.measure].title
            yield f"median {title} (n={one.n:,})", duration(one.statistics.median_us)


def _card(row: BoardRow, found: Found, asked: Asked) -> dict[str, object]:
    said = row.last_word
    return {
        "page": page_of(row.incident_id),
        "title": titled(row.title),
        "phase": row.phase,
        "phase_for": _since(row.phase_since, found.moment),
        "age": duration(row.age_us),
        "began": _moments(row.began_at, asked),
        "severity": row.severity or NOT_RECORDED,
        "spread": ", ".join(row.spread) if len(row.spread) > 1 else "",
        "services": row.services,
        "leader": row.leader or NOT_RECORDED,
        "said": said and said.text,
        "said_by": (said and said.who) or "",
        "said_for": said and _since(said.at, found.moment),
    }


def _since(at: datetime | None, now: datetime) -> str:
    return "" if at is None else between(at, max(at, now))


def _moments(at: datetime, asked: Asked) -> str:
    local = f" ({moment(at, asked.zone)[:16]} {asked.zone})" if asked.zone else ""
    return f"{moment(at)[:16]} UTC{local}"


def _row(
    row: Listed, measures: tuple[str, str], on_site: Container[UUID], asked: Asked
) -> dict[str, object]:
    incident, into = row.incident, row.incident.merged_into
    at = incident.detected_at
    return {
        "id": incident.incident_id,
        "page": page_of(incident.incident_id),
        "title": titled(incident.title),
        "at": iso(at) if at else "",
        "utc": moment(at)[:16] if at else NOT_RECORDED,
        "local": moment(at, asked.zone)[:16] if at and asked.zone else "",
        "state": incident.state,
        "is_open": incident.is_open,
        "why": incident.dismissed,
        "into": page_of(into) if into and into in on_site else None,
        "restricted_to": incident.restricted_to,
        "severity": incident.severity,
        "disagree": row.disagree,
        "services": incident.services,
        "services_json": json.dumps([visible(one) for one in incident.services]),
        "took": [_took(row.took[name]) for name in measures],
        "reopened": reopened_words(incident.reopens),
        "source": incident.source,
        "source_ref": incident.source_ref,
    }


def _took(row: DurationRow) -> Took:
    took_us = row.duration_us
    match row.state:
        case "observed":
            return Took(duration(took_us or 0), took_us, is_told=True)
        case "censored":
            return Took("open", None, is_told=False)
        case "missing":
            return Took(NOT_RECORDED, None, is_told=False)
        case "excluded":
            return Took("not counted", None, is_told=False)
        case "anomalous":
            return Took(
                "odd: same time" if took_us == 0 else "odd: ends first", None, is_told=False
            )
        case other:
            assert_never(other)
