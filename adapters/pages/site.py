"""Making a site: an index and reports over incidents, and a page of each, told one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from ... import __version__
from ...domain.history import PRESENT
from ...domain.records import decode
from ...projections.actors import story_with
from ...projections.board import board
from ...projections.story import Story
from ...projections.views import IncidentRow
from ..provenance import Provenance
from ..reader import Reader
from ..reporting import moment_of
from ..timeline_blocks import Telling
from .document import as_html
from .page import page
from .site_files import INDEX, REPORTS, SiteFolder
from .site_index import index_page
from .site_reports import reports_of, reports_page
from .site_rows import Asked, Found, Listed, listed, page_of


class Made(NamedTuple):
    """What a run made of a site's folder."""

    found: Found
    written: int
    unchanged: int
    removed: int


def make_site(
    reader: Reader,
    path: Path,
    asked: Asked,
    now: datetime,
    progress: Callable[[int], None] = lambda _: None,
) -> Made:
    """Make a site in a folder, or make one there anew; files that stay as they are are not touched.

    What is open is as old as it is at the end of the cut, or `now` where there is none. The page
    of an incident that may not be seen any more is removed before anything else is done, and the
    index is written last. Raises `InvalidInput` for a folder with files that are none of Retold's,
    and what Python raises for one that cannot be written.
    """
    folder = SiteFolder(path, page(asked.title, "unfinished.html", {}))
    folder.withdraw(_visible(reader))
    found = _found(reader, folder, asked, now, progress)
    reports = reports_of(reader, asked, found)
    folder.put(REPORTS, reports_page(asked, found, reports))
    folder.keep(found.identities)
    folder.put(INDEX, index_page(asked, found, reports.medians))
    return Made(found, folder.written, folder.unchanged, folder.removed)


def _found(
    reader: Reader,
    folder: SiteFolder,
    asked: Asked,
    now: datetime,
    progress: Callable[[int], None],
) -> Found:
    """Tell the stories one by one, write a page of each, and remember what lists say of it."""
    moment = now if asked.cut == PRESENT else moment_of(asked.cut)
    rows: list[Listed] = []
    left_out: list[IncidentRow] = []

    def shown() -> Iterator[Story]:
        for story in _stories(reader, asked):
            if not asked.has(story.incident):
                left_out.append(story.incident)
                continue
            folder.put(page_of(story.incident.incident_id), _page(story, asked))
            rows.append(listed(story))
            progress(len(rows))
            yield story

    on_board = board(shown(), moment)
    visible = _visible(reader)  # of what was restricted meanwhile nothing is told
    detected = [one for one in left_out if one.detected_at is not None]
    return Found(
        rows=[row for row in rows if row.incident.incident_id in visible],
        board=[row for row in on_board if row.incident_id in visible],
        moment=moment,
        position=reader.backend.last_position(asked.cut.recorded_at),
        hidden=reader.hidden(),
        undetected=len(left_out) - len(detected),
        open_elsewhere=sum(one.is_open for one in detected),
    )


def _stories(reader: Reader, asked: Asked) -> Iterator[Story]:
    for rows in reader.backend.read_incidents():
        story = story_with(asked.actors, decode(rows), asked.cut)
        if story is not None:
            yield story


def _visible(reader: Reader) -> frozenset[UUID]:
    return frozenset(row.incident_id for row in reader.backend.incidents())


def _page(story: Story, asked: Asked) -> str:
    # The end of the log would change every page whenever anything is recorded.
    where = Provenance(asked.store, story.position, asked.actors, __version__, asked.checkpoint)
    telling = Telling(story, asked.cut, asked.zone, where)
    return as_html(telling, home=f"../{INDEX}")
