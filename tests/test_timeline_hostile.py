"""Hostile text in every field of every event, through every form of the timeline."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any, cast, get_args
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from retold import Recorded
from retold.adapters.cli.output import How
from retold.adapters.cli.reading import write_timeline
from retold.adapters.provenance import Kept, Provenance
from retold.adapters.timeline_blocks import Telling
from retold.adapters.timeline_markdown import as_markdown
from retold.adapters.timeline_mermaid import as_mermaid
from retold.adapters.timeline_timesketch import as_timesketch
from retold.adapters.wording import NO_WIDTH, visible
from retold.domain.events import EVENT_CLASSES, StoryEvent
from retold.domain.personal import is_wording
from retold.domain.records import Tombstone
from retold.projections.actors import Actors, story_with
from retold.projections.clusters import clusters
from retold.projections.questions import open_questions
from retold.projections.story import Story

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
INCIDENT = UUID(int=1)
PARSER = MarkdownIt("gfm-like", {"html": True, "linkify": False})

STEERING = "\x1b]0;owned\x07\x1b[31mred\u202ekcab\u2066x\u200f\x9b31m\x7f"
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</summary></details><details open>",
    "<!-- open comment",
    "[click](javascript:alert(1))",
    "![x](https://example.com/x.png)",
    "[a][ref]\n\n[ref]: https://example.com",
    "a | b | c",
    "| a | b |\n| --- | --- |\n| c | d |",
    "`code` ``more`` `",
    "```\nfence\n```",
    "~~~\nfence\n~~~",
    "**bold** __bold__ ~~gone~~ *x* _y_",
    "# heading\n\n## heading\n===\n---",
    "- item\n- item\n1. one\n> quote\n\n    code",
    "https://example.com www.example.com a@example.com <https://example.com>",
    "@team @octo-org/oncall #12 GH-12 !34 octo/repo#56 &7 ~label $8 %9",
    "a@.example.com a@-b.example.com",
    "&lt;b&gt; &#60;script&#62; &copy;",
    "\\| \\\\| \\`",
    "x\n\n</details>\n\n# heading",
    "$x$ $$y$$ [^1] :tada:",
    '=HYPERLINK("http://example.com","x")',
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "\x1b=1+1",
    " =1+1",
    "\uff1d1+1",
    'a, b : c ; d # e %% f\nsection x\nclick y href "javascript:alert(1)"',
    '%%{init: {"securityLevel": "loose"}}%%\n  done :milestone, 2026-01-01, 0d',
    "end\ngantt\ntitle x",
    STEERING,
    "one\ntwo\rthree\u2028four\u2029five\x85six\x0bseven\x0ceight",
    "\" ' , \\\" \\n",
]  # fmt: skip


def recorded(number: int, event: dict[str, Any], text: str, **more: Any) -> Recorded:
    at = (NOON + timedelta(minutes=number)).isoformat()
    document = {
        "event_id": str(uuid5(INCIDENT, str(number))),
        "incident_id": str(INCIDENT),
        "version": number + 1,
        "position": number + 1,
        "recorded_at": (NOON + timedelta(days=2)).isoformat(),
        "recorded_by": text,
        "source": {"system": "elsewhere", "ref": text, "part": text},
        "event": {"occurred_at": at} | event,
        **more,
    }
    return Recorded.model_validate_json(json.dumps(document))


CHOICES: dict[str, Any] = {
    "reason": "drill", "into": str(UUID(int=9)), "how": "paged", "group": "payments",
    "users": {"at_least": 1, "basis": "measured"}, "confidence": "low", "note": "action",
    "automatic": True,
}  # fmt: skip


def event_of(kind: str, text: str) -> dict[str, Any]:
    """An event of that kind with `text` in every field that takes words of one's own."""
    event: dict[str, Any] = {"kind": kind}
    for name, field in EVENT_CLASSES[kind].model_fields.items():
        if name not in ("kind", "occurred_at"):
            is_list = str(field.annotation).startswith("tuple")
            takes_text = is_wording(field.annotation) and name != "group"
            event[name] = ([text] if is_list else text) if takes_text else CHOICES[name]
    return event


