"""Writer processes that tests start in a moment and kill at any point.

Importing takes longer than most of them live, so one process imports and forks them all.
"""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from .appends import Acknowledgement, acknowledged_in

TESTS = Path(__file__).parents[1]


class Writer:
    """One writer process."""

    def __init__(self, pid: int, answers: Path) -> None:
        self._answers = answers
        self._handle: int | None = None
        with suppress(ProcessLookupError):  # it may have ended in the meantime
            self._handle = os.pidfd_open(pid)

    def kill(self) -> None:
        """Kill it as the kernel does, with no chance to clean up; harmless when it has ended."""
        if self._handle is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)

    def wait(self, seconds: float = 60.0) -> bool:
        """Wait for its end, at most so long, and say whether it has ended."""
        return self._handle is None or bool(select.select([self._handle], [], [], seconds)[0])

    def bury(self) -> None:
        """Kill it if it lives, and let go of it."""
        self.kill()
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def acknowledged(self) -> list[Acknowledgement]:
        """Return what it had been told when it was killed."""
        return acknowledged_in(self._answers.read_bytes())

    def troubles(self) -> list[str]:
        """Return the errors that it met, one a line."""
        path = self._answers.with_suffix(".err")
        return path.read_text().splitlines() if path.exists() else []


class Nursery:
    """The process that forks writers; a context manager."""

    def __init__(self, folder: Path) -> None:
        """Keep the writers' answers in `folder`."""
        self._folder = folder
        self._writers: list[Writer] = []
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "faults.writer_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS), *filter(None, sys.path)])},
        )

    def start(self, task: str, url: str, **options: str | float) -> Writer:
        """Start a writer at one of the tasks of `writer_process.py`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        answers = self._folder / f"writer-{len(self._writers)}"
        answers.touch()
        order: Mapping[str, object] = {
            "task": task, "url": url, "answers": str(answers), "name": answers.name, **options
        }  # fmt: skip
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        writer = Writer(int(self._process.stdout.readline()), answers)
        self._writers.append(writer)
        return writer

    def acknowledged(self) -> list[Acknowledgement]:
        """Return what all writers so far were told."""
        return [told for writer in self._writers for told in writer.acknowledged()]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for writer in self._writers:
            writer.bury()
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
