"""The command that shows on a bundled sample what a store tells: demo."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import click

from ...domain.errors import InvalidInput
from ...domain.events import Resolved
from ...domain.incident import Incident
from ..importers.importing import import_files
from ..opening import utc_now
from ..pages.site import make_site
from ..pages.site_rows import Asked
from ..provenance import kind_of
from ..store import Decision, Store
from .output import How, say
from .postmortem import ToTell, write_postmortem
from .reading import listed, told, write_incidents, write_timeline
from .reporting import write_report
from .stores import new_or_existing_store

SAMPLE = "example-cloud.json"
OPEN = "statuspage:w2ny6tj5bgse"
CORRECTED = "statuspage:p8rm4zc6yh1f"
MEASURES = ("ttm_detected", "ttr_detected", "active_time", "reopens")


@click.command(epilog="Example: retold demo --output /tmp/retold-demo")
@click.option("--output", default="retold-demo", show_default=True, help="The folder to make.")
@click.option("--force", is_flag=True, help="Replace the store that an earlier demo made there.")
def demo(output: str, *, force: bool) -> None:
    """Make a store from a bundled sample; show status, a report and a timeline of it.

    Beside the store it writes a postmortem document and a site of all incidents.
    """
    folder = Path(output)
    url = _fresh_store(folder, force=force)
    how = How("table")
    page, site = folder / f"postmortem-{CORRECTED.partition(':')[2]}.md", folder / "site"
    with new_or_existing_store(url) as store:
        _fill(store)
        story = told(store, CORRECTED, how.cut)
        _titled("retold status", lambda: write_incidents(listed(store.incidents()), None, how))
        _titled(
            f"retold report {' '.join(MEASURES)}",
            lambda: write_report(store.report(*MEASURES), how),
        )
        make_site(store, site, Asked("Example Cloud", store=kind_of(url)), utc_now())
    _titled(f"retold timeline {CORRECTED}", lambda: write_timeline(story, how))
    write_postmortem(ToTell(url, CORRECTED), None, page)
    say(
        f"The store is {url}, the postmortem {page}, a page of each incident {site / 'index.html'}."
    )
    say(f"Go on with: retold --db {url} explain ttr_detected {CORRECTED}")


def _fresh_store(folder: Path, *, force: bool) -> str:
    path = folder / "retold.db"
    if path.exists() and not force:
        raise InvalidInput(f"{path} is there already: --force replaces it, --output names another")
    folder.mkdir(parents=True, exist_ok=True)
    for suffix in ("", "-wal", "-shm"):
        path.with_name(f"{path.name}{suffix}").unlink(missing_ok=True)
    return str(path)


def _fill(store: Store) -> None:
    with as_file(files(__package__) / "sample" / SAMPLE) as sample:
        import_files(store, "statuspage", [str(sample)])
    _respond(store, store.find(OPEN))
    incident = store.find(CORRECTED)
    [resolved] = [one for one in store.recorded(incident) if isinstance(one.event, Resolved)]
    store.correct(
        resolved.event_id,
        {"occurred_at": "2026-04-14T14:31:00Z"},
        why="the graphs show the last failed upload at 14:31; the page was updated later",
        by="incident review",
        correction_id=uuid5(incident, "correction"),
    )


def _respond(store: Store, incident: UUID) -> None:
    """Record what responders say of the open incident, beside what its page says."""
    said: list[tuple[str, Decision, dict[str, Any]]] = [
        ("12:03", Incident.breach, {"expectation": "99 % of reads within 200 ms",
                                    "observed": "94 %"}),
        ("12:11", Incident.acknowledge, {"by": "storage on-call"}),
        ("12:15", Incident.assign_role, {"role": "commander", "holder": "storage on-call"}),
        ("12:20", Incident.assess, {"assessor": "support", "severity": "critical",
                                    "basis": "30 tickets within ten minutes"}),
        ("12:40", Incident.note_surprise, {"expected": "copying takes minutes",
                                           "observed": "it takes hours"}),
    ]  # fmt: skip
    for clock, decide, facts in said:
        at = datetime.fromisoformat(f"2026-06-09T{clock}:00").replace(tzinfo=UTC)
        event_id = uuid5(incident, clock)
        store.record(incident, decide, at=at, told_at=at, event_id=event_id, **facts)


def _titled(title: str, write: Callable[[], None]) -> None:
    click.echo(f"\n$ {title}\n")
    write()


COMMANDS = (demo,)
