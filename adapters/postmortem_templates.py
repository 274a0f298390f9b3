"""Postmortem documents made from templates: the built-in ones, and those that users write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from jinja2 import StrictUndefined, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ..domain.errors import InvalidInput
from ..projections.story import Story
from .postmortem_blocks import block_text, blocks_in, unknown_block
from .postmortem_settings import Settings, settings_in
from .text_files import read_text, within
from .wording import markdown, moment, titled

BUILT_IN_TEMPLATES = ("full", "short", "customer")
MAX_TEMPLATE = 1024 * 1024

_BEGINS_A_LIST = re.compile(r"^-|^\d+(?=\.)")
_COMPILED = "<template>"
"""What jinja2 calls a template that it was given as text."""


class Template(NamedTuple):
    """A template's text under the name that documents remember, and where it was read from."""

    name: str
    text: str
    file: str


class _Block(str):
    """A block's text, which alone is written as it is."""

    __slots__ = ()


def built_in(name: str) -> str:
    """Return the text of a built-in template."""
    folder = files(__package__) / "templates" / "postmortem"
    return (folder / f"{name}.md").read_text("utf-8")


def template_named(name: str) -> Template:
    """Return the built-in template of that name, else the one in the file.

    Raises `InvalidInput` where there is neither, and what Python raises for a path that cannot be
    read.
    """
    if name in BUILT_IN_TEMPLATES:
        return Template(name, built_in(name), f"the template {name}")
    path = Path(name)
    if not path.exists():
        [*close] = get_close_matches(name, BUILT_IN_TEMPLATES, n=1)
        meant = f"did you mean {close[0]}?" if close else "it is no file either"
        names = ", ".join(BUILT_IN_TEMPLATES)
        raise InvalidInput(f"there is no template {name!r} among {names}: {meant}", "--template")
    return Template(path.name, read_text(path, MAX_TEMPLATE).removeprefix("\ufeff"), name)


def rendered(
    template: Template, settings: Settings, story: Story, contents: Mapping[str, str]
) -> str:
    """Return a new document, its blocks filled, its settings in its first line.

    A template may put the settings elsewhere with `{{ settings }}`. Values are escaped for
    Markdown; blocks are Markdown already. Raises `InvalidInput` with the template's line where it
    cannot be carried out, and for a document that could not be renewed.
    """
    asked: list[str] = []

    def block(name: str) -> str:
        if name not in contents:
            raise InvalidInput(unknown_block(name, contents))
        asked.append(name)
        return _Block(block_text(name, contents[name]))

    values: dict[str, object] = {**_values(story), "settings": _Block(settings.line)}
    text = _carried_out(template, {**values, "block": block})
    with within(f"{template.file}, as it is written out"):
        return _checked(text, settings, asked, contents)


def _checked(text: str, settings: Settings, asked: list[str], contents: Mapping[str, str]) -> str:
    """Return a document that can be renewed; raises `InvalidInput` for any other."""
    found = settings_in(text)
    if found is not None and found.settings != settings:
        problem = "these are the settings of another document: take them out of the template"
        raise InvalidInput(problem, f"line {found.line}")
    if sorted(one.name for one in blocks_in(text, contents)) != sorted(asked):
        problem = 'only {{ block("NAME") }}, by itself, may make a block, and as it is'
        raise InvalidInput(problem)
    return text if found else f"{settings.line}\n\n{text}"


def _values(story: Story) -> dict[str, str]:
    """Return what templates may say of the incident outside blocks; times are UTC."""
    incident = story.incident
    times = {
        "t_zero": incident.t_zero_at,
        "detected": incident.detected_at,
        "mitigated": incident.mitigated_at,
        "resolved": incident.resolved_at,
    }
    return {
        "title": titled(incident.title),
        "incident_id": str(incident.incident_id),
        "version": str(incident.version),
        "state": incident.state,
        "severity": incident.severity or "not recorded",
        "services": ", ".join(incident.services) or "not recorded",
        "source": f"{incident.source}:{incident.source_ref}" if incident.source else "not recorded",
        **{name: moment(at) if at else "not recorded" for name, at in times.items()},
    }


def _carried_out(template: Template, values: Mapping[str, object]) -> str:
    # `finalize` escapes: autoescape is HTML's, and what its filters return would count as safe.
    environment = ImmutableSandboxedEnvironment(
        autoescape=False,
        finalize=_escaped,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    try:
        return environment.from_string(template.text).render(values)
    except TemplateSyntaxError as error:
        raise InvalidInput(error.message or "", f"{template.file}, line {error.lineno}") from None
    except InvalidInput as error:
        problem, trace = error.problem, error.__traceback__
    except Exception as error:  # noqa: BLE001 - a template can raise whatever Python can
        problem, trace = str(error) or type(error).__name__, error.__traceback__
    raise InvalidInput(problem, f"{template.file}{_line_of(trace)}")


def _line_of(trace: TracebackType | None) -> str:
    """Return the template's line that was being carried out, as far as it is known."""
    line = ""
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == _COMPILED:
            line = f", line {trace.tb_lineno}"
        trace = trace.tb_next
    return line


def _escaped(value: object) -> object:
    """Return what is written for a value: Markdown reads it as text, wherever a line begins."""
    if isinstance(value, _Block):
        return value
    text = markdown(str(value))
    return _BEGINS_A_LIST.sub(_with_backslash, text)


def _with_backslash(found: re.Match[str]) -> str:
    return f"\\{found[0]}" if found[0] == "-" else f"{found[0]}\\"
