"""A mapping drafted from a table, for people to read over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, tzinfo
from pathlib import Path

from ....domain.errors import InvalidInput
from ..formats import Options
from .drafts import draft_of, quoted, quoted_list
from .format import format_of
from .looked import Looked
from .mapping_file import mapping_from
from .sample import Sample, sample_of
from .times import FEW

_NO_ZONE = '# zone = "Europe/Berlin" # some times say none: write theirs, or give --tz'


def suggested(files: Sequence[str], zone: tzinfo | None) -> str:
    """Return a mapping drafted from the first of some tables.

    Raises `InvalidInput` for what is no table, and for one in which no time is found.
    """
    [file, *_] = files
    sample = sample_of(file)
    table = Looked(sample.rows)
    if not table.times:
        columns = ", ".join(repr(name) for name in table.columns)
        raise InvalidInput(f"no column of times was found among {columns}", file)
    draft = list(draft_of(table))
    system = _slug(file)
    body = "\n".join(
        [
            f"source = {quoted(system)} # the incidents are then known as {system}:ID",
            *([f"encoding = {quoted(sample.encoding)}"] if sample.encoding else []),
            *_times(table, draft, zone),
            "",
            *draft,
            *_unused(table, draft),
            "",
        ]
    )
    return "\n".join([*_heading(file, sample, body, zone), body])


def _slug(file: str) -> str:
    name = Path(file).name.partition(".")[0].lower()
    slug = re.sub(r"[^a-z0-9]+", "-", name).strip("-").lstrip("0123456789-")[:40].rstrip("-")
    return f"{slug}-table" if slug in {"", "csv", "auto"} else slug


def _times(table: Looked, draft: Sequence[str], zone: tzinfo | None) -> Iterator[str]:
    """Yield how times are written in the columns that the draft uses, and what is missing."""
    used = [name for name in table.times if _is_in(name, draft)]
    times = [table.times[name] for name in used]
    if not all(one.has_zone for one in times):
        if zone:
            yield f"zone = {quoted(str(zone))} # the times say none"
        else:
            yield _NO_ZONE
    formats = dict.fromkeys(form for one in times for form in one.formats)
    yield f"time_format = {quoted(*formats)}"
    yield from _day_and_month(table, used)
    if any(form.endswith(("%Y", "%y", "%d")) for form in formats):
        yield "# Some times are dates alone: they are read as midnight."
    missing = table.missing(used)
    if missing:
        yield f"missing = {quoted_list(missing)}"
    for name in used:
        unread = table.times[name].unread
        if unread:
            few = ", ".join(quoted(one) for one in unread[:FEW])
            more = f" and {len(unread) - FEW:,} more" if len(unread) > FEW else ""
            yield f"# No times as time_format says, in {quoted(name)}: {few}{more}"


def _day_and_month(table: Looked, used: Sequence[str]) -> Iterator[str]:
    """Yield what is not certain of their order."""
    both = [name for name, one in table.dated.items() if one.is_turnable]
    telling = [name for name in both if not table.dated[name].is_ambiguous]
    unsure = [name for name in used if name in both and name not in telling]
    if unsure and not telling:
        yield "# Day and month may be the other way round: no value tells, none is above 12."
    elif unsure:
        yield f"# Day and month are in the order that {quoted(telling[0])} tells."
    if len({table.dated[name].is_month_first for name in both}) > 1:
        yield "# Careful: the month stands first in some columns, the day in others."


def _is_in(column: str, draft: Sequence[str]) -> bool:
    return any(quoted(column) in line for line in draft)


def _unused(table: Looked, draft: Sequence[str]) -> Iterator[str]:
    left = [name for name, one in table.columns.items() if one.filled and not _is_in(name, draft)]
    if left:
        yield ""
        yield f"# Columns that are not used: {', '.join(quoted(name) for name in left)}"


def _heading(file: str, sample: Sample, body: str, zone: tzinfo | None) -> Iterator[str]:
    """Yield what the draft is, and how many rows can be read so."""
    form = format_of(mapping_from(body))
    problems = {one.place: str(one.problem) for one in sample.damaged}
    for record in sample.records:
        try:
            form.read(record, Options(zone or UTC))
        except InvalidInput as error:
            problems[record.place] = str(error)
    name = "standard input" if file == "-" else Path(file).name
    count = len(sample.records) + len(sample.damaged)
    unless = ", once the zone is written" if _NO_ZONE in body else ""
    yield f"# Drafted from {quoted(name)} by its columns' names and values: read it over."
    yield f"# {count - len(problems):,} of its {count:,} rows can be read so{unless}."
    if problems:
        first = min(problems, key=lambda place: place.line or 0)
        yield f"# The first that cannot: {' '.join(f'{first}: {problems[first]}'.split())}"
    yield ""
