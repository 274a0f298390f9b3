"""The commands that record impact, people, judgements and the story in words."""

from __future__ import annotations

import sys
from typing import Literal

import click

from ...domain.errors import InvalidInput
from ...domain.incident import Incident
from ...domain.values import Confidence, UsersAffected, refusing_invalid
from .options import Fact, records
from .output import How
from .recording import record

_NOTE_TYPES = click.Choice(["observation", "hypothesis", "decision", "action", "communication"])


@click.command(epilog="Example: retold note 3fa85f64 'errors stop after the restart' --type action")
@click.argument("incident", metavar="ID")
@click.argument("text")
@click.option("--type", "note", type=_NOTE_TYPES, default="observation", show_default=True)
@click.option("--link", "links", multiple=True, help="Where it can be seen; may be repeated.")
@records
@click.pass_obj
def note(
    url: str, *, incident: str, text: str, note: str, links: tuple[str, ...], fact: Fact, how: How
) -> None:
    """Record a piece of the story; a TEXT of - is read from standard input."""
    said = _standard_input() if text == "-" else text
    record(url, incident, Incident.note, fact, how, text=said, note=note, links=links)


def _standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode().rstrip("\n")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"is not UTF-8: {error.reason}", "stdin") from None


@click.command(epilog="Example: retold assess 3fa85f64 --severity sev1 --assessor ana")
@click.argument("incident", metavar="ID")
@click.option("--severity", required=True, help="How bad, on your own scale.")
@click.option("--assessor", help="Whose view it is; by default --by.")
@click.option("--confidence", type=click.Choice(["low", "medium", "high"]))
@click.option("--basis", help="What the view stands on.")
@records
@click.pass_obj
def assess(
    url: str,
    *,
    incident: str,
    severity: str,
    assessor: str | None,
    confidence: Confidence | None,
    basis: str | None,
    fact: Fact,
    how: How,
) -> None:
    """Record one person's view of how bad it is; others' views stay beside it."""
    whose = assessor or fact.by
    if whose is None:
        raise click.UsageError("Say whose view it is: --assessor or --by.")
    facts = {"severity": severity, "assessor": whose, "confidence": confidence, "basis": basis}
    record(url, incident, Incident.assess, fact, how, **facts)


@click.command(epilog="Example: retold impact 3fa85f64 checkout --concern availability")
@click.argument("incident", metavar="ID")
@click.argument("service")
@click.option("--end", is_flag=True, help="The impact ended.")
@click.option("--concern", help="availability, latency, correctness… or your own word.")
@click.option("--level", help="How badly it fails, in the source's words.")
@click.option("--users-at-least", type=click.IntRange(min=0), help="Users affected, at least.")
@click.option("--users-at-most", type=click.IntRange(min=0), help="Users affected, at most.")
@click.option("--users-basis", type=click.Choice(["measured", "estimated", "reported"]))
@records
@click.pass_obj
def impact(
    url: str,
    *,
    incident: str,
    service: str,
    end: bool,
    concern: str | None,
    level: str | None,
    users_at_least: int | None,
    users_at_most: int | None,
    users_basis: Literal["measured", "estimated", "reported"] | None,
    fact: Fact,
    how: How,
) -> None:
    """Record that a SERVICE began to fail its users, or with --end that it no longer does."""
    users = _users(users_at_least, users_at_most, users_basis)
    if not end:
        facts = {"service": service, "concern": concern, "level": level, "users": users}
        record(url, incident, Incident.start_impact, fact, how, **facts)
        return
    if level or users:
        raise click.UsageError("An impact that ends has neither --level nor --users-….")
    record(url, incident, Incident.end_impact, fact, how, service=service, concern=concern)


