"""How the lanes of a timeline's picture and the marks in them are drawn."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from .picture_marks import Lane, Mark, Numbered
from .picture_signs import signs
from .svg import Svg, line, tag, text, trace, words
from .timeline_rows import kind_words
from .wording import duration, ended, moment, runs, visible

HEIGHT = 40
HALF = 9
"""Half of a mark's height."""

LONGEST, MOST_ROWS = 160, 12
"""Characters of a text, and stretches of row numbers, that a mark tells when pointed at."""


def lanes(marks: Mapping[Lane, Sequence[Mark]], right: float, top: float) -> Iterator[Svg]:
    """Yield the lanes from `top` on, each with its name at the left."""
    for index, (lane, inside) in enumerate(marks.items()):
        y = top + (index + 0.5) * HEIGHT
        if index:
            yield line((16, y - HEIGHT / 2), (right, y - HEIGHT / 2), "grid")
        yield text(16, y - 1, lane, "lane")
        count = sum(len(one.entries) for one in inside)
        yield text(16, y + 13, "1 entry" if count == 1 else f"{count} entries", "tick")
        for mark in inside:
            yield drawn(mark, y)


def drawn(mark: Mark, y: float) -> Svg:
    """Return a mark that tells its rows when pointed at."""
    first, last, looks = mark.entries[0], mark.entries[-1], looks_of(mark)
    several = first is not last
    shift, is_key = 1.5 if several else 0, "key" in looks
    x, half = mark.x - shift, mark.half - shift
    parts = [tag("title", words(_several(mark) if several else _entry(first)))]
    if several:
        parts.append(line((first.x, y), (last.x, y), "reach"))
        parts.append(outline(mark.x + shift, y - 2 * shift, half, is_key=is_key))
    parts.append(outline(x, y, half, is_key=is_key))
    if "retracted" in looks:
        parts.append(line((x - half - 1, y + 6), (x + half + 1, y - 6), "strike"))
    parts.append(text(x, y + 4, mark.said, "number", text_anchor="middle"))
    parts += signs(mark, x, y)
    return tag("g", *parts, class_=" ".join(looks))


def looks_of(mark: Mark) -> list[str]:
    """Return the classes of a mark: a key moment among its entries shows, the rest if all are."""
    looks = ["mark"]
    looks += ["cluster"] if len(mark.entries) > 1 else []
    looks += ["key"] if any(_is_key(one) for one in mark.entries) else []
    looks += ["corrected"] if all(one.entry.corrected for one in mark.entries) else []
    looks += ["retracted"] if all(one.entry.row.retracted for one in mark.entries) else []
    return looks


def outline(x: float, y: float, half: float, *, is_key: bool) -> Svg:
    """Return a mark's shape, a rounded box; of key moments one with pointed sides."""
    high, cut = HALF - 1, 4
    if is_key:
        spots = ((x - half, y), (x - half + cut, y - high), (x + half - cut, y - high),
                 (x + half, y), (x + half - cut, y + high), (x - half + cut, y + high))  # fmt: skip
        return tag("path", d=trace(spots, closed=True), class_="outline")
    size = {"x": x - half, "y": y - high, "width": 2 * half, "height": 2 * high}
    return tag("rect", rx=high, class_="outline", **size)


def _is_key(one: Numbered) -> bool:
    return one.entry.row.key_moment and not one.entry.row.retracted


def _entry(one: Numbered) -> str:
    row, late_us = one.entry.row, one.entry.late_us
    since = f" {one.since}" if one.since else ""
    who = [short(row.who)] if row.who else []
    known = [
        *(["corrected"] if one.entry.corrected else []),
        *(["retracted"] if row.retracted else []),
        *([] if late_us is None else [f"added {duration(late_us)} later"]),
    ]
    more = f" ({', '.join(known)})" if known else ""
    at = f"{one.number}. {moment(row.occurred_at)} UTC{since}"
    return " · ".join([at, kind_words(one.entry), *who, f"{short(row.text)}{more}"])


def _several(mark: Mark) -> str:
    rows = list(runs([one.number for one in mark.entries]))
    shown = ", ".join(rows[:MOST_ROWS]) + (", …" if len(rows) > MOST_ROWS else "")
    first, last = mark.entries[0].entry.row, mark.entries[-1].entry.row
    count = len(mark.entries)
    said = [f"{count} entries, {moment(first.occurred_at)} to {moment(last.occurred_at)} UTC"]
    return "; ".join([*said, f"rows {shown}", *known_of(mark.entries)])


def known_of(entries: Collection[Numbered]) -> Iterator[str]:
    """Yield how many of some entries were corrected, retracted and added late, if any were."""
    counts = {
        "corrected": sum(bool(one.entry.corrected) for one in entries),
        "retracted": sum(one.entry.row.retracted for one in entries),
        "added later": sum(one.entry.late_us is not None for one in entries),
    }
    for name, count in counts.items():
        if count:
            yield f"{count} {name}"


def short(recorded: str) -> str:
    """Return the beginning of a recorded text, on one line."""
    return ended(visible(recorded[: 4 * LONGEST]), LONGEST)
