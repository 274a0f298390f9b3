"""What the columns of an unknown table probably are, judged by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ..changes import Meaning

ID = (
    "incident id", "incident number", "incident no", "incident key", "issue key", "issue id",
    "ticket id", "ticket number", "case id", "case number", "incident", "ticket", "case", "issue",
    "number", "key", "reference", "ref", "id", "no", "nr", "file", "#",
)  # fmt: skip
TITLE = (
    "title", "summary", "short description", "subject", "headline", "name", "what happened",
    "description",
)  # fmt: skip
SERVICES = (
    "service", "services", "affected services", "affected service", "component", "components",
    "product", "system", "application", "configuration item",
)  # fmt: skip
SEVERITY = ("severity", "sev", "priority", "prio", "impact", "urgency", "criticality")
NOTES = ("cause", "comment", "note", "lesson", "action", "remark", "analysis", "descri", "detail")
UPDATED = ("updated", "updated at", "last updated", "updated on", "last update", "last modified",
           "modified", "modified at", "last change", "last changed")  # fmt: skip
CHANGED = (
    "changed at", "changed on", "changed", "timestamp", "time", "datetime", "date time", "when",
    "at", "date", *UPDATED,
)  # fmt: skip
ACTOR = (
    "changed by", "updated by", "sys updated by", "modified by", "by", "user", "author", "actor",
    "who", "resource", "agent", "assignee", "assigned to", "owner",
)  # fmt: skip
ORDER = ("sequence", "seq", "mod count", "sys mod count", "revision", "version", "order", "step")
ROLES = ("commander", "incident commander", "incident manager", "incident lead", "lead", "scribe",
         "owner", "assignee", "assigned to")  # fmt: skip

EVENTS: dict[str, tuple[str, ...]] = {
    "declared": ("declar",),
    "acknowledged": ("ack", "respon", "accept"),
    "mitigated": ("mitigat", "repair", "restor", "recover", "contain"),
    "resolved": ("resolv", "resolut", "solv", "fix", "clos", "end", "finish", "complet", "until"),
    "detected": ("detect", "notic", "aware", "trigger", "alert", "report", "open", "creat", "rais",
                 "log", "start", "beg", "occur", "fault", "from", "date", "time"),
}  # fmt: skip
"""How the words in a column's name begin that tells when something happened, the likeliest first.
"""

_EXPECTED = re.compile(
    r"\b(due|sla|slo|ola|eta|next|expect|plan|schedul|target|breach|deadlin|estimat|forecast|follow)"
)
"""How words begin in the names of times that are to come, or ought to: nothing happened then."""

_MEANINGS: dict[Meaning, str] = {
    "open": r"un(resolv|assign|ack|solv)|awaiting (assign|ack|triage)|re-?open|not\b",
    "dismissed": r"cancel|false|duplic|dismiss|reject|invalid|void",
    "resolved": r"resolv|clos|complet|done|fix|ended|solved|finish",
    "mitigated": r"mitigat|monitor|stabl|workaround|restor|recover",
    "acknowledged": r"ack|accept|assign|triag|inves|identif|work|activ|progress|a?wait|hold|pend",
}
"""How words begin that say what a state means, the surest first."""


def meaning_of(state: str) -> Meaning:
    """Return what a state probably means."""
    said = _words(state)
    return next(
        (meaning for meaning, form in _MEANINGS.items() if re.search(rf"\b(?:{form})", said)),
        "open",
    )


def _words(name: str) -> str:
    """Return a name as small words: `resolvedAt` and `Resolved_at` are both `resolved at`."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return " ".join(re.sub(r"[^0-9a-z#]+", " ", apart.lower()).split())


def named(columns: Iterable[str], names: Sequence[str]) -> list[str]:
    """Return the columns that are called so, the likeliest first."""
    ranks = {column: names.index(_words(column)) for column in columns if _words(column) in names}
    return sorted(ranks, key=lambda column: ranks[column])


def like(columns: Iterable[str], stems: Sequence[str]) -> list[str]:
    """Return the columns in whose name a word begins so, the likeliest first."""
    ranks = {}
    for column in columns:
        words = _words(column).split()
        found = [n for n, stem in enumerate(stems) if any(one.startswith(stem) for one in words)]
        if found:
            ranks[column] = found[0]
    return sorted(ranks, key=lambda column: ranks[column])


def is_state(column: str) -> bool:
    """Tell whether a column is named like one of states, and not of those before the change."""
    name = _words(column)
    is_former = re.search(r"\b(old|from|prev|previous|prior|former|before)\b", name)
    return not is_former and bool(re.search(r"(status|state|phase|stage)$", name))


def is_expected(column: str) -> bool:
    """Tell whether a column is named like a time that is to come, or ought to."""
    return bool(_EXPECTED.search(_words(column)))


def is_by(column: str, stems: Sequence[str]) -> bool:
    """Tell whether a column is named like who did what has such a name."""
    return "by" in _words(column).split() and bool(like([column], stems))
