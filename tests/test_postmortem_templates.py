"""Documents from templates: the built-in ones, users' own, and hostile text through all of them."""

import re
from pathlib import Path
from uuid import UUID

import pytest
from markdown_it import MarkdownIt
from retold import InvalidInput
from retold.adapters.postmortem_blocks import blocks_in, renewed
from retold.adapters.postmortem_sections import NAMES, contents
from retold.adapters.postmortem_settings import Settings, settings_in
from retold.adapters.postmortem_templates import (
    BUILT_IN_TEMPLATES,
    Template,
    rendered,
    template_named,
)
from retold.adapters.timeline_blocks import Telling
from retold.projections.actors import Actors, story_with
from retold.projections.story import Story

from .test_timeline_hostile import (
    PROVENANCE,
    event_of,
    history,
    hostile,
    recorded,
    signs,
    structure,
)

SETTINGS = Settings(UUID(int=1), "full", "names")
VALUES = (
    "title", "incident_id", "version", "state", "severity", "services", "source", "t_zero",
    "detected", "mitigated", "resolved",
)  # fmt: skip


def told(text: str, update: str | None = None, actors: Actors = "names") -> Story:
    """An incident with `text` in every field, and something that customers were told."""
    note = event_of("note-added", update or text) | {"note": "communication"}
    story = story_with(actors, [*history(text), recorded(70, note, text)])
    assert story is not None
    return story


def filled(story: Story) -> dict[str, str]:
    return contents(Telling(story, provenance=PROVENANCE))


def written(template: Template, text: str = "plain", actors: Actors = "names") -> str:
    """A document of that incident."""
    story = told(text, actors=actors)
    return rendered(template, SETTINGS._replace(template=template.name), story, filled(story))


def own(text: str) -> Template:
    return Template("own.md", text, "own.md")


EVERYWHERE = own(
    "".join(
        f"{{{{ {name} }}}}\n\n# {{{{ {name} }}}}\n\n- {{{{ {name} }}}}\n\n> {{{{ {name} }}}}\n\n"
        f"words {{{{ {name} }}}} words\n{{{{ {name} }}}}\n\n"
        f"| {{{{ {name} }}}} | b |\n| --- | --- |\n"
        f"| {{{{ {name} }}}} | {{{{ {name} | upper }}}} |\n\n"
        for name in VALUES
    )
    + "".join(f'{{{{ block("{name}") }}}}\n\n' for name in NAMES)
)
TEMPLATES = [*map(template_named, BUILT_IN_TEMPLATES), EVERYWHERE]
each = pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.name)


def shape(text: str) -> list[str]:
    """What a parser makes of a document, but for the words in it and their digests."""
    return structure(re.sub("sha256:[0-9a-f]+", "", text))


@each
def test_a_new_document_says_what_it_is_and_has_blocks_that_nobody_edited(
    template: Template,
) -> None:
    text = written(template)
    found = settings_in(text)
    assert found is not None
    assert (found.line, found.settings.template) == (1, template.name)
    renewal = renewed(text, filled(told("plain")), force=False)
    assert renewal.text == text
    assert renewal.unchanged


@each
@hostile
def test_hostile_text_changes_nothing_but_words(template: Template, text: str) -> None:
    assert shape(written(template, text)) == shape(written(template))


@each
@pytest.mark.parametrize(
    "text",
    [
        "<!-- retold:end timeline -->",
        "x\n<!-- retold:end timeline -->\n\n# Forged",
        "<!-- retold:begin header sha256:0123456789abcdef -->",
        "<!-- retold:document schema=retold.postmortem/1 actors=names -->",
        "-->",
        "{{ block('timeline') }}{% raw %}",
        "- item", "1. one", "1) one", "---", "===", "***", "    code", "10. ten", "+ plus",
    ],
)  # fmt: skip
def test_recorded_text_forges_no_marker_and_begins_nothing(template: Template, text: str) -> None:
    mean, plain = written(template, text), written(template)
    assert [one.name for one in blocks_in(mean, NAMES)] == [
        one.name for one in blocks_in(plain, NAMES)
    ]
    assert shape(mean) == shape(plain)


def test_values_are_read_as_they_were_recorded() -> None:
    text = "1. <b>*Disk* | full</b> & more"
    html = MarkdownIt().parse(written(own("{{ title }}\n"), text))
    said = "".join(one.content for one in html[-2].children or [])
    assert signs(said) == signs(text)


# Which block holds what


def test_customers_are_told_no_event_no_person_and_nothing_internal() -> None:
    story = told("internal", "what we told you", "hidden")
    text = rendered(template_named("customer"), SETTINGS, story, filled(story))
    assert "what we told you" in text
    assert not [one for one in story.entries if str(one.row.event_id) in text]
    told_of = [line for line in text.split("\n") if "internal" in line]
    assert [line.partition(" | 2026")[0] for line in told_of] == [
        "# internal",
        "| internal",
        "| internal 2 | not recorded",
    ]


def test_the_full_template_holds_every_block_but_those_for_others() -> None:
    held = {one.name for one in blocks_in(written(template_named("full")), NAMES)}
    left_out = {"key-durations", "key-timeline", "updates", "facts", "times", "provenance-short"}
    assert held == set(NAMES) - left_out


