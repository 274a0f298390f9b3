"""`retold status --watch` as somebody at a terminal begins and leaves it."""

import os
import select
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from retold import Store, open_store
from retold.adapters.cli.group import retold

termios = pytest.importorskip("termios", reason="there are no pseudo-terminals here")
ALTERNATE_SCREEN, NORMAL_SCREEN = "\x1b[?1049h", "\x1b[?1049l"
HIDDEN_CURSOR, SHOWN_CURSOR = "\x1b[?25l", "\x1b[?25h"


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    with open_store(sqlite_url, recorded_by="tests") as opened:
        yield opened


@pytest.mark.parametrize(
    "arguments", [["--watch"], ["--watch", "--json"], ["--watch", "--open"], ["--watch", "3fa8"]]
)
def test_off_a_terminal_a_watch_is_refused(sqlite_url: str, arguments: list[str]) -> None:
    answer = CliRunner().invoke(retold, ["--db", sqlite_url, "status", *arguments])
    assert answer.exit_code == 2
    assert "use `retold status --open` instead" in answer.stderr


def test_a_pause_without_a_watch_is_refused(sqlite_url: str) -> None:
    answer = CliRunner().invoke(retold, ["--db", sqlite_url, "status", "--every", "9"])
    assert (answer.exit_code, "--every goes with --watch" in answer.stderr) == (2, True)


class Terminal:
    """A pseudo-terminal in which `retold` runs."""

    def __init__(self, *arguments: str) -> None:
        try:
            self._master, slave = os.openpty()
        except OSError as error:
            pytest.skip(f"there are no pseudo-terminals here: {error}")
        termios.tcsetwinsize(self._master, (24, 100))
        self.process = subprocess.Popen(
            [sys.executable, "-c", _IN_TERMINAL, *arguments],
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            env={**os.environ, "TERM": "xterm", "NO_COLOR": "1"},
        )  # fmt: skip
        os.close(slave)
        self.seen = ""

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def wait_for(self, text: str) -> None:
        while text not in self.seen:
            assert self._read(), f"{text!r} did not come: {self.seen!r}"

    def ended(self) -> int:
        """Return the exit code, having read all that was still written."""
        while self._read():
            pass
        os.close(self._master)
        return self.process.wait(timeout=60)

    def _read(self) -> bool:
        if not select.select([self._master], [], [], 60)[0]:
            return False
        try:
            some = os.read(self._master, 65_536)
        except OSError:  # so Linux says that nobody is at the other end any more
            return False
        self.seen += some.decode(errors="replace")
        return bool(some)


_IN_TERMINAL = """
import fcntl, signal, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGINT, signal.default_int_handler)
from retold.adapters.cli.main import main
main()
"""
"""What a shell would have done: the terminal is that of the session, and Ctrl-C interrupts."""


@pytest.fixture
def watching(store: Store, sqlite_url: str) -> Iterator[Terminal]:
    """A terminal in which a store with one incident is watched."""
    store.detect("Checkout fails")
    terminal = Terminal("--db", sqlite_url, "status", "--watch", "--every", "1")
    yield terminal
    terminal.process.kill()
    terminal.process.wait()


def test_on_a_terminal_the_board_keeps_up_until_ctrl_c(watching: Terminal, store: Store) -> None:
    watching.wait_for("Checkout fails")
    store.detect("Search is stale")
    watching.wait_for("Search is stale")
    watching.type("\x03")
    assert watching.ended() == 0


@pytest.mark.parametrize("way_out", [signal.SIGINT, signal.SIGTERM])
def test_however_a_watch_is_ended_the_terminal_is_as_before(
    watching: Terminal, way_out: signal.Signals
) -> None:
    watching.wait_for("Checkout fails")
    assert (ALTERNATE_SCREEN in watching.seen, HIDDEN_CURSOR in watching.seen) == (True, True)
    watching.process.send_signal(way_out)
    assert watching.ended() == 0
    after = watching.seen.rpartition("Checkout fails")[2]
    assert (NORMAL_SCREEN in after, SHOWN_CURSOR in after) == (True, True)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["3fa8"], "an ID"),
        (["--limit", "3"], "--limit"),
        (["--as-of", "2026-03-01T12:00Z"], "--as-of"),
        (["--json"], "a form other than a table"),
    ],
)
def test_a_watch_takes_nothing_that_is_not_about_now(arguments: list[str], what: str) -> None:
    terminal = Terminal("status", "--watch", *arguments)
    assert terminal.ended() == 2, terminal.seen
    assert f"it does not go with {what}" in terminal.seen


def test_a_watch_of_no_store_ends_as_any_command_does(tmp_path: Path) -> None:
    terminal = Terminal("--db", str(tmp_path / "none.db"), "status", "--watch")
    assert terminal.ended() == 5, terminal.seen
    assert "there is no store at" in terminal.seen
    assert ALTERNATE_SCREEN not in terminal.seen


def test_a_store_that_cannot_be_read_ends_a_watch_before_it_takes_the_screen(
    store: Store, sqlite_url: str
) -> None:
    store.detect("Checkout fails")
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as raw, raw:
        raw.execute("DROP TRIGGER retold_events_no_update")
        raw.execute("UPDATE retold_events SET state = X'3F'")
    terminal = Terminal("--db", sqlite_url, "status", "--watch")
    assert terminal.ended() == 5, terminal.seen
    assert "event at position 1 cannot be read" in terminal.seen
    assert ALTERNATE_SCREEN not in terminal.seen
