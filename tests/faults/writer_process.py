"""The process that forks writers: an order a line on stdin, the new writer's pid on stdout."""

import json
import os
import random
import resource
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from retold import ConcurrentChange, Recorded, StorageUnavailable, Store, open_store

from .appends import Acknowledgement, any_entries, incident, notes
from .sql_calls import Fault, sqlite_fails


class Task:
    """What one writer is to do."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.url: str = order["url"]
        self.name: str = order["name"]
        self.order = order
        self.answers = os.open(order["answers"], os.O_WRONLY | os.O_APPEND)

    def told(self, recorded: list[Recorded]) -> None:
        """Note what an append returned, in one write that a kill cannot halve."""
        os.write(self.answers, b"".join(Acknowledgement.of(one).line() for one in recorded))


def write(task: Task) -> None:
    """Append for ever, or `times` times, to incidents that others write to as well."""
    dice = random.Random(task.order["seed"])
    with open_store(task.url) as store:
        for number in range(int(task.order.get("times", 10**9))):
            entries = any_entries(f"{task.name}.{number}", dice)
            task.told(store.append(incident(dice.randrange(6)), entries))


def die_at_call(task: Task) -> None:
    """Append once and be killed at one of the SQL calls on the way."""
    fault = Fault(at=int(task.order["call"]), how="die", after=bool(task.order["after"]))
    with open_store(task.url) as store, sqlite_fails(fault):
        task.told(store.append(incident(1), notes(task.name, 3)))


def write_on_version(task: Task) -> None:
    """Append `times` times to one incident, each time on the version that was just read."""
    with open_store(task.url) as store:
        for number in range(int(task.order["times"])):
            while not _written_on_version(task, store, f"{task.name}.{number}"):
                pass


def _written_on_version(task: Task, store: Store, name: str) -> bool:
    version = store.status(incident(1)).version
    try:
        task.told(store.append(incident(1), notes(name), expected_version=version))
    except ConcurrentChange:
        return False
    return True


def fill_up(task: Task) -> None:
    """Append until the largest permitted file is full, then with room again."""
    with open_store(task.url) as store:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(task.order["bytes"]), -1))
        number = 0
        try:
            for number in range(100_000):
                task.told(store.append(incident(1), notes(f"{task.name}.{number}", 3)))
        except StorageUnavailable:
            resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
            task.told(store.append(incident(1), notes(f"{task.name}.{number}", 3)))
        else:
            raise AssertionError("the disk was never full")


TASKS = {one.__name__: one for one in (write, die_at_call, write_on_version, fill_up)}


def forked(order: dict[str, Any]) -> int:
    """Start a writer and return its pid."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        TASKS[order["task"]](Task(order))
        status = 0
    except BaseException:  # noqa: BLE001 - whatever it is, the test shall hear of it
        Path(order["answers"] + ".err").write_text(traceback.format_exc())
    finally:
        os._exit(status)


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the dead
    for line in sys.stdin:
        print(forked(json.loads(line)), flush=True)  # noqa: T201 - that is the answer
