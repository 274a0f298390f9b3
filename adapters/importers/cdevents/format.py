"""CDEvents about incidents, plain or within CloudEvents: each tells facts that stay told.

The mapping is written out in docs/importing-cdevents.md.
"""

from __future__ import annotations

import re

from ....domain.errors import InvalidInput
from ....domain.values import refusing_invalid
from ...cdevents import CUSTOM, REPORTED
from ..formats import Format, Options, Told
from ..reading.records import Record
from ..tellings import INFERRED, Facts, Skipped
from .form import SYSTEM, CDEvent, opened
from .own import is_own, own
from .said import infer, said

SUBJECTS = frozenset(
    {
        "approval", "artifact", "branch", "build", "change", "environment", "pipelinerun",
        "repository", "service", "taskrun", "testcaserun", "testoutput", "testsuiterun", "ticket",
    }
)  # fmt: skip
"""The specification's other subjects."""

_TYPE = re.compile(r"dev\.cdevents\.(\w+)\.(\w+)\.(\d+)\.\d+\.\d+(-[\w.]+)?", re.ASCII)
_OWN_TYPE = re.compile(rf"{re.escape(CUSTOM)}([a-z]+)\.0\.\d+\.\d+", re.ASCII)
_PREDICATES = frozenset({"detected", REPORTED, "resolved"})


def recognises(record: Record) -> bool:
    """Tell whether a record looks like a CDEvent or another CloudEvent."""
    return opened(record.raw) is not None


def read(record: Record, _options: Options) -> Told:
    """Return what one CDEvent tells of an incident."""
    found = opened(record.raw)
    if found is None:
        raise InvalidInput("is no CDEvent, neither plain nor within a CloudEvent")
    predicate = _predicate(found.type)
    if isinstance(predicate, Skipped):
        return predicate
    if not isinstance(found.cdevent, dict):
        raise InvalidInput("holds no CDEvent", "data")
    with refusing_invalid():
        cdevent = CDEvent.model_validate(found.cdevent)
        if cdevent.event_ref.startswith(INFERRED):
            raise InvalidInput(f"may not begin with {INFERRED}", "context.source")
        if predicate not in _PREDICATES or is_own(cdevent):
            return [Facts(SYSTEM, cdevent.ref, (own(predicate, cdevent),))]
        return [Facts(SYSTEM, cdevent.ref, tuple(said(predicate, cdevent)))]


def _predicate(kind: str) -> str | Skipped:
    """Return what happened to the incident, or why a type tells of none."""
    if found := _OWN_TYPE.fullmatch(kind):
        return found[1]
    if kind.startswith("dev.cdeventsx."):
        return Skipped("is no incident: another tool's own event")
    if not kind.startswith("dev.cdevents."):
        return Skipped("is no CDEvent")
    known = _TYPE.fullmatch(kind)
    if known is None:
        raise InvalidInput(f"{kind!r} is no type of CDEvents", "context.type")
    subject, predicate, major, _ = known.groups()
    if subject != "incident":
        return Skipped(f"is no incident: {subject if subject in SUBJECTS else 'another subject'}")
    if predicate not in _PREDICATES or major != "0":
        raise InvalidInput(f"{kind!r} is not known yet", "context.type")
    return predicate


FORMAT = Format(
    SYSTEM,
    "CDEvents about incidents, plain or within CloudEvents",
    recognises,
    read,
    infer=infer,
)
