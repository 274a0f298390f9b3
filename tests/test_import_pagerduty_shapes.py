"""Importing PagerDuty: an incident is one record whatever it holds, and whatever its title is."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from retold import Store, open_store
from retold.adapters.importers.pagerduty import FORMAT
from retold.adapters.importers.reading.json_records import json_records
from retold.domain import events as ev

from .imports.pagerduty import (
    REF,
    SERVICE,
    analysed,
    entry,
    events,
    hook,
    imported,
    incident,
    person,
    texts,
)
from .imports.told import at, written

LOG = [
    entry("R1", "trigger", "10:00:00", SERVICE),
    entry("R5", "resolve", "11:00:00", person("Ann")),
]


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


def merged() -> dict[str, Any]:
    return incident(
        status="resolved",
        resolved_at="2026-03-02T11:00:00Z",
        last_status_change_by=person("Ann"),
        resolve_reason={"type": "merge_resolve_reason", "incident": {"id": "POTHER"}},
        log_entries=LOG,
    )


@pytest.mark.parametrize("lines", [1, 2])
def test_an_incident_that_holds_its_log_is_one_record(
    store: Store, tmp_path: Path, lines: int
) -> None:
    done = imported(store, written(tmp_path / "bare.json", *[merged()] * lines))
    assert (done.read, done.recorded) == (lines, 1)
    assert len(events(store, REF, ev.Merged)) == 1
    assert events(store, REF, ev.Resolved) == []


def test_a_page_of_log_entries_stays_a_page(store: Store, tmp_path: Path) -> None:
    page = {"log_entries": LOG, "limit": 25, "offset": 0, "more": False, "total": None}
    assert imported(store, written(tmp_path / "page.json", page)).read == 2


@pytest.mark.parametrize("missing", [10, 300])
def test_an_incident_too_long_to_be_read_at_once_is_not_taken_for_a_page(missing: int) -> None:
    text = json.dumps(merged()).encode()
    found = list(json_records("x.json", BytesIO(text), FORMAT.lists, len(text) - missing))
    assert [one.raw for one in found] == [None]
    assert "a record is longer than" in str(found[0].problem)


LONG = "x" * 1024


def test_a_title_too_long_for_a_line_is_cut_and_kept_whole_in_a_note(
    store: Store, tmp_path: Path
) -> None:
    one = incident(title=LONG, summary=f"[#7] {LONG}")
    done = imported(store, written(tmp_path / "one.json", {"incident": one}))
    assert done.rejected == 0
    assert store.status(store.find(f"pagerduty:{REF}")).title == LONG[:1000]
    assert LONG in texts(store, REF)


def test_references_with_long_summaries_are_taken(store: Store, tmp_path: Path) -> None:
    reference = {"id": REF, "type": "incident_reference", "summary": f"[#7] {LONG}"}
    agent = person("Ann") | {"summary": LONG}
    pieces = [
        entry("R1", "trigger", "10:00:00", SERVICE, incident=reference, summary=LONG * 2),
        entry("R2", "acknowledge", "10:05:00", agent, incident=reference),
        hook("acknowledged", "10:06:00", agent, service=SERVICE | {"summary": LONG}),
        analysed(description=LONG, resolved_by_user_name=LONG),
    ]
    for piece in pieces:
        assert imported(store, written(tmp_path / "one.json", piece)).rejected == 0


UNTITLED = incident(title=None, updated_at="2026-03-09T00:00:00Z")


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(
    "titled", [incident(), LOG[0], analysed()], ids=["incident", "log", "analytics"]
)
def test_an_id_for_want_of_a_title_displaces_none(
    store: Store, tmp_path: Path, titled: dict[str, Any], backwards: bool
) -> None:
    pieces = [titled, UNTITLED]
    imported(store, written(tmp_path / "both.jsonl", *pieces[:: -1 if backwards else 1]))
    [detected] = events(store, REF, ev.Detected)
    assert (detected.title, detected.services) == ("Checkout down", ("API",))


def test_an_incident_that_nothing_gives_a_title_is_called_by_its_id(
    store: Store, tmp_path: Path
) -> None:
    imported(store, written(tmp_path / "one.json", UNTITLED))
    row = store.status(store.find(f"pagerduty:{REF}"))
    assert (row.title, row.detected_at) == (REF, at("2026-03-02T10:00:00Z"))
