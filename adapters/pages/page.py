"""One self-contained page from a template: what it prints can be read and do nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from ... import adapters
from ...domain.values import iso
from ..wording import visible, without_controls, without_piles
from .policy import policy

_WEB_ADDRESS = re.compile(r"(?ai:https?://[a-z0-9.:\[\]-]+)(?:[/?#][^\s<>\"'`\\]*)?")
"""Of a host's letters only those of ASCII, as others look like them, and nobody's name before it,
as that looks like a host."""


def page(
    title: str,
    template: str,
    values: Mapping[str, object],
    *,
    styles: tuple[str, ...] = (),
    script: str = "",
    home: str = "",
) -> str:
    """Return `template`, which extends `page.html`, filled with `values`.

    `styles` are the style sheets that the template or its pictures carry beside the page's own;
    `script` is the page's. These are all that its policy lets work. `home` is where the
    page leads back to, the index of a site.
    """
    sheet = of_ours("page.css")
    return (
        _templates()
        .get_template(template)
        .render(
            values,
            page_title=title,
            home=home,
            policy=policy([sheet, *styles], [script] if script else []),
            # Of our own files, unlike everything recorded
            sheet=Markup(sheet),  # noqa: S704
            script=Markup(script),  # noqa: S704
        )
    )


@cache
def of_ours(name: str) -> str:
    """Return one of the files that come with the package for pages."""
    return (files(adapters) / "templates" / name).read_text("utf-8")


@cache
def _templates() -> Environment:
    environment = Environment(
        autoescape=True,
        finalize=_printed,
        loader=FunctionLoader(of_ours),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {"iso": iso, "lines": _lines}
    environment.tests["web_address"] = is_web_address
    return environment


def _lines(text: str) -> Markup:
    """Return text whose lines stay apart, where the style sheet lets them, and no two empty."""
    lines = [without_piles(without_controls(line)) for line in text.splitlines()]
    kept = [line for line in lines if line.strip()] if len(lines) > 1 else lines
    return Markup("\n").join(kept)


def is_web_address(text: str) -> bool:
    """Tell whether text that somebody recorded may be a link: nothing but http and https.

    The host stands there as it is: no letters that look like those of another, no name before it.
    """
    return _WEB_ADDRESS.fullmatch(text) is not None and visible(text) == text


def _printed(value: object) -> object:
    """Make every value a template prints visible, so that no template can forget."""
    return value if isinstance(value, Markup) else visible(str(value))
