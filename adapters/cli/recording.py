"""The commands that record an incident's lifecycle, and what every recording command shares."""

from __future__ import annotations

from typing import Any, Literal

import click

from ...domain.incident import Incident
from ...domain.records import Recorded
from ..store import Decision
from .options import Fact, records
from .output import Column, How, write_rows
from .stores import existing_store, new_or_existing_store

_KEYS = ("incident_id", "event_id", "version", "position")
_FACTS = (Column("recorded", "fact", "word"), Column("", "value"))


def write_recorded(recorded: Recorded, how: How) -> None:
    """Write the ids that a recording got."""
    row = {key: getattr(recorded, key) for key in _KEYS}
    rows = [{"fact": key.replace("_", " "), "value": value} for key, value in row.items()]
    write_rows("recorded", rows if how.form in ("table", "md") else [row], _FACTS, how)


def record(
    url: str, reference: str, decide: Decision, fact: Fact, how: How, /, **facts: Any
) -> None:
    """Record what `decide` decides on the incident of that reference, and write its ids."""
    with existing_store(url) as store:
        recorded = store.record(
            store.find(reference),
            decide,
            at=fact.at,
            by=fact.by,
            event_id=fact.event_id,
            **facts,
        )
    write_recorded(recorded, how)


@click.command(epilog="Example: retold detect 'Checkout fails' --service checkout --signal pager")
@click.argument("title")
@click.option("--service", "services", multiple=True, help="A service concerned; may be repeated.")
@click.option("--signal", help="What made it noticed.")
@records
@click.pass_obj
def detect(
    url: str,
    *,
    title: str,
    services: tuple[str, ...],
    signal: str | None,
    fact: Fact,
    how: How,
) -> None:
    """Begin an incident: somebody or something noticed a disruption."""
    with new_or_existing_store(url) as store:
        recorded = store.detect(
            title,
            at=fact.at,
            event_id=fact.event_id,
            by=fact.by,
            services=services,
            signal=signal,
        )
    write_recorded(recorded, how)


@click.command(epilog="Example: retold ack 3fa85f64 --by ana")
@click.argument("incident", metavar="ID")
@records
@click.pass_obj
def ack(url: str, *, incident: str, fact: Fact, how: How) -> None:
    """Record that a responder took it on."""
    record(url, incident, Incident.acknowledge, fact, how)


@click.command(epilog="Example: retold declare 3fa85f64 --severity sev2")
@click.argument("incident", metavar="ID")
@click.option("--severity", help="How bad, on your own scale.")
@click.option("--why", help="Why it is an incident.")
@records
@click.pass_obj
def declare(
    url: str, *, incident: str, severity: str | None, why: str | None, fact: Fact, how: How
) -> None:
    """Record that it was called an incident."""
    record(url, incident, Incident.declare, fact, how, severity=severity, why=why)


@click.command(epilog="Example: retold mitigate 3fa85f64 --how 'rolled back 1.4.2'")
@click.argument("incident", metavar="ID")
@click.option("--how", "means", help="By what.")
@records
@click.pass_obj
def mitigate(url: str, *, incident: str, means: str | None, fact: Fact, how: How) -> None:
    """Record that users no longer suffer."""
    facts = {"how": means}  # the event's own `how`, not how to answer
    record(url, incident, Incident.mitigate, fact, how, **facts)


@click.command(epilog="Example: retold resolve 3fa85f64 --summary 'disk replaced'")
@click.argument("incident", metavar="ID")
@click.option("--summary", help="What it was and what ended it.")
@records
@click.pass_obj
def resolve(url: str, *, incident: str, summary: str | None, fact: Fact, how: How) -> None:
    """Record that it is over."""
    record(url, incident, Incident.resolve, fact, how, summary=summary)


@click.command(epilog="Example: retold reopen 3fa85f64 --why 'errors are back'")
@click.argument("incident", metavar="ID")
@click.option("--why", help="What shows that it was not over.")
@records
@click.pass_obj
def reopen(url: str, *, incident: str, why: str | None, fact: Fact, how: How) -> None:
    """Record that it was not over after all."""
    record(url, incident, Incident.reopen, fact, how, why=why)


@click.command(epilog="Example: retold dismiss 3fa85f64 --reason drill")
@click.argument("incident", metavar="ID")
@click.option(
    "--reason", required=True, type=click.Choice(["false-alarm", "drill", "not-an-incident"])
)
@click.option("--why", help="What shows it.")
@records
@click.pass_obj
def dismiss(
    url: str,
    *,
    incident: str,
    reason: Literal["false-alarm", "drill", "not-an-incident"],
    why: str | None,
    fact: Fact,
    how: How,
) -> None:
    """Record that it does not count."""
    record(url, incident, Incident.dismiss, fact, how, reason=reason, why=why)


@click.command(epilog="Example: retold merge 3fa85f64 9b2d1c40 --why 'same cause'")
@click.argument("incident", metavar="ID")
@click.argument("into")
@click.option("--why", help="Why they are one.")
@records
@click.pass_obj
def merge(url: str, *, incident: str, into: str, why: str | None, fact: Fact, how: How) -> None:
    """Record that its story goes on in the incident INTO."""
    with existing_store(url) as store:
        this, other = store.find(incident), store.find(into)
        recorded = store.record(
            this,
            Incident.merge,
            at=fact.at,
            by=fact.by,
            event_id=fact.event_id,
            this=this,
            into=other,
            why=why,
        )
    write_recorded(recorded, how)


COMMANDS = (detect, ack, declare, mitigate, resolve, reopen, dismiss, merge)
