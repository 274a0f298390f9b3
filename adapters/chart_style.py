"""How a chart looks, in light and in dark: colours are never the only difference."""

from __future__ import annotations

from typing import NamedTuple

MOST_GROUPS = 8


class Theme(NamedTuple):
    """The colours of a chart on one ground."""

    ground: str
    ink: str
    muted: str
    grid: str
    under: str
    groups: tuple[str, ...]


_LIGHT = Theme(
    ground="fff",
    ink="1c2127",
    muted="59626e",
    grid="e3e6ea",
    under="f1f3f5",
    groups=("0b62c4", "b8400a", "2c7a1f", "8a2fb0", "8f5f00", "b81f68", "0a7480", "4d5562"),
)
_DARK = Theme(
    ground="14171c",
    ink="e8ebef",
    muted="a3acb8",
    grid="2c323a",
    under="20252c",
    groups=("6cb6ff", "ff9e64", "7fd46b", "d8a0f5", "e0c050", "ff8fbf", "58ccd8", "b8c0cc"),
)
_DASHES = ("", "9 4", "2.5 2.5", "11 3 2.5 3", "18 4", "5 2", "7 3 2 3 2 3", "1.5 4.5")

_RULES = """
 {max-width:100%;height:auto;font-family:system-ui,-apple-system,Segoe UI,Roboto,Arial,sans-serif}
 .title{font-size:19px;font-weight:600}
 .subtitle{font-size:13px}
 .heading{font-size:13px;font-weight:600}
 .tick,.count,.key{font-size:11.5px}
 .label,.name{font-size:12px;font-weight:600}
 .said{font-size:14px}
 .name,.said{paint-order:stroke;stroke-width:4px;stroke-linejoin:round}
 .label,.name{fill:currentColor}
 .grid,.base,.half-line,.steps,.censored,.arrow,.median{fill:none}
 .base{stroke-width:1.2px}
 .half-line{stroke-width:1.2px;stroke-dasharray:1 3}
 .steps{stroke:currentColor;stroke-width:2px;stroke-linejoin:round}
 .censored{stroke:currentColor;stroke-width:1.4px}
 .half{fill:currentColor;stroke-width:1.5px}
 .band{fill:currentColor;fill-opacity:.12}
 .crowded .band{fill-opacity:.05}
 .ended{fill:currentColor;fill-opacity:.75}
 .open{stroke:currentColor;stroke-width:1.4px}
 .arrow{stroke:currentColor;stroke-width:1.2px}
 .median{stroke-width:2px}
"""


def style() -> str:
    """Return the style sheet, which reaches nothing outside of charts."""
    rules = [f".retold-chart{rule}" for rule in _RULES.strip("\n").splitlines()]
    rules = [rule.replace(",.", ",.retold-chart .") for rule in rules]
    dashes = (
        f".retold-chart .g{index} .steps{{stroke-dasharray:{dash}}}"
        for index, dash in enumerate(_DASHES)
        if dash
    )
    dark = f"@media screen and (prefers-color-scheme:dark){{{_paints(_DARK)}}}"
    return "".join([*rules, *dashes, _paints(_LIGHT), dark])


def _paints(theme: Theme) -> str:
    paints = [
        (".ground,.open", "fill", theme.ground),
        (".half,.name,.said", "stroke", theme.ground),
        (".title,.heading,.said", "fill", theme.ink),
        (".subtitle,.tick,.count,.key", "fill", theme.muted),
        (".key-mark", "color", theme.muted),
        (".grid", "stroke", theme.grid),
        (".under", "fill", theme.under),
        (".base,.half-line", "stroke", theme.muted),
        (".median", "stroke", theme.ink),
        *((f".g{index}", "color", colour) for index, colour in enumerate(theme.groups)),
    ]
    return "".join(
        f"{','.join(f'.retold-chart {one}' for one in names.split(','))}{{{what}:#{colour}}}"
        for names, what, colour in paints
    )