KINDS = [one.model_fields["kind"].default for one in get_args(StoryEvent)]


def history(text: str) -> list[Recorded]:
    """Every kind of event, then a burst of notes, one corrected, one retracted, one erased."""
    kinds = [kind for kind in KINDS if kind not in ("incident-merged", "incident-dismissed")]
    events = [recorded(n, event_of(kind, text), text) for n, kind in enumerate(kinds)]
    burst = (NOON + timedelta(minutes=40)).isoformat()
    for number in range(50, 55):
        note = event_of("note-added", text) | {"occurred_at": burst}
        events.append(recorded(number, note, text))
    # What raises questions: an end without a start, work not done, assessors who differ.
    other = f"{text} 2"
    for number, open_ended in enumerate(
        (
            event_of("impact-ended", other),
            event_of("follow-up-added", other),
            event_of("severity-assessed", other),
        ),
        start=45,
    ):
        events.append(recorded(number, open_ended, text))
    for number, of in ((60, 2), (61, 3)):
        changes = [{"field": "by", "old": text, "new": text}, {"field": text, "new": text}]
        fixed = {"kind": "event-corrected", "corrects": str(uuid5(INCIDENT, str(of)))}
        changed = changes if of == 3 else changes[:1]
        said = {"changes": changed, "why": text, "by": text}
        events.append(recorded(number, fixed | said, text))
    struck = {"kind": "event-retracted", "retracts": str(uuid5(INCIDENT, "7")), "why": text}
    events.append(recorded(62, struck | {"by": text}, text))
    gone = Tombstone(field=f"event.{text}", key=UUID(int=1), is_erased=True)
    events[5] = events[5].model_copy(update={"tombstones": (gone,)})
    return events


def told(text: str, actors: Actors = "names") -> Story:
    story = story_with(actors, history(text))
    assert story is not None
    return story


PROVENANCE = Provenance("SQLite", 99, "names", "1.0", Kept("example.com/log", 99, "AAAA"))
hostile = pytest.mark.parametrize("text", HOSTILE)


def test_the_history_holds_the_text_in_every_field_that_takes_words() -> None:
    story = told("zzz")
    kinds = {entry.row.kind for entry in story.entries}
    assert kinds == set(KINDS) - {"incident-merged", "incident-dismissed"}
    for entry in story.history.entries:
        words = [
            name
            for name, field in type(entry.event).model_fields.items()
            if is_wording(field.annotation) and name not in ("kind", "group")
        ]
        said = [getattr(entry.event, name) for name in words]
        assert set(said) <= {"zzz", ("zzz",), "zzz 2", ("zzz 2",)}
    asked = [one.code for one in open_questions(story) if "zzz" in one.text]
    assert asked == ["no-impact-started", "severity-differs", "follow-up-open"]
    assert [one.kind for one in clusters(story)] == ["note-added"]
    assert any(entry.corrected for entry in story.entries)
    assert any(entry.retraction for entry in story.entries)


# Markdown


def structure(text: str) -> list[str]:
    """What a CommonMark parser with tables makes of a document, but for the words in it."""
    found = []
    for token in PARSER.parse(text):
        found.append(f"{token.type} {token.tag} {token.content if 'html' in token.type else ''}")
        found += [f"  {one.type}" for one in token.children or [] if one.type != "text"]
    return found


def cells(text: str) -> list[str]:
    return [words(one) for one in PARSER.parse(text) if one.type == "inline"]


def words(inline: Token) -> str:
    return "".join(one.content for one in inline.children or [])


def signs(text: str) -> str:
    """What is seen of a text, but for the spaces and slashes that keep its lines apart."""
    shown = visible(text.replace(NO_WIDTH, ""))
    return "".join(shown.replace("/", "").split())


@hostile
@pytest.mark.parametrize("only_key", [False, True])
def test_markdown_has_the_same_cells_and_nothing_in_them_but_text(
    text: str, only_key: bool
) -> None:
    zone = ZoneInfo("Europe/Berlin")
    plain, mean = (
        as_markdown(Telling(told(one), zone=zone, provenance=PROVENANCE), only_key=only_key)
        for one in ("plain", text)
    )
    assert structure(mean) == structure(plain)
    wanted = [one.replace("plain", text) for one in cells(plain)]
    assert list(map(signs, cells(mean))) == list(map(signs, wanted))


