"""The header of a document of one incident: its title, and what a reader asks first."""

from __future__ import annotations

from collections.abc import Iterator

from ..domain.history import Cut
from ..domain.values import iso
from ..projections.board import leader
from ..projections.story import Story
from .timeline_parts import Facts, Paragraph, Phrase, Section, fixed, said
from .wording import between, moment, titled

MOST_SERVICES = 8
"""So many services are named among the facts; more have a paragraph of their own."""


def header(story: Story, cut: Cut) -> Section:
    """Return the title and what a reader asks first."""
    incident = story.incident
    about = (
        *fixed("Incident "), *fixed(str(incident.incident_id), "code"),
        *fixed(f", version {incident.version}. "), *_t_zero(story),
    )  # fmt: skip
    cuts = cut_words(cut)
    return Section(
        "header",
        said(titled(incident.title)),
        (
            Facts(tuple(_facts(story))),
            Paragraph(about),
            *(Paragraph(one) for one in (_many_services(story), fixed(cuts)) if one),
        ),
    )


def _facts(story: Story) -> Iterator[Phrase]:
    incident = story.incident
    yield (*fixed(incident.state, "strong"), *_how_long(story))
    yield (*fixed("severity "), *(said(severity_turns(story)) or fixed("not recorded")))
    if story.disagree:
        yield fixed("assessors differ", "strong")
    if len(incident.services) > MOST_SERVICES:
        yield fixed(f"{len(incident.services)} services")
    elif incident.services:
        yield (*fixed("services "), *said(", ".join(incident.services)))
    if leads := leader(story.roles):
        yield (*fixed("led by "), *said(leads))
    if incident.reopens:
        yield fixed(f"reopened {reopened_words(incident.reopens)}")
    if incident.source:
        yield (*fixed("source "), *said(f"{incident.source}:{incident.source_ref}"))


def reopened_words(reopens: int) -> str:
    """Say how often; nothing for never."""
    return {0: "", 1: "once", 2: "twice"}.get(reopens, f"{reopens} times")


def _many_services(story: Story) -> Phrase:
    """Name the services where they are too many for a line with other facts."""
    services = story.incident.services
    if len(services) <= MOST_SERVICES:
        return ()
    return (*fixed("Services: "), *said(", ".join(services)), *fixed("."))


def _how_long(story: Story) -> Phrase:
    began, state = story.incident.t_zero_at, story.incident.state
    ended = next((one.at for one in story.moments if one.label.lower() == state), None)
    if began is not None and story.incident.is_open:
        return fixed(f" since {moment(began)} UTC")
    if began is not None and ended is not None and ended >= began:
        return fixed(f" after {between(began, ended)}")
    return ()


def severity_turns(story: Story) -> str:
    """Return the severities that were in force one after the other; nothing if none was."""
    assessed = [one.severity for one in story.severities]
    turns = [one for one, before in zip(assessed, [None, *assessed], strict=False) if one != before]
    last = story.incident.severity
    if last is not None and turns[-1:] != [last]:
        turns.append(last)
    return " \N{RIGHTWARDS ARROW} ".join(turns)


NO_CUT = "Cut: none; all that is recorded is told."


def cut_words(cut: Cut) -> str:
    """Say which cuts the document is told under, or nothing where there is none."""
    cuts = [f"{name.replace('_', ' ')} {iso(at)}" for name, at in cut if at is not None]
    return f"Cut: {'; '.join(cuts)}." if cuts else ""


def _t_zero(story: Story) -> Phrase:
    at = story.incident.t_zero_at
    if at is None:
        return fixed("Times are UTC. There is no T0: neither impact nor detection is recorded.")
    what = (
        "first impact" if story.t_zero_is == "impact" else "detection; no impact start is recorded"
    )
    return fixed(f"Times are UTC. T0 is {moment(at)}, the {what}.")
