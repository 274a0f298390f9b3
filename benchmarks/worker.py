"""Another process that writes, or follows the log and counts, when it is told to."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from competitors import opened_at
from databases import Addresses
from raw_side import RawPostgresInOrder
from workload import steps

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["worker"])


class Worker:
    """The near end of such a process."""

    def __init__(self, connection: Connection) -> None:
        """Speak through `connection`."""
        self._connection = connection

    def prepare_to_write(self, name: str, incidents: int, seed: str) -> None:
        """Let it make so many incidents for that competitor; returns when they are made."""
        self._connection.send(("write", name, incidents, seed))
        self._connection.recv()

    def write(self) -> None:
        """Let it append what it prepared; returns at once."""
        self._connection.send("go")

    def wait(self) -> None:
        """Wait until it has appended."""
        self._connection.recv()

    def follow(self, name: str) -> None:
        """Let it follow that competitor's log from where it last stopped."""
        self._connection.send(("follow", name))
        self._connection.recv()

    def stop_following(self) -> int:
        """Let it read to the end; return how many different events it met."""
        self._connection.send("stop")
        return int(self._connection.recv())

    def end(self) -> None:
        """Let the process end."""
        self._connection.send(None)


@contextmanager
def workers(count: int, addresses: Addresses, database: str) -> Iterator[list[Worker]]:
    """Run so many processes, each with connections of its own."""
    with opened_at(addresses, database) as competitors:  # makes the tables, as many could not
        RawPostgresInOrder(competitors["raw"])
    addresses = addresses._replace(stock=addresses.stock | {"CREATE_TABLE": "n"})
    near_ends, running = [], []
    for _ in range(count):
        near, far = _processes.Pipe()
        process = _processes.Process(target=_work, args=(far, addresses, database), daemon=True)
        process.start()
        near_ends.append(Worker(near))
        running.append(process)
    try:
        yield near_ends
    finally:
        for worker, process in zip(near_ends, running, strict=True):
            worker.end()
            process.join(10)


def _work(connection: Connection, addresses: Addresses, database: str) -> None:
    with opened_at(addresses, database) as competitors:
        competitors["ordered"] = RawPostgresInOrder(competitors["raw"])
        read_to = dict.fromkeys(competitors, 0)
        while (message := connection.recv()) is not None:
            match message:
                case "write", name, incidents, seed:
                    _write(connection, competitors[name], incidents, seed)
                case "follow", name:
                    connection.send("ready")
                    read_to[name], met = _follow(connection, competitors[name], read_to[name])
                    connection.send(met)


def _write(connection: Connection, competitor: Any, incidents: int, seed: str) -> None:
    new = steps(incidents, seed)
    connection.send("ready")
    connection.recv()
    for step in new:
        competitor.append(step)
    connection.send("done")


def _follow(connection: Connection, competitor: Any, position: int) -> tuple[int, int]:
    met = set()
    is_last = False
    while True:
        while rows := competitor.log_after(position):
            position = rows[-1][0]
            met.update((incident_id, version) for _, incident_id, version in rows)
        if is_last:
            return position, len(met)
        if connection.poll(0.005):
            connection.recv()
            is_last = True
