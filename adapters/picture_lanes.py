"""How the lanes of a timeline's picture and the marks in them are drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .picture_marks import Lane, Mark, Numbered, rows_said
from .svg import Svg, line, tag, text, trace, words
from .wording import moment, offset, visible

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
    row = one.entry.row
    since = "" if one.entry.offset_us is None else f" {offset(one.entry.offset_us)}"
    who = f"{short(row.who)}: " if row.who else ""
    marks = [name for name, has in (("corrected", one.entry.corrected),
                                    ("retracted", row.retracted)) if has]  # fmt: skip
    more = f" ({', '.join(marks)})" if marks else ""
    return f"{one.number}. {moment(row.occurred_at)} UTC{since} {who}{short(row.text)}{more}"


def _several(mark: Mark) -> str:
    rows = list(rows_said(mark))
    shown = ", ".join(rows[:MOST_ROWS]) + (", …" if len(rows) > MOST_ROWS else "")
    first, last = mark.entries[0].entry.row, mark.entries[-1].entry.row
    count = len(mark.entries)
    said = [f"{count} entries, {moment(first.occurred_at)} to {moment(last.occurred_at)} UTC"]
    corrected = sum(bool(one.entry.corrected) for one in mark.entries)
    retracted = sum(one.entry.row.retracted for one in mark.entries)
    said += [f"rows {shown}"]
    said += [f"{corrected} corrected"] if corrected else []
    said += [f"{retracted} retracted"] if retracted else []
    return "; ".join(said)


def short(recorded: str) -> str:
    """Return the beginning of a recorded text, on one line."""
    plain = visible(recorded[: 4 * LONGEST])
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST]}…"