@hostile
def test_markdown_names_nobody_and_no_issue_for_a_forge_to_tell(text: str) -> None:
    shown = " ".join(cells(as_markdown(Telling(told(text)))))
    assert not re.search(r"(?<![\w`])[@#!](?=\w)|\bGH-\d|\w@[\w.-]|#\d", shown)


@hostile
def test_markdown_with_people_by_role_or_hidden_is_as_inert(text: str) -> None:
    actors: Actors
    for actors in cast("tuple[Actors, ...]", ("roles", "hidden")):
        assert structure(as_markdown(Telling(told(text, actors)))) == structure(
            as_markdown(Telling(told("plain", actors)))
        )


# Mermaid

_LINE = re.compile(
    r"gantt|    (title|section) [^:;#,%<>\"'`{}\[\]]+"
    r"|    dateFormat YYYY-MM-DD HH:mm:ss|    axisFormat %m-%d %H:%M|    todayMarker off"
    r"|    [^:;#,%<>\"'`{}\[\]]+ :(crit, |milestone, )?[\d-]{10} [\d:]{8}, ([\d-]{10} [\d:]{8}|0d)"
)


@hostile
def test_a_mermaid_label_holds_nothing_that_mermaid_reads(text: str) -> None:
    chart = as_mermaid(told(text))
    assert chart.count("\n") == as_mermaid(told("plain")).count("\n")
    for line in chart.split("\n")[:-1]:
        assert _LINE.fullmatch(line), line
        assert visible(line) == line.strip()


# What a terminal, a spreadsheet or a program reads

FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


def written(story: Story, form: Any, capsys: pytest.CaptureFixture[str]) -> str:
    write_timeline(story, How(form, ZoneInfo("Europe/Berlin")), PROVENANCE)
    return capsys.readouterr().out


@hostile
@pytest.mark.parametrize("form", ["md", "json", "nl", "csv", "tsv", "table"])
def test_no_form_steers_a_terminal_or_reorders_what_is_read(
    text: str, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not FORBIDDEN.search(written(told(text), form, capsys))


@hostile
def test_mermaid_and_timesketch_steer_no_terminal(text: str) -> None:
    story = told(text)
    assert not FORBIDDEN.search(as_mermaid(story))
    assert not any(FORBIDDEN.search(line) for line in as_timesketch(story))


@hostile
def test_csv_has_as_many_cells_and_none_is_a_formula(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plain, mean = (
        list(csv.reader(io.StringIO(written(told(one), "csv", capsys), newline="")))
        for one in ("plain", text)
    )
    assert [len(row) for row in mean] == [len(row) for row in plain]
    found = [
        cell
        for row in mean
        for cell in row
        if re.match(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]", cell) and not re.fullmatch(r"-\d+", cell)
    ]
    assert found == []


@hostile
def test_tsv_has_as_many_cells_on_as_many_lines(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plain, mean = (written(told(one), "tsv", capsys) for one in ("plain", text))
    widths = [[line.count("\t") for line in one.split("\n")] for one in (plain, mean)]
    assert widths[0] == widths[1]


@hostile
def test_json_keeps_every_character_for_programs(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(written(told(text), "json", capsys))
    notes = [row["text"] for row in document["rows"] if row["kind"] == "note-added"]
    assert set(notes) == {text}
    assert document["incident"]["title"] == text


@hostile
def test_timesketch_has_one_object_a_line_with_a_message_that_is_plain(text: str) -> None:
    lines = list(as_timesketch(told(text)))
    assert len(lines) == len(told("plain").entries)
    for line in lines:
        assert "\n" not in line
        one = json.loads(line)
        assert {"message", "datetime", "timestamp_desc"} <= one.keys()
        assert visible(one["message"]) == one["message"]
        assert datetime.fromisoformat(one["datetime"]).utcoffset() == timedelta(0)
