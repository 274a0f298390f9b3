"""Fills databases before the clock runs."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from eventsourcing.application import Application
from eventsourcing.persistence import ApplicationRecorder, StoredEvent
from eventsourcing.utils import get_topic
from retold import Store
from stock_side import LoggedEvent
from workload import EVENTS, Story, stories

AT_ONCE = 100
"""Incidents a transaction: with several hundred the stock library stalls on PostgreSQL."""


def tell(store: Store, told: Iterable[Story]) -> None:
    """Append stories to a store as an importer does."""
    for some in _batches(iter(told)):
        store.append_all([(story.incident_id, story.entries) for story in some])


def fill_retold(store: Store, events: int) -> None:
    """Put so many events into the log alone, then make the views from it."""
    _insert(store.backend, stories(events // EVENTS, "log"), topic=None)  # type: ignore[arg-type]
    store.rebuild()


def fill_stock(application: Application, told: Iterable[Story]) -> None:
    """Put stories into the stock library's log."""
    _insert(application.recorder, told, topic=get_topic(LoggedEvent))


def _insert(recorder: ApplicationRecorder, told: Iterable[Story], topic: str | None) -> None:
    for some in _batches(iter(told)):
        recorder.insert_events(
            [
                StoredEvent(
                    step.incident_id, step.version, topic or step.entry.event.kind, step.state
                )
                for story in some
                for step in story.steps()
            ]
        )


def _batches(told: Iterator[Story]) -> Iterator[list[Story]]:
    while some := list(itertools.islice(told, AT_ONCE)):
        yield some
