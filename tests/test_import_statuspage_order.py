"""Importing Statuspage histories in any order: they end in the story of the newest."""

import gzip
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from retold import Recorded, Store, open_store
from retold.adapters.importers.formats import Options
from retold.adapters.importers.importing import import_files
from retold.adapters.importers.news import news
from retold.adapters.importers.reading.records import Place, Record
from retold.adapters.importers.statuspage.format import read
from retold.adapters.importers.tellings import Skipped
from retold.domain.history import effective_history

from .imports.statuspage import HISTORY, document, imported, revised, search_of
from .imports.told import REAL_DATA, needs_real_data, stories, written


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


def test_an_import_overtaken_by_a_newer_one_ends_in_the_newer_story(
    store: Store, tmp_path: Path
) -> None:
    newer = revised(document(), "2026-07-01T00:00:00Z")
    search_of(newer)["name"] = "Search was slow"
    file = written(tmp_path / "newer.json", newer)

    class Overtaken:
        """The store, which another import writes to as soon as this one has looked."""

        left = iter([file])

        def histories_of(self, ids: Sequence[UUID]) -> dict[UUID, list[Recorded]]:
            found = store.histories_of(ids)
            for one in self.left:
                imported(store, one)
            return found

        incidents_of = staticmethod(store.incidents_of)
        extend_all = staticmethod(store.extend_all)

    import_files(Overtaken(), "statuspage", [str(HISTORY)])
    assert store.status(store.find("statuspage:p31kqzx8w5tn")).title == "Search was slow"
    alone = open_store("memory:")
    imported(alone, file)
    assert stories(store) == stories(alone)


def test_an_older_file_after_a_newer_one_changes_nothing(store: Store, tmp_path: Path) -> None:
    older = document()
    older["page"]["updated_at"] = "2026-05-31T00:00:00.000Z"
    older["incidents"][0]["name"] = "An earlier name"
    imported(store, HISTORY)
    told = stories(store)
    done = imported(store, written(tmp_path / "older.json", older))
    assert done.skipped_why["older than what is recorded"] == 6
    assert stories(store) == told


def test_two_pages_of_one_revision_that_differ_settle_on_the_same_in_any_order(
    store: Store, tmp_path: Path
) -> None:
    fuller, other = document(), document()
    search_of(other)["name"] = "Another name"
    del search_of(other)["incident_updates"][0]
    files = [written(tmp_path / "a.json", fuller), written(tmp_path / "b.json", other)]
    backwards = open_store("memory:")
    imported(store, *files)
    imported(backwards, *files[::-1])
    assert stories(store) == stories(backwards)
    assert imported(store, *files).events == 0
    assert store.status(store.find("statuspage:p31kqzx8w5tn")).title == "Search answers slowly"


REVISIONS = [
    ("2026-03-02T09:10:00Z", 1),
    ("2026-03-02T09:25:00Z", 2),
    ("2026-03-02T09:50:00Z", 4),
    ("2026-03-02T11:00:00Z", 5),
    ("2026-03-02T12:00:00Z", 3),
]


def revision(number: int) -> Record:
    """Return the search incident as a page might have told it: with so many updates, renamed."""
    seen_at, updates = REVISIONS[number]
    [search] = [one for one in document()["incidents"] if one["id"] == "p31kqzx8w5tn"]
    search["incident_updates"] = search["incident_updates"][-updates:]
    search |= {"updated_at": seen_at, "name": f"Search, told {number} times"}
    page = {"name": "Example Cloud", "updated_at": seen_at}
    return Record(Place("sample"), search, "incidents", {"page": page})


@given(st.lists(st.integers(0, 4), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_in_any_order_and_number_snapshots_end_in_the_story_of_the_newest(order: list[int]) -> None:
    def story(numbers: list[int]) -> list[tuple[object, ...]]:
        store = open_store("memory:", clock=lambda: datetime(2026, 6, 1, tzinfo=UTC))
        for number in numbers:
            told = read(revision(number), Options())
            assert not isinstance(told, Skipped)
            for one in told:
                recorded = store.histories_of([one.incident_id]).get(one.incident_id, [])
                store.append(one.incident_id, news(recorded, one))
        [row] = store.incidents()
        entries = effective_history(store.recorded(row.incident_id)).entries
        return [
            (entry.recorded.source.part, entry.event)
            for entry in entries
            if entry.retraction is None and entry.recorded.source
        ]

    assert sorted(story(order), key=repr) == sorted(story([max(order)]), key=repr)


@needs_real_data
@pytest.mark.parametrize(
    "name",
    ["access", "confluence", "developer", "digitalocean", "github", "jira", "jira_core", "trello"],
)
def test_line_by_line_and_all_at_once_end_in_the_same_stories(name: str, tmp_path: Path) -> None:
    file = REAL_DATA / "statuspage-unfolding" / f"{name}.jsonl.gz"
    at_once, by_line = open_store("memory:"), open_store("memory:")
    imported(at_once, file)
    one = tmp_path / "line.json"
    for line in gzip.decompress(file.read_bytes()).splitlines():
        one.write_bytes(line)
        imported(by_line, one)
    assert stories(at_once) == stories(by_line)
    again = imported(at_once, file)
    assert again.events == 0
