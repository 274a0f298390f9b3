"""Exporting and importing any history: the same stories, in any other kind of store."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from retold import Entry, Store, open_store
from retold.domain import events as ev
from retold.domain.values import Source, UsersAffected

from .imports.jsonl import (
    CHECKOUT,
    LINES,
    OWN,
    at,
    imported,
    rows_of,
    sample_rows,
    stories,
    without,
)
from .imports.told import written

QUICK = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

numbers = st.integers(0, 9)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20)
lines = st.one_of(st.just("checkout"), texts)
moments = st.one_of(
    st.integers(0, 3).map(at),
    st.datetimes(datetime(1970, 1, 2), datetime(9998, 12, 30), timezones=st.just(UTC)),
)
maybe = st.none() | lines
STORY: list[Callable[[datetime, str], ev.StoryEvent]] = [
    lambda at, text: ev.Detected(occurred_at=at, title=text, services=("checkout", text)),
    lambda at, text: ev.Acknowledged(occurred_at=at, by=text, automatic=True),
    lambda at, text: ev.Declared(occurred_at=at, severity=text),
    lambda at, text: ev.Mitigated(occurred_at=at, how=text),
    lambda at, text: ev.Resolved(occurred_at=at, summary=text, by=text),
    lambda at, text: ev.Reopened(occurred_at=at, why=text),
    lambda at, text: ev.Dismissed(occurred_at=at, reason="drill", why=text),
    lambda at, text: ev.Merged(occurred_at=at, into=UUID(int=len(text))),
    lambda at, text: ev.ImpactStarted(
        occurred_at=at, service=text, users=UsersAffected(at_least=0, basis="measured")
    ),
    lambda at, text: ev.NoteAdded(occurred_at=at, text=text, links=(text,), status=text),
]
sources = st.none() | st.builds(
    Source,
    system=st.just("statuspage"),
    ref=lines,
    part=maybe,
    revised_at=st.none() | moments,
    raw_sha256=st.none() | st.just("0" * 64),
)
steps = st.lists(
    st.tuples(st.integers(0, 14), numbers, numbers, moments, lines, st.none() | moments, maybe,
              sources),
    min_size=1, max_size=12,
)  # fmt: skip


def entries_of(steps: list[Any]) -> list[Entry]:
    """Events, and corrections and retractions of any of them, earlier or later ones or none."""
    ids = [uuid4() for _ in range(10)]
    entries: dict[UUID, Entry] = {}
    for kind, number, target, moment, text, told_at, recorded_by, source in steps:
        event: ev.AnyEvent
        if kind < 10:
            event = STORY[kind](moment, text)
        elif kind < 13:
            change = ev.Change(field="occurred_at", new=moment.isoformat())
            event = ev.EventCorrected(
                occurred_at=moment, corrects=ids[target], changes=(change,), why=text
            )
        else:
            event = ev.EventRetracted(occurred_at=moment, retracts=ids[target], why=text)
        entries.setdefault(
            ids[number],
            Entry(
                event_id=ids[number],
                told_at=told_at,
                recorded_by=recorded_by,
                source=source,
                event=event,
            ),
        )
    return list(entries.values())


def check_copied(origin: Store, copy: Store, steps: list[Any], folder: Path) -> None:
    entries = entries_of(steps)
    first, second = uuid4(), uuid4()
    origin.append(first, entries[::2])
    if entries[1::2]:
        origin.append(second, entries[1::2])
    rows = rows_of(origin, first, second)
    done = imported(copy, written(folder / "events.jsonl", *rows))
    assert (done.recorded, done.rejected) == (len(entries), 0), done.rejections
    assert without(rows_of(copy, first, second), *OWN) == without(rows, *OWN)
    both = [first, second][: len({row["incident_id"] for row in rows})]
    assert stories(copy, *both) == stories(origin, *both)
    assert imported(origin, folder / "events.jsonl").already_there == len(rows)


@given(steps)
@settings(QUICK, max_examples=60)
def test_any_history_is_copied_exactly(tmp_path: Path, steps: list[Any]) -> None:
    check_copied(open_store("memory:"), open_store("memory:"), steps, tmp_path)


@pytest.fixture
def stores(sqlite_url: str, postgres_url: str) -> Iterator[list[Store]]:
    """One store of each kind."""
    with ExitStack() as stack:
        urls = ("memory:", sqlite_url, postgres_url)
        yield [stack.enter_context(open_store(url)) for url in urls]


@given(steps)
@settings(QUICK, max_examples=8)
def test_any_history_is_copied_exactly_between_any_two_kinds_of_stores(
    stores: list[Store], tmp_path: Path, steps: list[Any]
) -> None:
    for origin, copy in permutations(stores, 2):
        check_copied(origin, copy, steps, tmp_path)


def test_the_order_of_lines_does_not_matter_where_no_two_events_compete(tmp_path: Path) -> None:
    there = open_store("memory:")
    imported(there, LINES)
    told = stories(there, there.find(CHECKOUT))
    for seed in range(20):
        rows = sample_rows()
        random.Random(seed).shuffle(rows)
        store = open_store("memory:")
        imported(store, written(tmp_path / "shuffled.jsonl", *rows))
        assert stories(store, store.find(CHECKOUT)) == told
