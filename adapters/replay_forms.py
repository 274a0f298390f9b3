"""A replay written in every form, piece by piece, so that none of it need be kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import tzinfo
from typing import Literal, assert_never

from ..domain.history import PRESENT, Cut
from ..projections.replaying import Step
from .flat_forms import csv_text, json_text, tsv_text
from .replay_lines import as_markdown, as_text
from .replay_rows import KEYS, replay_row
from .replaying import Until
from .wording import json_row, with_local_times

ReplayForm = Literal["text", "json", "nl", "csv", "tsv", "md"]


def in_form(
    told: Iterable[Step],
    form: ReplayForm,
    *,
    zone: tzinfo | None = None,
    cut: Cut = PRESENT,
    until: Until = None,
    raw: bool = False,
) -> Iterator[str]:
    """Yield a replay's text, a piece for every step and perhaps one before and after them all.

    `cut` and `until` head the form `json`, which is `retold.replay/1`. `raw` is CSV for programs.
    The text depends on these arguments alone: on no clock, terminal, locale or time zone set.
    """
    rows = (replay_row(step, zone) for step in told)
    match form:
        case "text":
            yield from (as_text(step, zone) for step in told)
        case "md":
            yield "# Replay\n\n"
            yield from (as_markdown(step, zone) for step in told)
        case "json":
            yield from _document(rows, cut, until)
        case "nl":
            yield from (f"{json_text(row)}\n" for row in rows)
        case "csv":
            yield csv_text([], _heads(zone))
            yield from (csv_text([row], (), raw=raw) for row in rows)
        case "tsv":
            yield tsv_text([], _heads(zone))
            yield from (tsv_text([row], ()) for row in rows)
        case other:
            assert_never(other)


def _document(rows: Iterable[dict[str, object]], cut: Cut, until: Until) -> Iterator[str]:
    head = json_text(json_row({"schema": "retold.replay/1", "cut": dict(cut), "until": until}))
    yield f'{head[:-1]}, "rows": ['
    separator = "\n"
    for row in rows:
        yield f"{separator}{json_text(row)}"
        separator = ",\n"
    yield "\n]}\n"


def _heads(zone: tzinfo | None) -> list[str]:
    return [*with_local_times(dict.fromkeys(KEYS), zone)]
