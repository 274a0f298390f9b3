"""How far long work has come, on stderr: a line rewritten on a terminal, a few lines elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

import click

from .output import is_terminal


class Progress:
    """Says how many are done: ten times a second on a terminal, every ten seconds elsewhere."""

    def __init__(self, what: str) -> None:
        """Count `what`, a plural such as incidents."""
        self._what = what
        self._on_terminal = is_terminal(sys.stderr)
        self._pause = 0.1 if self._on_terminal else 10.0
        self._began_at = self._said_at = time.monotonic()
        self._line_is_open = False

    def __call__(self, done: int, share: float | None = None) -> None:
        """Take notice that so many are done, which is that share of all where it is known."""
        now = time.monotonic()
        if now - self._said_at < self._pause:
            return
        self._said_at = now
        text = f"{done:,} {self._what}{_pace(done, share, now - self._began_at)}"
        # Blanks wipe out what a longer line before left behind.
        line = f"\r{text:<60}" if self._on_terminal else text
        click.echo(line, err=True, nl=not self._on_terminal)
        self._line_is_open = self._on_terminal

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._line_is_open:
            click.echo(err=True)


def _pace(done: int, share: float | None, seconds: float) -> str:
    """Return the rate and the time left, where the share of all that is done is known."""
    if share is None:
        return ""
    pace = f", {done / seconds:,.0f} a second"
    if not 0 < share < 1:  # small files are read at once, long before they are worked through
        return pace
    left = round(seconds / share - seconds)
    return f"{pace}, {left // 60}:{left % 60:02} left"
