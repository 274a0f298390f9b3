"""A timeline's forms: what they say, and that recorded text can do nothing in them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from retold import Cut, Incident, Store, open_store
from retold.adapters.timeline_blocks import Telling
from retold.adapters.timeline_forms import as_json, people_rows
from retold.adapters.timeline_markdown import as_markdown
from retold.adapters.wording import NO_WIDTH, duration, markdown, offset, visible
from retold.projections.story import Story, story_of

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RENDERER = MarkdownIt("gfm-like", {"html": True, "linkify": False})


def minutes(after_noon: float) -> datetime:
    return NOON + timedelta(minutes=after_noon)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clock: Clock) -> Store:
    return open_store("memory:", clock=clock)


@pytest.fixture
def told(store: Store, clock: Clock) -> Callable[..., Story]:
    def record_and_tell(*steps: tuple[float, Callable[..., object], dict[str, object]]) -> Story:
        clock.now = NOON
        incident = store.detect("Checkout fails", services=("checkout",)).incident_id
        for at, decide, facts in steps:
            clock.now = minutes(at)
            store.record(incident, decide, **facts)  # type: ignore[arg-type]
        story = story_of(store.recorded(incident))
        assert story is not None
        return story

    return record_and_tell


def rows_of(text: str, title: str) -> list[str]:
    section = text.split(f"## {title}\n")[1].split("\n## ", maxsplit=1)[0]
    return [line for line in section.splitlines() if line.startswith("| ")][2:]


def test_a_milestone_that_nobody_recorded_says_so(told: Callable[..., Story]) -> None:
    moments = rows_of(as_markdown(Telling(told())), "Key moments")
    assert "| Mitigated | not recorded |  |  |" in moments


def test_t_zero_is_the_impact_start_where_there_is_one(told: Callable[..., Story]) -> None:
    impact = {"service": "checkout", "at": minutes(-20)}
    text = as_markdown(Telling(told((5, Incident.start_impact, impact))))
    assert "T0 is 2026-03-01 11:40:00, the first impact." in text
    assert "| 2026-03-01 12:00:00 | T+00:20 | unacknowledged | **detected** |" in text


def test_without_an_impact_t_zero_is_the_detection_and_that_is_said(
    told: Callable[..., Story],
) -> None:
    assert "the detection; no impact start is recorded" in as_markdown(Telling(told()))


def test_half_an_hour_without_entries_is_a_row_of_its_own(told: Callable[..., Story]) -> None:
    story = told((29, Incident.acknowledge, {}), (59, Incident.declare, {}))
    timeline = rows_of(as_markdown(Telling(story)), "Timeline")
    assert [row.count("without entries") for row in timeline] == [0, 0, 1, 0]
    assert "*30m 00s without entries*" in timeline[2]


def test_an_entry_added_more_than_an_hour_later_says_how_much_later(
    told: Callable[..., Story],
) -> None:
    late = told((48 * 60, Incident.note, {"text": "the disk was full", "at": minutes(1)}))
    assert "the disk was full *(added 1d 23h later)*" in as_markdown(Telling(late))
    in_time = told((61, Incident.note, {"text": "the disk was full", "at": minutes(1)}))
    assert "(added" not in as_markdown(Telling(in_time))


def test_a_corrected_entry_shows_its_old_value_who_corrected_it_and_why(store: Store) -> None:
    first = store.detect("Checkout fails")
    early = "2026-03-01T11:58:00Z"
    store.correct(first.event_id, {"occurred_at": early}, why="the clock was off", by="ana")
    story = story_of(store.recorded(first.incident_id))
    assert story is not None
    assert "*(corrected by ana: time was 2026-03-01 12:00:00; the clock was off)*" in as_markdown(
        Telling(story)
    )
    document: Any = as_json(story)
    [row] = document["rows"]
    assert row["first_said_at"] == "2026-03-01T12:00:00.000000Z"
    assert row["corrected"][0]["old"] == "2026-03-01T12:00:00Z"


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ("https://graphs.example/d/1?from=now-1h&to=now", True),
        ("http://127.0.0.1:3000/x.png", True),
        ("https://example.com/@team", False),
        ("https://example.com/issues#12", False),
        ("https://user:secret@example.com/", False),
        ("https://example.com/a|b", False),
        ("https://example.com/>x", False),
        ("https://example.com/a b", False),
        ("javascript:alert(1)", False),
        ("//example.com", False),
    ],
)
def test_a_plain_web_address_of_a_note_is_a_link_and_all_else_is_text(
    told: Callable[..., Story], link: str, shown: bool
) -> None:
    story = told((1, Incident.note, {"text": "seen", "links": (link,)}))
    parsed = MarkdownIt("gfm-like", {"html": True, "linkify": False}).parse(
        as_markdown(Telling(story))
    )
    inline = [one for token in parsed for one in token.children or []]
    found = [one.attrGet("href") for one in inline if one.type == "link_open"]
    assert found == ([link] if shown else [])
    text = "".join(one.content for one in inline).replace(NO_WIDTH, "")
    assert link in text


def test_a_retracted_entry_is_struck_and_fills_no_gap(store: Store, clock: Clock) -> None:
    incident = store.detect("Checkout fails").incident_id
    clock.now = minutes(20)
    note = store.record(incident, Incident.note, text="wrong window")
    store.retract(note.event_id, why="meant for another incident", by="ana")
    clock.now = minutes(40)
    store.record(incident, Incident.acknowledge)
    story = story_of(store.recorded(incident))
    assert story is not None
    timeline = rows_of(as_markdown(Telling(story)), "Timeline")
    assert "~~wrong window~~ *(retracted by ana: meant for another incident)*" in timeline[1]
    assert "*40m 00s without entries*" in timeline[2]


def test_a_cut_is_named_and_obeyed(store: Store, clock: Clock) -> None:
    incident = store.detect("Checkout fails").incident_id
    clock.now = minutes(10)
    store.record(incident, Incident.resolve)
    cut = Cut(as_of=minutes(5))
    story = story_of(store.recorded(incident), cut)
    assert story is not None
    text = as_markdown(Telling(story, cut))
    assert "Cut: as of 2026-03-01T12:05:00.000000Z." in text
    assert "Resolved | not recorded" in text


def test_a_cut_before_the_first_event_leaves_no_story(store: Store) -> None:
    first = store.detect("Checkout fails")
    assert story_of(store.recorded(first.incident_id), Cut(as_of=minutes(-1))) is None


def test_a_zone_adds_a_column_beside_utc(told: Callable[..., Story]) -> None:
    text = as_markdown(Telling(told(), zone=ZoneInfo("Asia/Kolkata")))
    assert "| UTC | Asia/Kolkata | T+ |" in text
    assert "| 2026-03-01 12:00:00 | 2026-03-01 17:30:00 | T+00:00:00 |" in text
    widths = {row.count(" | ") for row in rows_of(text, "Timeline")}
    assert widths == {8}


def test_what_is_odd_in_the_record_is_listed_with_its_event(store: Store) -> None:
    first = store.detect("Checkout fails", at=minutes(10))
    store.correct(first.event_id, {"occurred_at": "2026-03-01T12:20:00Z"}, why="later")
    store.record(first.incident_id, Incident.note, text="fine")
    resolved = store.record(first.incident_id, Incident.resolve, at=minutes(30))
    store.correct(resolved.event_id, {"occurred_at": "2026-03-01T12:15:00Z"}, why="earlier")
    story = story_of(store.recorded(first.incident_id))
    assert story is not None
    assert "## Open questions" in as_markdown(Telling(story))
    what = "it was resolved and had not been detected by then."
    assert f"{what} (event `{resolved.event_id}`)" in as_markdown(Telling(story))


def test_json_has_gaps_key_moments_and_the_position_in_the_log(told: Callable[..., Story]) -> None:
    story = told((45, Incident.acknowledge, {}))
    document: Any = as_json(story)
    assert document["schema"] == "retold.timeline/1"
    first, second = document["rows"]
    assert document["gaps"] == [
        {"after": first["event_id"], "before": second["event_id"], "gap_us": 45 * 60_000_000}
    ]
    assert [row["position"] for row in document["rows"]] == [1, 2]
    assert document["incident"]["position"] == 2


def test_a_table_for_people_has_gaps_in_their_place(told: Callable[..., Story]) -> None:
    texts = [row["text"] for row in people_rows(told((45, Incident.acknowledge, {})))]
    assert texts == ["Detected: Checkout fails", "(45m 00s without entries)", "Acknowledged"]


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![x](https://example.com/x.png)",
    "a | b | c",
    "`code` ``more``",
    "**bold** __bold__ ~~gone~~",
    "# heading\n\n## heading",
    "first\n| --- |\nsecond",
    "https://example.com www.example.com a@example.com",
    "<https://example.com>",
    "&lt;b&gt; &#60;",
    "\\| \\\\| \\",
    "- item\n- item",
    "[ref]: https://example.com",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_recorded_text_is_read_and_not_rendered(text: str, told: Callable[..., Story]) -> None:
    plain = RENDERER.render(as_markdown(Telling(told((1, Incident.note, {"text": "plain"})))))
    hostile = RENDERER.render(as_markdown(Telling(told((1, Incident.note, {"text": text})))))
    assert tags(hostile) == tags(plain)


def tags(html: str) -> list[str]:
    return [piece.split(">")[0] for piece in html.split("<")[1:]]


@given(st.text(min_size=1, max_size=60))
def test_markdown_shows_every_visible_character_as_itself(text: str) -> None:
    rendered = RENDERER.render(f"| h |\n| --- |\n| x{markdown(text)}x |")
    cell = rendered.split("<td>")[1].split("</td>")[0]
    lines = [visible(line) for line in text.splitlines()]
    expected = "x" + " / ".join(line for line in lines if line) + "x"
    shown = cell.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"')
    shown = shown.replace("&amp;", "&")
    assert shown.replace(NO_WIDTH, "") == expected.replace(NO_WIDTH, "")


def test_bare_links_are_broken_for_renderers_that_make_links_of_them() -> None:
    assert markdown("see https://example.com") == "see https\\://example.com"
    assert markdown("see www.example.com") == "see www\\.example.com"


@pytest.mark.parametrize(
    ("micros", "words"),
    [
        (0, "0s"),
        (999_999, "<1s"),
        (59_999_999, "59s"),
        (60_000_000, "1m 00s"),
        (725_000_000, "12m 05s"),
        (3_840_000_000, "1h 04m"),
        (86_399_999_999, "23h 59m"),
        (183_600_000_000, "2d 03h"),
        (-725_000_000, "-12m 05s"),
    ],
)
def test_durations_are_cut_and_never_rounded_up(micros: int, words: str) -> None:
    assert duration(micros) == words


def test_offsets_count_from_t_zero_in_both_directions() -> None:
    minute = 60_000_000
    assert [offset(n * minute) for n in (12, -30, 3 * 1440 + 192, 0)] == [
        "T+00:12",
        "T-00:30",
        "T+3d 03:12",
        "T+00:00",
    ]


def test_less_than_a_second_before_t_zero_is_at_t_zero() -> None:
    assert offset(-999_999) == "T+00:00"
    assert offset(-1_000_000) == "T-00:00"


def test_visible_text_holds_no_control_and_no_bidirectional_characters() -> None:
    assert visible("\x1b[31mred\x1b[0m\u202eevil\u2066\x9b1m\x00") == "[31mred[0mevil1m"
    assert visible("one\ntwo\tthree\u2028four") == "one two three four"
