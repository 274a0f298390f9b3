"""A real browser for the tests in this folder.

They are skipped, and say why, where Chromium (`.ci/browser`) or Playwright (`make independent`)
is missing.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ..browsing import Window, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """The browser of a module: it is soon started, and its event loop must not outlive the module.

    Tests elsewhere could not run an event loop of their own in the same thread.
    """
    with running() as started:
        yield started


@pytest.fixture
def noisy_window(browser: "Browser", tmp_path: Path) -> Iterator[Window]:
    """A `window` whose documents may do what they like; the test looks at their `troubles`."""
    window = Window(browser, tmp_path)
    yield window
    window.close()


@pytest.fixture
def window(noisy_window: Window) -> Iterator[Window]:
    """What opens documents: `window.open(html)`, `window.open(path)`, and of other forms
    `window.open(svg, suffix=".svg")`.

    `open` returns an `Opened`: `page` is Playwright's page, `troubles` what the document did.
    Every test fails in the end if a script showed a dialog, a request left, a popup or download
    began, the console told an error, or the Content-Security-Policy was violated; a test that
    wants to say so itself asserts `opened.settle() == []` for "no script ran, no request left"
    and `opened.active() == []` for "nothing in it could".
    """
    yield noisy_window
    assert noisy_window.close() == []
