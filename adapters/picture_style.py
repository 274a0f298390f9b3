"""How a timeline's picture looks, in light and in dark: colours are never the only difference."""

from __future__ import annotations

from typing import NamedTuple

SCOPE = "retold-timeline"


class Theme(NamedTuple):
    """The colours of a picture on one ground."""

    ground: str
    ink: str
    muted: str
    grid: str
    mark: str
    phases: dict[str, str]


_LIGHT = Theme(
    ground="fff",
    ink="1c2127",
    muted="59626e",
    grid="d5dae0",
    mark="3b4654",
    phases={
        "lead-up": "7a838e", "undetected": "8a2fb0", "unacknowledged": "b36b00",
        "unmitigated": "c02a1d", "mitigated": "0b62c4", "resolved": "2c7a1f",
        "dismissed": "7a838e", "merged": "7a838e",
    },
)  # fmt: skip
_DARK = Theme(
    ground="14171c",
    ink="e8ebef",
    muted="a3acb8",
    grid="39414b",
    mark="c3cbd5",
    phases={
        "lead-up": "8d96a2", "undetected": "d8a0f5", "unacknowledged": "f0b840",
        "unmitigated": "ff8a7a", "mitigated": "6cb6ff", "resolved": "7fd46b",
        "dismissed": "8d96a2", "merged": "8d96a2",
    },
)  # fmt: skip

_RULES = """
 {max-width:100%;height:auto;font-family:system-ui,-apple-system,Segoe UI,Roboto,Arial,sans-serif}
 .title{font-size:19px;font-weight:600}
 .said{font-size:13px}
 .tick{font-size:11.5px}
 .lane,.word{font-size:12px}
 .lane,.moment{font-weight:600}
 .moment{font-size:12px;paint-order:stroke;stroke-width:4px;stroke-linejoin:round}
 .phase{font-size:11.5px;font-weight:600;paint-order:stroke;stroke-width:3px;stroke-opacity:.55}
 .gap{font-size:11px;font-style:italic}
 .number{font-size:10.5px;font-weight:600}
 .tint{fill:currentColor;fill-opacity:.09}
 .strip{fill:currentColor;fill-opacity:.2}
 .hatch{stroke:currentColor;stroke-opacity:.28;stroke-width:1;fill:none}
 .undetected .hatch{stroke-width:2}
 .under .hatching{fill-opacity:.55}
 .grid,.base,.pole,.again,.edge,.torn,.reach,.strike{fill:none}
 .edge,.pole{stroke-width:1px}
 .pole{stroke-opacity:.55}
 .again{stroke-width:3px;stroke-dasharray:7 3}
 .torn{stroke-width:1.2px}
 .reach{stroke-width:2px}
 .strike{stroke-width:1.5px}
 .ring{stroke-width:1.3px}
 .retracted .number{paint-order:stroke;stroke-width:3px;stroke-linejoin:round}
 .outline{stroke-width:1.5px}
 .retracted .outline{stroke-dasharray:3 2}
"""


def style() -> str:
    """Return the style sheet, which reaches nothing outside of pictures of timelines."""
    rules = [f".{SCOPE}{rule}" for rule in _RULES.strip("\n").splitlines()]
    rules = [rule.replace(",.", f",.{SCOPE} .") for rule in rules]
    dark = f"@media screen and (prefers-color-scheme:dark){{{_paints(_DARK)}}}"
    return "".join([*rules, _paints(_LIGHT), dark])


def _paints(theme: Theme) -> str:
    paints = [
        (".ground", "fill", theme.ground),
        (".fading", "stop-color", theme.ground),
        (".moment,.phase,.retracted .number", "stroke", theme.ground),
        (".title,.moment,.phase,.lane,.word", "fill", theme.ink),
        (".said,.tick,.gap", "fill", theme.muted),
        (".grid", "stroke", theme.grid),
        (".base,.edge,.torn", "stroke", theme.muted),
        (".pole,.again,.strike", "stroke", theme.ink),
        (".outline,.reach", "stroke", theme.mark),
        (".outline", "fill", theme.mark),
        (".ring", "fill", theme.ground),
        (".ring", "stroke", theme.mark),
        (".late", "fill", theme.mark),
        (".number", "fill", theme.ground),
        (".key .outline", "fill", theme.ink),
        (".key .outline", "stroke", theme.ink),
        (".cluster .outline", "stroke", theme.ground),
        (".corrected .outline,.retracted .outline", "stroke", theme.mark),
        (".corrected .outline,.retracted .outline", "fill", theme.ground),
        (".corrected .number,.retracted .number", "fill", theme.ink),
        *((f".{phase}", "color", colour) for phase, colour in theme.phases.items()),
    ]
    return "".join(
        f"{','.join(f'.{SCOPE} {one}' for one in names.split(','))}{{{what}:#{colour}}}"
        for names, what, colour in paints
    )
