"""Hostile text in every field of every event, through the index, the board and the reports."""

import json
import re
from html import unescape
from pathlib import Path
from uuid import UUID

import pytest
from retold import Entry, open_store
from retold.adapters.pages.site import make_site
from retold.adapters.pages.site_rows import Asked
from retold.adapters.wording import visible
from retold.domain.values import Source

from .sites import board, parsed, row
from .test_timeline_hostile import FORBIDDEN, HOSTILE, NOON, history

ENDED, OPEN = UUID(int=1), UUID(int=2)
CORRECTING = {"event-corrected", "event-retracted"}
LEFT_OUT = {
    ENDED: CORRECTING | {"incident-reopened"},
    OPEN: CORRECTING | {"incident-resolved"},
}
PAGES = ("index.html", "reports.html")


def made(text: str, folder: Path) -> Path:
    """Make a site of an incident with the text in all fields, and of one that is open as well."""
    with open_store("memory:", groups=("payments",)) as store:
        for incident in (ENDED, OPEN):
            for one in history(text):
                if one.event.kind in LEFT_OUT[incident]:
                    continue
                event_id = UUID(int=one.event_id.int ^ (incident.int << 64))
                source = Source(system="elsewhere", ref=text)
                store.append(incident, [Entry(event_id=event_id, event=one.event, source=source)])
        make_site(store, folder, Asked(title=text), NOON)
    return folder


def signs(text: str) -> str:
    """Return what is seen of a text, but for the spaces in it."""
    return "".join(visible(text).split())


@pytest.mark.parametrize("text", HOSTILE)
def test_its_pages_have_the_same_elements_and_the_text_in_them_to_read(
    text: str, tmp_path: Path
) -> None:
    plain, mean = made("plain", tmp_path / "plain"), made(text, tmp_path / "mean")
    for name in PAGES:
        assert parsed(mean, name).elements == parsed(plain, name).elements
        assert not FORBIDDEN.search((mean / name).read_text("utf-8"))
    assert len(board(plain)) == 1
    for incident in (ENDED, OPEN):
        told, wanted = row(mean, incident), row(plain, incident)
        assert list(map(signs, told)) == [signs(one.replace("plain", text)) for one in wanted]
    assert signs(" ".join(board(mean)[0])) == signs(
        " ".join(board(plain)[0]).replace("plain", text)
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_what_the_script_reads_of_a_row_is_the_text(text: str, tmp_path: Path) -> None:
    page = (made(text, tmp_path) / "index.html").read_text("utf-8")
    found = re.findall(r'data-severity="([^"]*)" data-services="([^"]*)"', page)
    assert len(found) == 2
    for severity, services in found:
        assert unescape(severity) == visible(f"{text} 2")
        assert visible(text) in json.loads(unescape(services))
