"""The board as a terminal shows it: as many incidents as it holds, each cut to its columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ...projections.board import BoardRow, board, board_row
from ...projections.story import Story
from ...projections.timeline import Phase
from ..wording import between, duration, moment, titled, visible
from .watching import Found, Size

WIDE = 120
"""From so many columns on, an incident takes one line; on a narrower terminal two."""

CLOSED_SHOWN = 5

_STYLES: dict[Phase, str] = {
    "undetected": "bold red",
    "unacknowledged": "bold red",
    "unmitigated": "bold yellow",
    "mitigated": "green",
}


def screen(found: Found, now: datetime, size: Size, zone: tzinfo | None = None) -> Group:
    """Return the board at `now` for a terminal of that size.

    Open incidents come in the order of `projections.board`, and a last line counts those for
    which there is no room. Where lines are left, those closed last follow.
    """
    columns, lines = size
    rows = board(found.stories, now)
    header = list(_header(found, len(rows), columns, zone))
    shown, height = _fitting(len(rows), lines - len(header), columns)
    body: list[RenderableType] = [Text()] if rows else []
    if shown:
        body.append(_table(rows[:shown], now, columns))
    if shown < len(rows):
        body.append(Text(f"and {len(rows) - shown} more", style="bold"))
    closed = _closed(found.stories, now, lines - len(header) - height)
    return Group(*header, *body, *closed)


def _fitting(rows: int, lines: int, columns: int) -> tuple[int, int]:
    """Return how many incidents the lines hold, and how many lines those take.

    That is with a blank line, the headings, and the line that counts the others.
    """
    each = 1 if columns >= WIDE else 2
    whole = 1 + each * (rows + 1) if rows else 0
    if whole <= lines:
        return rows, whole
    return max(0, (lines - 2) // each - 1), lines


def _header(found: Found, is_open: int, columns: int, zone: tzinfo | None) -> Iterator[Text]:
    parts = [f"{is_open or 'No'} open incident{'' if is_open == 1 else 's'}"]
    parts.append(f"{moment(found.read_at)} UTC")
    if zone is not None:
        parts.append(f"{moment(found.read_at, zone)} {zone}")
    if found.hidden:
        parts.append(f"{found.hidden} restricted not shown")
    for line in _packed(parts, columns):
        yield Text(line, style="bold")
    if found.trouble is not None:
        told = f"STALE: nothing newer could be read: {found.trouble}"
        yield _cell(told, "bold reverse")


def _packed(parts: Iterable[str], columns: int) -> list[str]:
    """Return the parts side by side, on as few lines as hold them."""
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]} · {part}" if lines else part
        if lines and cell_len(longer) <= columns:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines


def _table(rows: Sequence[BoardRow], now: datetime, columns: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", expand=True)
    table.add_column("age" if columns >= WIDE else "age\n", justify="right")
    if columns >= WIDE:
        table.add_column("phase")
        table.add_column("severity", max_width=20)
        table.add_column("who leads", max_width=20)
        table.add_column("incident", ratio=4)
        table.add_column("last word", ratio=5)
    else:
        table.add_column("phase\nseverity", max_width=max(16, columns // 4))
        table.add_column("incident\nwho leads · last word", ratio=1)
    for column in table.columns:
        column.no_wrap, column.overflow = True, "ellipsis"
    for row in rows:
        table.add_row(*_cells(row, now, columns))
    return table


def _cells(row: BoardRow, now: datetime, columns: int) -> list[Text]:
    age = _cell(duration(row.age_us), "bold")
    phase = _cell(row.phase, _STYLES.get(row.phase, ""))
    severity, last_word = _cell(_severity(row)), _cell(_last_word(row, now, columns))
    title = _cell(_title(row), "bold")
    if columns >= WIDE:
        return [age, phase, severity, _cell(row.leader or "nobody recorded"), title, last_word]
    leader = _cell(f"led by {row.leader}" if row.leader else "no lead recorded")
    told = Text(" · ").join([leader, last_word]) if last_word else leader
    return [age, _two_lines(phase, severity), _two_lines(title, told)]


def _two_lines(first: Text, second: Text) -> Text:
    return Text("\n").join([first, second])


def _severity(row: BoardRow) -> str:
    """Return the severity in force, and those that others hold."""
    others = [one for one in row.spread if one != row.severity]
    in_force = row.severity or "not assessed"
    return f"{in_force} (or {', '.join(others)})" if others else in_force


def _title(row: BoardRow) -> str:
    return " · ".join(filter(None, [titled(row.title), ", ".join(row.services)]))


def _last_word(row: BoardRow, now: datetime, columns: int) -> str:
    if row.last_word is None:
        return ""
    text, at, who = row.last_word
    said = f"{_ago(at, now)}, {who}" if who else _ago(at, now)
    # A note may be a whole log file; more than a line of it is never seen.
    return f"{said}: {visible(text)[:columns]}"


def _ago(at: datetime, now: datetime) -> str:
    return f"{between(at, max(at, now)).split()[0]} ago"


def _closed(stories: Iterable[Story], now: datetime, lines: int) -> Iterator[RenderableType]:
    closed = [board_row(story, now) for story in stories if not story.incident.is_open]
    closed.sort(key=_closed_at, reverse=True)
    room = min(CLOSED_SHOWN, lines - 2)
    if closed and room > 0:
        yield from (Text(), Text("closed last", style="dim"))
        for row in closed[:room]:
            yield _cell(f"{row.phase} {_ago(_closed_at(row), now)} · {_title(row)}", "dim")


def _closed_at(row: BoardRow) -> datetime:
    return row.phase_since or row.began_at


def _cell(value: str, style: str = "") -> Text:
    """Return a value on one line, cut where it ends; Text takes no markup."""
    return Text(visible(value), style=style, no_wrap=True, overflow="ellipsis")
