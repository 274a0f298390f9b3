"""What the tests in a browser share: Chromium, pages that tell all they did, and axe's findings."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Request

NODE_MODULES = Path(__file__).parents[1] / "build" / "independent" / "node_modules"
NAMES = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
DESK, PHONE = 1280, 360
"""Widths of a window in CSS pixels."""

HEIGHT = 900

# Also without a script of the page's own: Playwright starts it before anything in the page.
TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", (one) => console.error(
    `policy: ${one.violatedDirective} ${one.blockedURI} ${one.sample}`));
"""
ACTIVE = """() => [...document.querySelectorAll("*")].flatMap((one) => [
    ...(/^(script|iframe|object|embed|base|link)$/i.test(one.localName) ? [one.localName] : []),
    ...[...one.attributes]
        .filter(({name, value}) =>
            /^on/i.test(name) || /^\\s*(javascript|data|vbscript):/i.test(value))
        .map(({name, value}) => `${one.localName} ${name}=${value}`),
])"""


def chromium_path() -> str:
    """Return the browser on PATH; skips the test where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"none of {', '.join(NAMES)} is on PATH: `.ci/browser` installs Chromium")
    return found


@contextmanager
def running() -> Iterator["Browser"]:
    """Start the browser, and end it: while it runs, its event loop runs in this thread."""
    path = chromium_path()
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - may be missing
    except ModuleNotFoundError:
        pytest.skip("playwright is not installed: `make independent` installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*SWITCHES])
        yield browser
        browser.close()


def package_file(*parts: str) -> Path:
    """Return a file of a package from npm; skips the test where it is not installed."""
    path = NODE_MODULES.joinpath(*parts)
    if not path.is_file():
        pytest.skip(f"{parts[0]} is not installed: `make independent` installs it from npm")
    return path


class Opened(NamedTuple):
    """A page in the browser, and what it did that no document of ours does."""

    page: "Page"
    troubles: list[str]
    """What was reported, each with what it is: `dialog: …` (so a script of somebody ran),
    `request: …` (one beyond the file itself, or the folder that was allowed; it was stopped),
    `console: …` (errors, with violations of the Content-Security-Policy), `error: …` (a script
    failed), `popup: …`, `download: …`. Playwright tells them while it is asked something:
    `settle` waits until all were told."""

    def settle(self) -> list[str]:
        """Let all that is under way end, and return the troubles."""
        self.page.wait_for_timeout(30)
        return self.troubles

    def active(self) -> list[str]:
        """Return what could run or load: scripts, frames, `on…` attributes, `javascript:`."""
        found: list[str] = self.page.evaluate(ACTIVE)
        return found

    def sticks_out(self) -> float:
        """Return by how many pixels the page is wider than its window; 0 if it need not scroll."""
        wide: float = self.page.evaluate(
            "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return wide


class Window:
    """Opens documents, each in a fresh profile of the one browser."""

    def __init__(self, browser: "Browser", folder: Path) -> None:
        self._browser = browser
        self._folder = folder
        self._contexts = list["BrowserContext"]()
        self.opened = list[Opened]()

    def open(
        self,
        document: str | Path,
        *,
        suffix: str = ".html",
        within: Path | None = None,
        width: int = DESK,
        dark: bool = False,
        print_: bool = False,
        scripts: bool = True,
    ) -> Opened:
        """Open a file, or a text, which is written into a file first, `suffix` says of what kind.

        `within` is a folder whose files may be asked for, too, for a site of several pages.
        `scripts=False` is a browser in which scripts are switched off.
        """
        if isinstance(document, str):
            path = self._folder / f"page-{len(self.opened) + 1}{suffix}"
            path.write_text(document, encoding="utf-8")
            document = path
        context = self._browser.new_context(
            viewport={"width": width, "height": HEIGHT},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            java_script_enabled=scripts,
            accept_downloads=False,
        )
        self._contexts.append(context)
        page, troubles = context.new_page(), list[str]()
        if print_:
            page.emulate_media(media="print")
        _listen(page, troubles, document.resolve(), within and within.resolve())
        page.goto(document.resolve().as_uri(), wait_until="load")
        self.opened.append(Opened(page, troubles))
        return self.opened[-1]

    def close(self) -> list[str]:
        """Close all that was opened and return its troubles."""
        for one in self.opened:
            if not one.page.is_closed():
                one.settle()
        for context in self._contexts:
            context.close()
        return [trouble for one in self.opened for trouble in one.troubles]


def _listen(page: "Page", troubles: list[str], file: Path, within: Path | None) -> None:
    def is_ours(request: "Request") -> bool:
        address = request.url.partition("#")[0].partition("?")[0]
        folder = f"{within.as_uri()}/" if within else None
        return address == file.as_uri() or bool(folder and address.startswith(folder))

    def asked(route: Any, request: "Request") -> None:
        if is_ours(request):
            route.continue_()
        else:
            troubles.append(f"request: {request.url}")
            route.abort()

    page.context.route("**/*", asked)
    page.add_init_script(TELL_VIOLATIONS)
    page.on("console", lambda one: troubles.append(f"console: {one.text}")
            if one.type in ("error", "warning") else None)  # fmt: skip
    page.on("pageerror", lambda one: troubles.append(f"error: {one}"))
    page.on("popup", lambda one: troubles.append(f"popup: {one.url}"))
    page.on("download", lambda one: troubles.append(f"download: {one.url}"))

    def shown(dialog: Any) -> None:
        troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    page.on("dialog", shown)


def serious(page: "Page") -> list[str]:
    """Return what axe-core finds serious or critical: the rule, what it asks for, and where.

    Skips the test where axe-core is not installed. It runs beside the page's own scripts, so that
    no policy of the page keeps it out; colours are those that the page shows now.
    """
    source = package_file("axe-core", "axe.min.js").read_text("utf-8")
    page.evaluate(f"() => {{ {source} }}")
    found = page.evaluate("() => axe.run(document, {preload: false})")
    return [
        f"{one['id']}: {one['help']}: {', '.join(str(node['target'][0]) for node in one['nodes'])}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]
