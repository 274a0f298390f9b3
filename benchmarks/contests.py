"""What is measured, each against the raw driver and the plain library on the same bytes."""

from __future__ import annotations

import gc
import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any
from uuid import UUID

from measuring import Contest, Row, interleaved
from pydantic import TypeAdapter
from retold import Entry, Incident, Recorded, Store
from workload import Line, incident, incidents, note

WRITERS = 16
Append = Callable[[Line], object]


def _lines(events: int) -> Callable[[], list[Line]]:
    return lambda: list(itertools.chain.from_iterable(incidents(events // 8)))


def _each(append: Append) -> Callable[[list[Line]], int]:
    def work(lines: list[Line]) -> int:
        for line in lines:
            append(line)
        return len(lines)

    return work


def _by_retold(store: Store) -> Append:
    return lambda line: store.append(line.incident_id, [line.entry])


def appends(where: str, store: Store, raw: Append, stock: Append, rounds: int) -> list[Row]:
    """One durable append an event, Retold's with its views; and a whole command."""
    ready = _lines(800)
    figures = interleaved(
        rounds,
        {
            "retold": Contest(ready, _each(_by_retold(store))),
            "raw": Contest(ready, _each(raw)),
            "stock": Contest(ready, _each(stock)),
        },
    )
    commands = interleaved(rounds, {"retold": Contest(lambda: _loaded(store), _commands(store))})
    command = {"retold": commands["retold"], "raw": figures["raw"]}
    return [
        Row(f"append one event, views included, {where}", "events/s", figures, "raw", 0.35),
        Row(f"command: load 8, decide, append, {where}", "commands/s", command, "raw", 0.3),
    ]


def _loaded(store: Store) -> list[UUID]:
    loaded = incidents(100)
    for lines in loaded:
        store.append(lines[0].incident_id, [line.entry for line in lines])
    return [lines[0].incident_id for lines in loaded]


def _commands(store: Store) -> Callable[[list[UUID]], int]:
    def work(ids: list[UUID]) -> int:
        for incident_id in ids * 4:
            store.record(incident_id, Incident.note, text="One more thing is known by now.")
        return len(ids) * 4

    return work


def long_incidents(where: str, store: Store, rounds: int) -> list[Row]:
    """Append to an incident of 1,000 events, and to one of 10."""
    costs: dict[int, list[float]] = {10: [], 1000: []}
    for _, size in itertools.product(range(rounds), costs):
        [first, *_] = lines = incident(1)
        filling = [note(number) for number in range(size - len(lines))]
        store.append(first.incident_id, [*(line.entry for line in lines), *filling])
        more = [note(size + number) for number in range(50)]
        started = time.perf_counter()
        for entry in more:
            store.append(first.incident_id, [entry])
        costs[size].append((time.perf_counter() - started) / len(more) * 1e3)
    figures = {"retold": median(costs[1000]), "10 events": median(costs[10])}
    what = f"append to 1,000 events, against 10, {where}"
    return [Row(what, "ms", figures, "10 events", 10, at_most=True)]


def writers(
    where: str, store: Store, raw: Callable[[], Append], stock: Append, rounds: int
) -> list[Row]:
    """Append from 16 threads, while a reader follows Retold's log and must miss nothing."""
    own = threading.local()

    def append_raw(line: Line) -> None:
        if not hasattr(own, "append"):
            own.append = raw()
        own.append(line)

    seen: list[int] = []
    stopped = threading.Event()
    after = store.backend.last_position()

    def follow() -> None:
        for recorded in store.follow(after, stop=stopped.is_set):
            seen.append(recorded.position)

    follower = threading.Thread(target=follow)
    follower.start()
    with ThreadPoolExecutor(WRITERS) as pool:
        figures = interleaved(
            rounds,
            {
                "retold": Contest(_lines(3200), _together(pool, _by_retold(store))),
                "raw": Contest(_lines(3200), _together(pool, append_raw)),
                "stock": Contest(_lines(1600), _together(pool, stock)),
            },
        )
    time.sleep(1.5)
    stopped.set()
    follower.join()
    missed = {one.position for one in store.events(after)} - set(seen)
    what = f"{WRITERS} writers, {where}; the reader missed {len(missed)} of {len(seen)}"
    return [Row(what, "events/s", figures, "stock", 3)]


def _together(pool: ThreadPoolExecutor, append: Append) -> Callable[[list[Line]], int]:
    def work(lines: list[Line]) -> int:
        shares = [lines[8 * n : 8 * n + 8] for n in range(len(lines) // 8)]
        return sum(pool.map(_each(append), shares))

    return work


def replays(where: str, store: Store, fetch: Callable[[], list[bytes]], rounds: int) -> list[Row]:
    """Replay to typed events, against reading the rows and decoding the same JSON, gc off."""
    adapter: TypeAdapter[list[Any]] = TypeAdapter(list[Entry])

    def limit(_: None) -> int:
        count = 0
        states = fetch()
        for page in range(0, len(states), 2_000):
            text = b"[" + b",".join(states[page : page + 2_000]) + b"]"
            count += len(adapter.validate_json(text))
        return count

    def replay(_: None) -> int:
        return sum(isinstance(one, Recorded) for one in store.events())

    def nothing() -> None:
        gc.collect()
        gc.disable()

    try:
        figures = interleaved(
            rounds, {"retold": Contest(nothing, replay), "raw": Contest(nothing, limit)}
        )
    finally:
        gc.enable()
    return [Row(f"replay to typed events, {where}", "events/s", figures, "raw", 0.5)]


def rebuilds(where: str, store: Store, stock: Callable[[], int], rounds: int) -> list[Row]:
    """Make all views again, against one projection of the plain library catching up."""
    events = sum(1 for _ in store.events())

    def rebuild(_: None) -> int:
        store.rebuild()
        return events

    figures = interleaved(rounds, {"retold": Contest(lambda: None, rebuild)})
    figures |= interleaved(1, {"stock": Contest(lambda: None, lambda _: stock())})
    return [Row(f"rebuild of all views, {where}", "events/s", figures, "stock", 20)]


def questions(where: str, store: Store, rounds: int) -> list[Row]:
    """Ask where one incident stands, and which are open."""
    ids = [row.incident_id for row in store.incidents()[:50]]

    def milliseconds(ask: Callable[[], object], times: int) -> float:
        costs = []
        for _ in range(rounds * times):
            started = time.perf_counter()
            ask()
            costs.append((time.perf_counter() - started) * 1e3)
        return median(costs)

    turns = itertools.cycle(ids)
    status = milliseconds(lambda: store.status(next(turns)), 40)
    open_list = milliseconds(lambda: store.incidents(only_open=True), 4)
    events = store.backend.last_position()
    return [
        Row(f"status of one incident, {events:,} events, {where}", "ms", {"retold": status}, "",
            2, at_most=True),
        Row(f"list of open ones, {events:,} events, {where}", "ms", {"retold": open_list}, "",
            20, at_most=True),
    ]  # fmt: skip