def _users(
    at_least: int | None,
    at_most: int | None,
    basis: Literal["measured", "estimated", "reported"] | None,
) -> UsersAffected | None:
    if at_least is None and at_most is None and basis is None:
        return None
    if basis is None:
        raise click.UsageError("Say how the users were counted: --users-basis.")
    if at_least is not None and at_most is not None and at_least > at_most:
        raise click.UsageError("--users-at-least is more than --users-at-most.")
    with refusing_invalid("users"):
        return UsersAffected(at_least=at_least, at_most=at_most, basis=basis)


@click.command(epilog="Example: retold role 3fa85f64 commander ana")
@click.argument("incident", metavar="ID")
@click.argument("role")
@click.argument("holder")
@click.option("--release", is_flag=True, help="The holder gives the role back.")
@records
@click.pass_obj
def role(
    url: str, *, incident: str, role: str, holder: str, release: bool, fact: Fact, how: How
) -> None:
    """Record that HOLDER took a ROLE, or with --release gave it back."""
    decide = Incident.release_role if release else Incident.assign_role
    record(url, incident, decide, fact, how, role=role, holder=holder)


@click.command(epilog="Example: retold engage 3fa85f64 ana --how paged")
@click.argument("incident", metavar="ID")
@click.argument("responder")
@click.option("--how", "means", required=True, type=click.Choice(["paged", "noticed", "told"]))
@records
@click.pass_obj
def engage(url: str, *, incident: str, responder: str, means: str, fact: Fact, how: How) -> None:
    """Record that a human came in."""
    facts = {"responder": responder, "how": means}
    record(url, incident, Incident.engage, fact, how, **facts)


@click.command(epilog="Example: retold breach 3fa85f64 'checkout SLO' --observed 97.2%")
@click.argument("incident", metavar="ID")
@click.argument("expectation")
@click.option("--indicator", help="What is measured.")
@click.option("--threshold", help="What was promised.")
@click.option("--observed", help="What was seen.")
@records
@click.pass_obj
def breach(
    url: str,
    *,
    incident: str,
    expectation: str,
    indicator: str | None,
    threshold: str | None,
    observed: str | None,
    fact: Fact,
    how: How,
) -> None:
    """Record that a service level EXPECTATION was not met."""
    facts = {"indicator": indicator, "threshold": threshold, "observed": observed}
    record(url, incident, Incident.breach, fact, how, expectation=expectation, **facts)


@click.command(epilog="Example: retold surprise 3fa85f64 --expected failover --observed 'a loop'")
@click.argument("incident", metavar="ID")
@click.option("--expected", required=True, help="What people thought would happen.")
@click.option("--observed", required=True, help="What happened.")
@records
@click.pass_obj
def surprise(
    url: str, *, incident: str, expected: str, observed: str, fact: Fact, how: How
) -> None:
    """Record what was expected, and what was seen instead."""
    record(url, incident, Incident.note_surprise, fact, how, expected=expected, observed=observed)


@click.command("follow-up", epilog="Example: retold follow-up 3fa85f64 alerts 'alert on disk use'")
@click.argument("incident", metavar="ID")
@click.argument("name")
@click.argument("text", required=False)
@click.option("--owner", help="Who sees to it.")
@click.option("--done", is_flag=True, help="It was done.")
@records
@click.pass_obj
def follow_up(
    url: str,
    *,
    incident: str,
    name: str,
    text: str | None,
    owner: str | None,
    done: bool,
    fact: Fact,
    how: How,
) -> None:
    """Record something to do afterwards under a short NAME, or with --done that it was done."""
    if done:
        if text or owner:
            raise click.UsageError("With --done give the NAME alone.")
        record(url, incident, Incident.complete_follow_up, fact, how, follow_up=name)
        return
    if not text:
        raise click.UsageError("Say what is to be done: NAME TEXT.")
    facts = {"follow_up": name, "text": text, "owner": owner}
    record(url, incident, Incident.add_follow_up, fact, how, **facts)


COMMANDS = (note, assess, impact, role, engage, breach, surprise, follow_up)
