"""What only an incident's story tells to group it by: severities over time, concerns, actors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from ..domain.events import Acknowledged, ImpactStarted, StoryEvent
from ..domain.history import History
from .assessments import assessment_of

Facet = Literal["severity-first", "severity-highest", "concern", "actor"]
FACETS: tuple[Facet, ...] = get_args(Facet)

SCALE = ("critical", "major", "minor", "maintenance", "none")
"""Status pages' severities, worst first. Without a scale of one's own, others follow by name, so
that `sev1` is worse than `sev2`."""

Labels = Mapping[str, tuple[str | None, ...]]


def facets(history: History, scale: Sequence[str] = ()) -> Labels:
    """Return the labels of an incident by facet; what was retracted does not count.

    `scale` names severities, worst first. The actor is who acknowledged first: `human` or
    `automation`. None stands for what the story does not tell.
    """
    events = [entry.event for entry in history.entries if entry.retraction is None]
    severities = [one for event in events if (one := assessment_of(event).severity) is not None]
    worst = min(severities, key=lambda one: _rank(one, scale or SCALE), default=None)
    return {
        "severity-first": (severities[0] if severities else None,),
        "severity-highest": (worst,),
        "concern": _concerns(events),
        "actor": (_actor(events),),
    }


def _rank(severity: str, scale: Sequence[str]) -> tuple[int, str]:
    return (scale.index(severity) if severity in scale else len(scale), severity)


def _concerns(events: Sequence[StoryEvent]) -> tuple[str | None, ...]:
    found = (event.concern for event in events if isinstance(event, ImpactStarted))
    return tuple(dict.fromkeys(one for one in found if one is not None)) or (None,)


def _actor(events: Sequence[StoryEvent]) -> str | None:
    for event in events:
        if isinstance(event, Acknowledged):
            return "automation" if event.automatic else "human"
    return None
