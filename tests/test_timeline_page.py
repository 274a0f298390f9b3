"""The page of an incident: the words that Markdown has, anchors, clusters, a strict policy."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from markdown_it import MarkdownIt
from retold import Incident, open_store
from retold.adapters.cli.group import retold
from retold.adapters.pages.document import as_html
from retold.adapters.timeline_blocks import Telling
from retold.adapters.timeline_markdown import as_markdown
from retold.domain import events as ev
from retold.projections.story import Story, story_of

from . import pictures
from .pages import Element, hashed, policy_of, read
from .pictures import at, corrected, detected, mitigated, note, resolved, retracted
from .test_timeline_hostile import FORBIDDEN, HOSTILE, PROVENANCE, signs, words
from .test_timeline_hostile import told as hostile_told

BERLIN = ZoneInfo("Europe/Berlin")
PARSER = MarkdownIt("gfm-like", {"html": True, "linkify": False})
BURST = [note(5 + second / 60, f"alert {second}") for second in range(5)]


def everything() -> Story:
    """Every kind of event, a cluster, entries that are late, corrected, retracted, erased."""
    return hostile_told("some text")


def eventful() -> Story:
    """A gap, a cluster, one corrected entry and one retracted."""
    events: list[ev.AnyEvent] = [
        note(-30, "a deployment began"), detected(), note(2), *BURST, note(7, "wrong window"),
        mitigated(80), resolved(90), corrected(3, "seen"), retracted(9),
    ]  # fmt: skip
    return pictures.told(events)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> list[Story]:
    """The incidents that come with Retold."""
    folder = tmp_path_factory.mktemp("demo")
    done = CliRunner().invoke(retold, ["demo", "--output", str(folder)])
    assert done.exit_code == 0, done.output
    with open_store(f"sqlite:///{folder / 'retold.db'}") as store:
        found = [story_of(store.recorded(one.incident_id)) for one in store.incidents()]
    return [story for story in found if story is not None]


def page_of(story: Story, *, only_key: bool = False) -> Element:
    return read(as_html(Telling(story, provenance=PROVENANCE), only_key=only_key))


def rows(root: Element) -> list[Element]:
    """The rows of entries, those of clusters among them, in the order of the page."""
    return [one for one in root.every("tr") if "id" in one.attributes]


def row(root: Element, number: int) -> Element:
    [found] = [one for one in rows(root) if one.only("th").text == str(number)]
    return found


# The same words as in Markdown

Table = list[list[str]]
"""Its rows, each with the texts of those cells that are not empty, its heading first."""


def tables_of_markdown(text: str) -> list[Table]:
    found, is_in_table = list[Table](), False
    for token in PARSER.parse(text):
        is_in_table = token.type == "table_open" or (is_in_table and token.type != "table_close")
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type == "inline" and is_in_table:
            said = signs(words(token)).removesuffix(":seebelow")
            found[-1][-1] += [said] if said else []
    return found


def tables_of_page(root: Element) -> list[Table]:
    """Those within clusters after the one that they stand in, as Markdown has them below it."""
    nested = {id(one) for outer in root.every("table") for one in outer.every("table")}
    found = list[Table]()
    for table in root.every("table"):
        if id(table) not in nested:
            found += [_rows_of(table), *map(_rows_of, table.every("table"))]
    return found


def _rows_of(table: Element) -> Table:
    lines = [line for part in table.own("thead", "tbody") for line in part.own("tr")]
    cells = ([next(line.every("summary")).own("span") if "cluster" in line.classes
              else line.own("th", "td")] for line in lines)  # fmt: skip
    return [[signs(cell.text) for cell in row if cell.text] for [row] in cells]


def lists_and_titles(root: Element) -> list[str]:
    items = [one for ul in root.every("ul") if not ul.classes for one in ul.own("li")]
    links = [one for nav in root.every("nav") for one in nav.every("li")]
    heads = [one for one in root.every() if one.tag in ("h1", "h2")]
    return [signs(one.text) for one in [*heads, *items] if one not in links]


def lists_and_titles_of_markdown(text: str) -> list[str]:
    tokens = PARSER.parse(text)
    titles = [one for opener, one in pairwise(tokens)
              if opener.type == "heading_open" and opener.tag != "h3"]  # fmt: skip
    items = [one for opener, one in zip(tokens, tokens[2:], strict=False)
             if opener.type == "list_item_open"]  # fmt: skip
    return [signs(words(one)) for one in [*titles, *items]]


def stories(sample: list[Story]) -> Iterator[Story]:
    yield from sample
    yield everything()
    yield eventful()


@pytest.mark.parametrize("zone", [None, BERLIN])
@pytest.mark.parametrize("only_key", [False, True])
def test_a_page_has_the_cells_that_markdown_has(
    sample: list[Story], zone: ZoneInfo | None, only_key: bool
) -> None:
    for story in stories(sample):
        telling = Telling(story, zone=zone, provenance=PROVENANCE)
        text = as_markdown(telling, only_key=only_key)
        root = read(as_html(telling, only_key=only_key))
        assert tables_of_page(root) == tables_of_markdown(text)
        assert lists_and_titles(root) == lists_and_titles_of_markdown(text)


def test_the_card_says_all_that_markdown_says_first(sample: list[Story]) -> None:
    for story in stories(sample):
        _, facts, about, *_ = as_markdown(Telling(story)).split("\n\n")
        header = page_of(story).only("header")
        said = [one.text for one in next(header.every("ul")).own("li")]
        assert signs(" · ".join(said)) == signs(words(PARSER.parse(facts)[1]))
        assert signs(next(header.every("p")).text) == signs(words(PARSER.parse(about)[1]))


def test_the_card_has_the_durations_that_were_observed() -> None:
    facts = page_of(eventful()).only("header").only("dl")
    assert [one.text for one in facts.every("dt")] == [
        "time to mitigate, from detection",
        "time to resolve, from detection",
    ]
    assert [one.text for one in facts.every("dd")] == ["1h 20m", "1h 30m"]


def test_the_card_has_no_duration_that_is_odd_or_not_over() -> None:
    assert "-6m 00s" in [one.text for one in page_of(everything()).every("td")]
    assert list(page_of(everything()).only("header").every("dd")) == []


# Anchors


@pytest.mark.parametrize("only_key", [False, True])
def test_every_entry_has_an_anchor_and_every_link_within_the_page_hits_one(
    sample: list[Story], only_key: bool
) -> None:
    for story in stories(sample):
        root = page_of(story, only_key=only_key)
        ids = [one.attributes["id"] for one in root.every() if "id" in one.attributes]
        assert len(ids) == len(set(ids))
        told = story.only_key if only_key else story
        assert [one.attributes["id"] for one in rows(root)] == [
            f"e-{entry.row.event_id}" for entry in told.entries
        ]
        links = [one.attributes["href"] for one in root.every("a")]
        assert {one for one in links if not one.startswith("#")} == set()
        assert {one.removeprefix("#") for one in links} <= set(ids)
        named = [one.attributes.get("aria-labelledby", "") for one in root.every()]
        assert set(" ".join(named).split()) <= set(ids)


def test_key_moments_durations_and_questions_lead_to_their_entries() -> None:
    root = page_of(everything())
    for name in ("moments", "durations", "questions", "severity", "roles", "impact"):
        [section] = [one for one in root.every("section")
                     if one.attributes["aria-labelledby"] == name]  # fmt: skip
        links = [one for one in section.every("a") if "event" in one.classes]
        assert links, name
        for link in links:
            [hit] = [one for one in rows(root)
                     if f"#{one.attributes['id']}" == link.attributes["href"]]  # fmt: skip
            assert hit.only("th").text == link.attributes["data-row"]
            assert link.text == hit.attributes["id"].removeprefix("e-")


def test_an_event_that_has_no_entry_is_named_and_no_link() -> None:
    root = page_of(everything())
    [asked] = [one for one in root.every("li") if one.text.startswith("Odd in the record")]
    assert (list(asked.every("a")), len(list(asked.every("code")))) == ([], 1)


def test_the_numbers_of_the_picture_are_those_of_the_rows() -> None:
    story = eventful()
    root = page_of(story)
    labels = [one.text for one in root.only("svg").every("text") if "moment" in one.classes]
    shown = {one.label: f"e-{one.event_id}" for one in story.moments if one.event_id}
    assert sorted(one.split()[1] for one in labels) == sorted(shown)
    for label in labels:
        number, name = label.split()[:2]
        assert row(root, int(number)).attributes["id"] == shown[name]


# The timeline


def test_a_cluster_opens_in_its_place_and_holds_its_entries() -> None:
    root = page_of(eventful())
    [cluster] = [one for one in root.every("tr") if "cluster" in one.classes]
    [body] = [one for one in root.every("tbody") if cluster in one.inside]
    lines = [one for one in body.own("tr") if "gap" not in one.classes]
    place = lines.index(cluster)
    assert [one.own("th")[0].text for one in lines[place - 1 : place + 2 : 2]] == ["3", "9"]
    details = cluster.only("details")
    assert "open" not in details.attributes
    assert details.only("summary").text.startswith("4 to 8 2026-03-01 12:05:00")
    assert [one.only("th").text for one in rows(details)] == ["4", "5", "6", "7", "8"]
    assert [one.attributes["class"] for one in rows(details)] == ["unacknowledged"] * 5


def test_a_stretch_without_entries_is_a_row_across_the_table() -> None:
    gaps = [one.only("td") for one in page_of(eventful()).every("tr") if "gap" in one.classes]
    assert [one.text for one in gaps] == ["30m 00s without entries", "1h 14m without entries"]
    assert {one.attributes["colspan"] for one in gaps} == {"8"}


def test_a_retracted_entry_is_struck_and_a_corrected_one_tells_what_it_said() -> None:
    root = page_of(eventful())
    struck, mended = row(root, 9), row(root, 3)
    assert struck.only("del").text == "wrong window"
    assert struck.own("td")[-2].text == "wrong window (retracted: not ours)"
    assert "retracted" in struck.classes
    assert "(corrected: text was looked; said wrongly)" in mended.text
    assert "seen" in mended.text


def test_a_row_shows_its_phase_and_whether_it_is_a_key_moment() -> None:
    root = page_of(eventful())
    assert row(root, 1).classes == ["lead-up"]
    assert row(root, 2).classes == ["unacknowledged", "key"]
    assert row(root, 2).only("strong").text == "detected"


def test_an_erased_entry_keeps_its_row_and_says_what_is_gone() -> None:
    erased = row(page_of(everything()), 6)
    assert "erased" in erased.classes
    assert "(erased: some text)" in erased.text


def test_local_times_stand_beside_utc_and_name_the_same_moment() -> None:
    root = read(as_html(Telling(eventful(), zone=BERLIN)))
    utc, local = row(root, 2).every("time")
    assert (utc.text, local.text) == ("2026-03-01 12:00:00", "2026-03-01 13:00:00")
    assert utc.attributes == local.attributes == {"datetime": "2026-03-01T12:00:00.000000Z"}
    heads = [one.text for one in next(one for one in root.every("table") if rows(one)).every("th")]
    assert heads[:4] == ["#", "UTC", "Europe/Berlin", "T+"]


@pytest.mark.parametrize(
    "link", ["https://example.com/graphs?a=1&b=2#c", "http://example.com", "HTTPS://EXAMPLE.COM"]
)
def test_a_web_address_of_a_note_is_a_link_that_tells_nobody_where_it_was(link: str) -> None:
    story = pictures.told([detected(), ev.NoteAdded(occurred_at=at(1), text="x", links=(link,))])
    found = row(page_of(story), 2).own("td")[-1].only("a")
    assert found.text == link
    assert found.attributes == {"href": link, "rel": "noopener noreferrer nofollow"}


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "//example.com", "java\nscript:alert(1)"]
)
def test_what_is_no_web_address_is_read_and_no_link(link: str) -> None:
    story = pictures.told([detected(), ev.NoteAdded(occurred_at=at(1), text="x", links=(link,))])
    cell = row(page_of(story), 2).own("td")[-1]
    assert (cell.text, list(cell.every())) == (link.replace("\n", " "), [])


def test_lines_stay_apart_and_no_two_are_empty() -> None:
    story = pictures.told([detected(), note(1, "one\n\n\n  two\r\nthree\n")])
    assert row(page_of(story), 2).own("td")[-2].raw == "one\n  two\nthree"


# Safe


def open_or_closed(root: Element) -> list[tuple[str, dict[str, str]]]:
    """Return every element and attribute outside of the picture, which wraps its texts."""
    [picture] = root.every("svg")
    inside = {id(one) for one in [picture, *picture.every()]}
    return [(one.tag, one.attributes) for one in root.every() if id(one) not in inside]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("only_key", [False, True])
def test_hostile_text_makes_no_element_and_no_attribute(text: str, only_key: bool) -> None:
    plain, mean = (
        as_html(Telling(hostile_told(one), zone=BERLIN, provenance=PROVENANCE), only_key=only_key)
        for one in ("plain", text)
    )
    assert not FORBIDDEN.search(mean)
    assert open_or_closed(read(mean)) == open_or_closed(read(plain))
    wanted = [one.replace("plain", text) for one in texts(read(plain))]
    assert list(map(signs, texts(read(mean)))) == list(map(signs, wanted))


def texts(root: Element) -> list[str]:
    [picture] = root.every("svg")
    inside = {id(one) for one in picture.every()}
    return [one.raw for one in root.every() if one.tag in ("th", "td", "li", "h1", "h2", "title")
            and not list(one.every("table")) and id(one) not in inside]  # fmt: skip


@pytest.mark.parametrize("text", ["plain", "\n".join(HOSTILE)])
def test_a_page_lets_its_own_styles_work_and_nothing_else(text: str) -> None:
    root = read(as_html(Telling(hostile_told(text))))
    policy = policy_of(root)
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == ["'none'"]
    assert set(policy) == {"default-src", "base-uri", "form-action", "style-src"}
    assert policy["style-src"] == [hashed(one.raw) for one in root.every("style")]
    active = {"script", "iframe", "object", "embed", "link", "base", "form", "img", "foreignobject"}
    assert not active & {one.tag for one in root.every()}
    names = {name for one in root.every() for name in one.attributes}
    assert not [name for name in names if name == "style" or name.startswith("on")]


# From the command line


@pytest.fixture
def db(tmp_path: Path) -> str:
    url = str(tmp_path / "incidents.db")
    with open_store(url, clock=lambda: at(200)) as store:
        one = store.detect("Checkout fails", at=at(0), by="ana").incident_id
        store.record(one, Incident.acknowledge, at=at(2), by="bob")
        store.record(one, Incident.note, at=at(4), text="looked", by="bob")
    return url


def test_the_same_telling_gives_the_same_bytes() -> None:
    assert as_html(Telling(eventful())) == as_html(Telling(eventful()))


def run(db: str, *args: str) -> str:
    with open_store(db) as store:
        [one] = store.incidents()
    command = ["--db", db, "timeline", str(one.incident_id), "--format", "html", *args]
    done = CliRunner().invoke(retold, command)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_command_writes_the_page_with_where_it_comes_from(db: str) -> None:
    root = read(run(db))
    assert root.only("h1").text == "Checkout fails"
    assert [one.only("th").text for one in rows(root)] == ["1", "2", "3"]
    said = [one.text for one in root.only("footer").every("li")]
    assert said[0] == "Store: SQLite, its log read up to position 3."


def test_key_moments_alone_keep_their_numbers_and_leave_out_the_rest(db: str) -> None:
    root = read(run(db, "--only", "key"))
    assert [one.text for one in root.every("h2")] == ["Key moments", "Timeline", "Provenance"]
    assert [one.only("th").text for one in rows(root)] == ["1", "2"]


def test_a_cut_tells_no_more_and_says_so(db: str) -> None:
    root = read(run(db, "--as-of", at(3).isoformat()))
    assert [one.only("th").text for one in rows(root)] == ["1", "2"]
    assert "Cut: as of 2026-03-01T12:03:00.000000Z." in root.only("header").text


@pytest.mark.parametrize("actors", ["roles", "hidden"])
def test_a_page_names_nobody_where_nobody_is_to_be_named(db: str, actors: str) -> None:
    said = run(db, "--actors", actors)
    assert not re.search(r"\b(ana|bob)\b", said)
    assert ("responder 1" in said) == (actors == "roles")


def test_a_page_says_nothing_of_where_the_store_lies(db: str) -> None:
    assert Path(db).parent.name not in run(db)
