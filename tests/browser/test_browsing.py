"""The browser tells what a page did: without that, tests that nothing happened could not fail."""

from pathlib import Path

import pytest

from ..browsing import PHONE, Opened, Window, serious

POLICY = """<meta http-equiv="Content-Security-Policy"
    content="default-src 'none'; style-src 'unsafe-inline'">"""


def page(body: str, head: str = "") -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>x</title>{head}'
        f"<main><h1>x</h1>{body}</main></html>"
    )


def assert_told(opened: Opened, told: str) -> None:
    """Wait until a trouble was told that begins so, as long as a busy machine may take."""
    for _ in range(200):
        if any(one.startswith(told) for one in opened.settle()):
            return
    pytest.fail(f"nothing that begins with {told!r} in {opened.troubles}")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("<script>alert(1)</script>", "dialog: 1"),
        ("<img src=x onerror=alert(1)>", "dialog: 1"),
        ("<img src='https://example.com/x.png'>", "request: https://example.com/x.png"),
        ("<style>p { background: url(//example.com/x.png) }</style><p>x", "request: "),
        ("<script>throw new Error('gone')</script>", "error: gone"),
        ("<script>console.error('gone')</script>", "console: gone"),
        ("<meta http-equiv=refresh content='0;url=https://example.com/'>", "request: "),
        ("<script>open('https://example.com/')</script>", "request: https://example.com/"),
        ("<iframe src='data:text/html,<script>alert(1)</script>'></iframe>", "dialog: 1"),
    ],
)
def test_what_a_page_did_is_told(noisy_window: Window, body: str, told: str) -> None:
    assert_told(noisy_window.open(page(body)), told)


@pytest.mark.parametrize(
    "body", ["<script>alert(1)</script>", "<img src=x.png>", "<p onclick='alert(1)'>x"]
)
def test_what_the_policy_of_a_page_stopped_is_told(noisy_window: Window, body: str) -> None:
    opened = noisy_window.open(page(body, POLICY))
    if "onclick" in body:
        opened.page.click("p")
    assert_told(opened, "console: policy: ")
    assert not any(one.startswith("dialog") for one in opened.troubles)


def test_a_quiet_page_has_no_troubles_and_nothing_active(window: Window) -> None:
    opened = window.open(page("<p><a href='#x'>x</a>"))
    opened.page.click("a")
    assert (opened.settle(), opened.active(), opened.sticks_out()) == ([], [], 0)


def test_what_could_run_is_found(noisy_window: Window) -> None:
    mean = "<a href='javascript:alert(1)'>x</a><p onclick='x'>x</p><script></script>"
    found = ["a href=javascript:alert(1)", "p onclick=x", "script"]
    assert noisy_window.open(page(mean)).active() == found


def test_pages_of_one_folder_may_ask_for_each_other(window: Window, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    index, other = tmp_path / "site" / "index.html", tmp_path / "site" / "other.html"
    index.write_text(page("<a href='other.html#a'>other</a>"))
    other.write_text(page("<p id=a>there"))
    opened = window.open(index, within=tmp_path / "site")
    opened.page.click("a")
    assert opened.page.inner_text("#a") == "there"


def test_a_page_outside_of_the_folder_may_not_be_asked_for(
    noisy_window: Window, tmp_path: Path
) -> None:
    (tmp_path / "other.html").write_text(page("there"))
    opened = noisy_window.open(page("<iframe src='other.html'></iframe>"))
    assert_told(opened, f"request: {(tmp_path / 'other.html').as_uri()}")


def test_a_page_is_seen_in_the_dark_in_print_and_on_a_phone(window: Window) -> None:
    style = """<style>p::after { content: "screen" }
        @media (prefers-color-scheme: dark) { p::after { content: "dark" } }
        @media print { p::after { content: "print" } } div { width: 500px; height: 1px }</style>"""
    text = page("<p></p><div></div>", style)
    said = "() => getComputedStyle(document.querySelector('p'), '::after').content"
    shown = [window.open(text), window.open(text, dark=True), window.open(text, print_=True)]
    assert [one.page.evaluate(said) for one in shown] == ['"screen"', '"dark"', '"print"']
    assert window.open(text, width=PHONE).sticks_out() > 100


def test_axe_finds_what_is_serious_also_behind_a_strict_policy(window: Window) -> None:
    assert serious(window.open(page("<p>x", POLICY)).page) == []
    faint = "<p style='color:#bbb'>faint</p><button></button>"
    found = serious(window.open(page(faint, POLICY)).page)
    assert [one.partition(":")[0] for one in found] == ["button-name", "color-contrast"]
