"""The columns of an unknown table as lines of a mapping."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from .guesses import (
    ACTOR,
    EVENTS,
    NOTES,
    ORDER,
    ROLES,
    SERVICES,
    SEVERITY,
    TITLE,
    UPDATED,
    is_by,
    is_expected,
    like,
    meaning_of,
    named,
)
from .looked import STATES, Looked

MANY = 12
"""So many columns are kept in the notes of a drafted mapping."""

_MENDED = ": after mending this file, import with --exported-at"

LONG = 30
"""Texts of so many characters are notes."""


def draft_of(table: Looked) -> Iterator[str]:
    """Yield the lines that say which column tells what."""
    yield from _changes(table) if table.is_changes else _incidents(table)


def _changes(table: Looked) -> Iterator[str]:
    yield 'rows = "changes" # ids repeat: one row is one change of an incident'
    yield "# id, order and key tell rows apart: another one, once imported, needs another source."
    yield f"id = {quoted(table.id)}"
    yield f"at = {quoted(table.changed_at)}"
    common = dict(_common(table))
    used = {*common.values(), *table.states}
    free = [name for name in table.others if name not in used]
    roles = {
        "by": next(iter(named(free, ACTOR)), None),
        "order": next((one for one in named(free, ORDER) if _is_whole(table, one)), None),
    }
    for key, column in {**common, **roles}.items():
        if column is not None:
            yield f"{key} = {quoted(column)}"
    kept = [name for name in free if name not in roles.values()][:MANY]
    if kept:
        yield f"keep = {quoted_list(kept)} # what the note of each row keeps"
    if table.states:
        yield f"state = {quoted(*table.states)}"
        yield from _states(table)


def _incidents(table: Looked) -> Iterator[str]:
    yield 'rows = "incidents" # ids do not repeat: one row is one incident'
    yield f"id = {quoted(table.id)}"
    common = dict(_common(table))
    for key, column in common.items():
        yield f"{key} = {quoted(column)}"
    updated = named(table.times, UPDATED)[:1]
    for column in updated:
        yield f"updated_at = {quoted(column)} # tells which of two rows is newer{_MENDED}"
    free = [name for name in table.others if name not in common.values()]
    long = [name for name in free if table.columns[name].length >= LONG]
    notes = [name for name in free if name in long or like([name], NOTES)]
    if notes:
        yield f"notes = {quoted_list(notes)}"
    roles = {name.lower(): name for name in named(free, ROLES) if name not in notes}
    if roles:
        yield "\n[roles]"
        yield from (f"{quoted(role)} = {quoted(name)}" for role, name in roles.items())
    yield from _events(table, [name for name in table.times if name not in updated])


def _common(table: Looked) -> Iterator[tuple[str, str]]:
    found = {
        "title": table.first(TITLE, ("title", "summar", "subject", "descri")),
        "services": table.first(SERVICES, ("servic", "compon", "produc", "system")),
        "severity": table.first(SEVERITY, ("sever", "priori", "impact")),
    }
    for key, column in found.items():
        if column is not None and column not in list(found.values())[: list(found).index(key)]:
            yield key, column


def _states(table: Looked) -> Iterator[str]:
    missing = {word.casefold() for word in ("", *table.missing(list(table.times)))}
    counted = Counter[str]()
    for row in table.rows:
        parts = [row[name] for name in table.states if row[name].casefold() not in missing]
        counted["/".join(parts)] += bool(parts)
    yield ""
    yield "# What each state means: open, acknowledged, mitigated, resolved or dismissed;"
    yield '# "unchanged" if it says nothing of where the incident stands.'
    yield "[states]"
    for state, count in counted.most_common(STATES):
        if state:
            yield f"{quoted(state)} = {quoted(meaning_of(state))} # {count:,} rows"
    if len(counted) > STATES:
        yield '"*" = "open" # all others'


def _is_whole(table: Looked, column: str) -> bool:
    return all(re.fullmatch(r"[0-9]{1,18}", one) for one in table.columns[column].values)


def _events(table: Looked, columns: Sequence[str]) -> Iterator[str]:
    at: dict[str, str] = {}
    for kind, stems in EVENTS.items():
        found = like([name for name in columns if name not in at.values()], stems)
        if found and kind != "detected":
            at[kind] = found[0]
    free = [name for name in columns if name not in at.values()]
    likely = [*like(free, EVENTS["detected"]), *free, *at.values(), *table.times]
    yield "\n[events.detected]"
    yield f"at = {quoted(*_covering(table, list(dict.fromkeys(likely))))}"
    yield from _by(table, "detected")
    for kind in ("acknowledged", "declared", "mitigated", "resolved"):
        if kind in at:
            yield f"\n[events.{kind}]"
            yield f"at = {quoted(at[kind])}"
            yield from _by(table, kind)
    yield from _empty(table, at)


def _empty(table: Looked, found: Collection[str]) -> Iterator[str]:
    """Yield, as comments, the events of columns in which nothing stands by now."""
    empty = [name for name, seen in table.columns.items() if not seen.filled]
    for kind in ("acknowledged", "declared", "mitigated", "resolved"):
        columns = [name for name in like(empty, EVENTS[kind]) if not is_expected(name)]
        if columns and kind not in found and not is_by(columns[0], EVENTS[kind]):
            yield "\n# This column is empty by now; if it will have times, take the # away:"
            yield f"# [events.{kind}]"
            yield f"# at = {quoted(columns[0])}"


def _covering(table: Looked, columns: Sequence[str]) -> list[str]:
    """Return the first column, and of the others those that have a time where it has none."""
    chosen = [columns[0]]
    left = [row for row in table.rows if not table.says(row, columns[0])]
    for column in columns[1:]:
        still = [row for row in left if not table.says(row, column)]
        if len(still) < len(left):
            chosen.append(column)
            left = still
    return chosen


def _by(table: Looked, kind: str) -> Iterator[str]:
    for column in table.others:
        if is_by(column, EVENTS[kind]):
            yield f"by = {quoted(column)}"
            return


def quoted(*texts: str) -> str:
    """Return a text as TOML writes it, several as a list."""
    if len(texts) != 1:
        return f"[{', '.join(quoted(text) for text in texts)}]"
    return json.dumps(texts[0], ensure_ascii=False).replace("\x7f", "\\u007f")


def quoted_list(names: Sequence[str]) -> str:
    """Return texts as a list in TOML."""
    return f"[{', '.join(quoted(name) for name in names)}]"
