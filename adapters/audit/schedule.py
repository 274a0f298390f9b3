"""Checkpoints on a schedule: signed while a store is written, and when it is closed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock, Timer
from typing import NamedTuple

from ...domain.errors import InvalidInput
from ..backend import Append, Backend, Stamp
from ..wrapped import Wrapped
from .checkpoints import signed_checkpoint
from .key_files import public_file_of, read_key_file, read_vkeys
from .signing import keep_checkpoint
from .tree import checkpoint_of

_LOG = logging.getLogger("retold.audit")


class Checkpoints(NamedTuple):
    """When a store signs its tree, with which key, and where to.

    `key` is the file of `retold audit keygen`. `to` is a file, replaced each time if the log still
    begins with what it was signed over before, or a function that gets the signed note: a
    checkpoint is worth as much as the place where it ends up. One is signed as soon as
    `every_events` were recorded since the last, or `every_seconds` after the first of them, and
    when the store is closed.
    """

    key: str | Path
    to: str | Path | Callable[[str], object]
    every_events: int = 1_000
    every_seconds: float = 3_600.0


class Checkpointed(Wrapped):
    """A backend that signs checkpoints of what is appended to another through it.

    What was appended is durable whether or not its checkpoint can be signed: a failure is logged
    and tried again at the next append and after `every_seconds`; when closing, it is raised.
    """

    def __init__(self, inner: Backend, schedule: Checkpoints) -> None:
        """Stand in front of a log; raises `InvalidInput` if the key cannot be used."""
        super().__init__(inner)
        if schedule.every_events < 1 or schedule.every_seconds <= 0:
            raise InvalidInput("every_events and every_seconds must be above 0", "checkpoints")
        self._schedule = schedule
        self._keys = read_key_file(Path(schedule.key))
        public = public_file_of(Path(schedule.key))
        self._retired = read_vkeys(str(public)) if public.exists() else ()
        self._lock = Lock()
        self._unsigned = 0
        self._timer: Timer | None = None

    def append(self, batch: Sequence[Append]) -> list[list[Stamp]]:
        """Store a batch; see `Backend`."""
        stamps = self.inner.append(batch)
        with self._lock:
            self._unsigned += sum(map(len, stamps))
            if self._unsigned >= self._schedule.every_events:
                self._try_to_sign()
            elif self._unsigned and self._timer is None:
                self._start_timer()
        return stamps

    def close(self) -> None:
        """Sign what is left, and close every connection."""
        with self._lock:
            self._stop_timer()
            try:
                if self._unsigned:
                    self._sign()
            finally:
                self._unsigned = 0  # a timer that waits for the lock shall find nothing to do
                self.inner.close()

    def _time_is_up(self) -> None:
        with self._lock:
            if self._unsigned:
                self._try_to_sign()

    def _try_to_sign(self) -> None:
        self._stop_timer()
        try:
            self._sign()
        except Exception as error:  # noqa: BLE001 - whatever the host's function raises
            _LOG.error("no checkpoint was signed, which is tried again: %s", error)
            self._start_timer()

    def _sign(self) -> None:
        tree, to = self.inner.tree, self._schedule.to
        if callable(to):
            to(signed_checkpoint(checkpoint_of(tree, self._keys[0].name), self._keys))
        else:
            keep_checkpoint(tree, self._keys, Path(to), self._retired)
        self._unsigned = 0

    def _start_timer(self) -> None:
        self._timer = Timer(self._schedule.every_seconds, self._time_is_up)
        self._timer.daemon = True
        self._timer.start()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
