"""Which names are those of systems that recorded something, and no person's."""

from __future__ import annotations

from ..domain.values import Source

_WITHOUT_PEOPLE = frozenset({"alertmanager", "cdevents"})
"""Systems in which nobody can write anything."""

_ITSELF = "system"
"""What Opsgenie, Splunk On-Call and ServiceNow call themselves, in one case or another."""


def is_source_itself(who: str | None, source: Source | None) -> bool:
    """Tell whether a name is that of the system that a fact was read from.

    It is the record that says so, never a guess from the sound of a name.
    """
    return source is not None and (who or "").casefold() in (source.system, _ITSELF)


def said_by_machine(who: str | None, source: Source | None) -> bool:
    """Tell whether the system that a fact was read from said it, and nobody who used it."""
    is_unmanned = source is not None and source.system in _WITHOUT_PEOPLE
    return is_unmanned or is_source_itself(who, source)
