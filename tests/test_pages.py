"""What every page is made on: its policy, and that no template can print what steers a reader."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from retold import Incident, open_store
from retold.adapters import chart_style, picture_style
from retold.adapters.pages.page import is_web_address, of_ours, page
from retold.adapters.pages.policy import policy

from .pages import Element, hashed, policy_of, read

STEERING = "a\x1b]0;owned\x07b\u202ec\u2066d\x9be\x00f"


def reported(title: str, note: str = "note") -> str:
    return page(title, "report.html", {"parts": [], "provenance": [("At", note)], "note": note})


# The policy


def test_a_policy_allows_what_is_named_by_its_hash_and_nothing_else() -> None:
    assert policy(["p{}", "b{}"], ["go()"]).split("; ") == [
        "default-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        f"style-src {hashed('p{}')} {hashed('b{}')}",
        f"script-src {hashed('go()')}",
    ]


def test_a_page_without_a_script_allows_none() -> None:
    assert "script-src" not in policy(["p{}"])


def test_the_policy_comes_before_anything_that_it_is_about() -> None:
    head = read(reported("x")).only("head")
    said = [one for one in head.inside if isinstance(one, Element)]
    names = [one.tag for one in said]
    equiv = [one.attributes.get("http-equiv") for one in said]
    assert equiv.index("Content-Security-Policy") < names.index("style")
    assert said[0].attributes == {"charset": "utf-8"}


def test_a_style_that_somebody_brings_into_a_page_has_no_hash_in_its_policy() -> None:
    brought = "<style>*{display:none}</style><script>alert(1)</script>"
    assert policy_of(read(reported(brought, brought))) == policy_of(read(reported("x")))


def test_a_script_of_ours_runs_by_its_hash() -> None:
    values = {"parts": [], "provenance": [], "note": ""}
    root = read(page("x", "report.html", values, script="1 < 2 && go()"))
    assert root.only("script").raw == "1 < 2 && go()"
    assert policy_of(root)["script-src"] == [hashed("1 < 2 && go()")]


# What is printed


def test_whatever_a_template_prints_steers_nothing_and_is_no_markup() -> None:
    text = reported(f"<b>{STEERING}", f"\"'><i>{STEERING}")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    root = read(text)
    assert root.only("title").raw == "<b>a]0;ownedbcdef"
    assert root.only("dd").raw == "\"'><i>a]0;ownedbcdef"


def test_a_value_that_a_template_asks_for_and_nobody_gave_is_an_error() -> None:
    with pytest.raises(Exception, match="provenance"):
        page("x", "report.html", {"parts": [], "note": ""})


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com",
        "http://example.com/a?b=1&c=(2)#d",
        "HTTPS://EXAMPLE.COM/ö",
        "https://example.com:8443/@name",
        "https://[::1]/x",
        "https://example.com?to=a@b.example",
    ],
)
def test_a_web_address_may_be_a_link(text: str) -> None:
    assert is_web_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,<b>x</b>", "vbscript:x",
        "file:///etc/passwd", "//example.com", "example.com", "https://", "https:example.com",
        " https://example.com", "https://example.com x", "java\nscript:alert(1)",
        "https://example.com/\u202egpj.exe", "https://example.com/\n", "https://exa\x00mple.com",
        'http://example.com/"onclick="x', "blob:https://example.com/x", "",
        "https://example.com@other.example/", "https://example.com:443@other.example",
        "https://ex\u0430mple.com", "http\u017f://example.com", "https://example\uff0ecom/",
        "https://exam\u200bple.com", "https://example.com\\@other.example",
    ],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_text(text: str) -> None:
    assert not is_web_address(text)


# How it looks


def colours(style: str, pattern: str) -> dict[str, str]:
    return dict(re.findall(pattern, style))


def test_phases_have_the_colours_of_the_picture_in_light_and_in_dark() -> None:
    sheets = of_ours("page.css").split("prefers-color-scheme: dark", 1)
    pictures = picture_style.style().split("prefers-color-scheme:dark", 1)
    for sheet, picture in zip(sheets, pictures, strict=True):
        ours = colours(sheet, r"--([a-z-]+): #([0-9a-f]{6});")
        theirs = colours(picture, rf"\.{picture_style.SCOPE} \.([a-z-]+){{color:#([0-9a-f]+)}}")
        assert theirs
        for phase, colour in theirs.items():
            name = "lead-up" if phase in ("dismissed", "merged") else phase
            assert ours[name] == colour, phase


def test_no_style_of_ours_loads_anything_or_ends_its_element() -> None:
    for style in (of_ours("page.css"), picture_style.style(), chart_style.style()):
        assert not re.search(r"@import|url\((?!#)|</|image-set", style)


# The page of a report


def test_a_report_is_a_page_under_the_same_policy(clock: Callable[[], datetime]) -> None:
    with open_store("memory:", clock=clock, recorded_by="tests") as store:
        for _ in range(8):
            one = store.detect("x", services=("<script>alert(1)</script>",)).incident_id
            store.record(one, Incident.resolve)
        root = read(store.report("ttr_detected", by=("service",)).to_html())
    assert policy_of(root)["default-src"] == ["'none'"]
    assert set(policy_of(root)["style-src"]) == {hashed(one.raw) for one in root.every("style")}
    assert [one.tag for one in root.every("script")] == []
    assert "<script>alert(1)</script>" in [one.text for one in root.every("th")]
    assert [one.text for one in root.every("h1")] == ["Incident report by service"]