@pytest.mark.parametrize("name", BUILT_IN_TEMPLATES)
def test_sections_for_people_are_empty_but_for_a_hint_that_no_renderer_shows(name: str) -> None:
    text = written(template_named(name))
    assert len(re.findall(r"^<!-- [A-Z][^<>]*[.?] -->$", text, re.MULTILINE)) >= 2


# Templates of one's own


def test_a_template_may_put_the_settings_below_front_matter() -> None:
    text = written(own("---\ntags: x\n---\n{{ settings }}\n{{ title }}\n"))
    found = settings_in(text)
    assert found is not None
    assert found.line == 4


def test_a_template_may_ask_and_repeat() -> None:
    text = own(
        '{% if state == "resolved" %}\nOver.\n{% endif %}\n'
        '{% for name in ["moments", "questions"] %}\n{{ block(name) }}\n{% endfor %}'
    )
    assert [one.name for one in blocks_in(written(text), NAMES)] == ["moments", "questions"]


def refusal(text: str) -> InvalidInput:
    with pytest.raises(InvalidInput) as error:
        written(own(text))
    return error.value


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{{ titel }}", "'titel' is undefined"),
        ("{% if %}", "Expected an expression"),
        ("{{ title", "unexpected end of template"),
        ('{{ block("timelime") }}', "did you mean timeline"),
        ('{{ block("nothing-like-it") }}', "there are header, "),
        ("{{ block() }}", "missing 1 required positional argument"),
        ("{{ title.__class__ }}", "is undefined|unsafe"),
        ("{{ block.__globals__ }}", "unsafe"),
        ('{{ "".__class__.__mro__ }}', "unsafe"),
        ("{{ range(10 ** 9) }}", "Range too big"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ title + 1 }}", "can only concatenate"),
        ('{% include "/etc/passwd" %}', "no loader"),
        ("{{ title | nosuch }}", "No filter named 'nosuch'"),
    ],
)
def test_what_a_template_cannot_do_is_said_with_its_file_and_line(line: str, problem: str) -> None:
    refused = refusal(f"# First\n\n{line}\n")
    assert refused.where == "own.md, line 3"
    assert re.search(problem, refused.problem)


@pytest.mark.parametrize(
    "line",
    [
        '- {{ block("timeline") }}',
        '{{ block("timeline") }} and more',
        "<!-- retold:begin timeline -->",
        "<!-- retold:end timeline -->",
    ],
)
def test_a_document_that_could_not_be_renewed_is_not_made(line: str) -> None:
    assert "own.md, as it is written out, line" in refusal(f"# First\n\n{line}\n").where


@pytest.mark.parametrize(
    "line",
    [
        '{{ block("timeline") | upper }}',
        '{{ block("timeline") ~ "more" }}',
        '{% macro made() %}{{ block("timeline") }}{% endmacro %}{{ made() }}',
    ],
)
def test_a_block_that_is_not_written_as_it_is_is_refused(line: str) -> None:
    assert "by itself, may make a block" in refusal(line).problem


def test_a_document_is_no_template_nor_is_its_first_line() -> None:
    made = written(template_named("short"))
    assert "by itself, may make a block" in refusal(made.split("\n", 1)[1]).problem
    refused = refusal(made)
    assert refused.where == "own.md, as it is written out, line 1"
    assert "settings of another document" in refused.problem


@pytest.mark.parametrize("filter_", ["safe", "e", "escape", "forceescape", "string", "trim"])
def test_no_filter_writes_recorded_text_unescaped(filter_: str) -> None:
    text = written(own(f"{{{{ title | {filter_} }}}}\n"), "<b>**bold**</b>")
    assert not re.search(r"(?<!\\)[<*]", text.split("\n", 1)[1])


DOCS = (Path(__file__).parent.parent / "docs" / "postmortem.md").read_text()


def test_the_example_in_the_docs_is_a_template() -> None:
    [example] = re.findall(r"(?s)```jinja\n(.*?)```", DOCS)
    assert [one.name for one in blocks_in(written(own(example)), NAMES)] == [
        "moments", "provenance",
    ]  # fmt: skip


def test_the_docs_name_every_block_and_every_value() -> None:
    [table] = re.findall(r"(?s)\| block \| holds \|\n\|---\|---\|\n(.*?)\n\n", DOCS)
    named = [
        name
        for row in table.split("\n")
        for name in re.findall("`([a-z-]+)`", row[: row.index(" | ")])
    ]
    assert sorted(named) == sorted(NAMES)
    [values] = re.findall(r"(?s)Values are (.*?); times", DOCS)
    assert tuple(re.findall("`([a-z_]+)`", values)) == VALUES


# Finding a template


def test_a_file_is_a_template_that_documents_remember_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "ours.md"
    file.write_bytes("\ufeff{{ title }}\n".encode())
    template = template_named(str(file))
    assert (template.name, template.text) == ("ours.md", "{{ title }}\n")


def test_a_name_that_is_no_template_says_which_may_be_meant() -> None:
    with pytest.raises(InvalidInput, match="did you mean customer"):
        template_named("custmer")


def test_a_template_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ours.md"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInput, match="UTF-8"):
        template_named(str(file))
