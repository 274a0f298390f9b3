"""What every importer keeps: the account balances, and nothing hangs on order or repetition."""

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from retold import StorageUnavailable, Store, open_store
from retold.adapters.importers.accounts import Imported, Rejection
from retold.adapters.importers.batches import Sink
from retold.adapters.importers.dry_run import dry_run
from retold.adapters.importers.guessing import formats_like
from retold.adapters.importers.importing import How, import_files
from retold.adapters.importers.reading.files import records
from retold.adapters.importers.reading.records import Record
from retold.adapters.importers.sources import FORMATS

from .imports.at_hand import format_and_options, samples_of, sources_at_hand
from .imports.told import stories

QUICK = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

each_source = pytest.mark.parametrize("name", sources_at_hand())

COPIES = "jsonl"
"""The one source that is copied from another store of ours, where the records were kept."""


def found(name: str) -> list[Record]:
    chosen, _ = format_and_options(name)
    files = samples_of(name)
    return [one for file in files for one in records(file, chosen.lists)]


def written(path: Path, some: list[Record]) -> str:
    """Write records as a file of rejects has them, which every importer reads."""
    lines = [json.dumps(Rejection(one, "", "as it was").as_json()) for one in some]
    path.write_text("".join(f"{line}\n" for line in lines))
    return str(path)


def imported(store: Sink, name: str, files: list[str], **how: Any) -> Imported:
    chosen, options = format_and_options(name)
    return import_files(store, chosen, files, How(options, **how))


def balances(done: Imported) -> bool:
    parts = done.recorded + done.already_there + done.skipped + done.rejected
    return done.read == parts and sum(done.skipped_why.values()) == done.skipped


@each_source
def test_every_record_is_accounted_for_on_every_store(name: str, store: Store) -> None:
    done = imported(store, name, samples_of(name))
    assert done.read > 0
    assert done.recorded > 0
    assert (done.rejected, balances(done)) == (0, True), done.rejections


@pytest.mark.parametrize("system", sorted(FORMATS))
def test_what_becomes_of_each_field_is_documented(system: str) -> None:
    documents = Path(__file__).parents[1] / "docs"
    page = f"importing-{system}.md"
    assert f"]({page}) |" in (documents / "importing.md").read_text()
    assert f"retold import {system} " in (documents / page).read_text()


@each_source
def test_the_same_files_again_record_nothing(name: str) -> None:
    store = open_store("memory:")
    imported(store, name, samples_of(name))
    told = stories(store)
    again = imported(store, name, samples_of(name))
    assert (again.events, balances(again)) == (0, True)
    assert stories(store) == told


@each_source
@given(data=st.data())
@QUICK
def test_any_split_order_and_repetition_ends_in_the_same_stories(
    name: str, data: st.DataObject, tmp_path: Path
) -> None:
    all_records = found(name)
    drawn = data.draw(st.permutations(range(len(all_records))))
    again = data.draw(st.lists(st.sampled_from(range(len(all_records))), max_size=4))
    order = [all_records[index] for index in (*drawn, *again)]
    cut = data.draw(st.integers(0, len(order)))
    parts = [part for part in (order[:cut], order[cut:]) if part]
    files = [written(tmp_path / f"{n}.jsonl", part) for n, part in enumerate(parts)]
    apart, at_once = open_store("memory:"), open_store("memory:")
    for file in files:
        assert imported(apart, name, [file]).rejected == 0
    imported(at_once, name, samples_of(name))
    assert stories(apart) == stories(at_once)


class OutOfReach:
    """A store that answers so many times, and then no more."""

    def __init__(self, store: Store, times: int) -> None:
        self._store, self._left = store, times
        self.histories_of, self.incidents_of = store.histories_of, store.incidents_of

    def extend_all(self, *given: Any) -> None:
        if not self._left:
            raise StorageUnavailable("the database went away")
        self._left -= 1
        self._store.extend_all(*given)


@each_source
@pytest.mark.parametrize("transactions", [0, 1, 2])
def test_an_import_that_broke_off_is_completed_by_the_next(name: str, transactions: int) -> None:
    broken, whole = open_store("memory:"), open_store("memory:")
    sink = OutOfReach(broken, transactions)
    with suppress(StorageUnavailable):
        imported(sink, name, samples_of(name), at_once=1)
    imported(broken, name, samples_of(name))
    imported(whole, name, samples_of(name))
    assert stories(broken) == stories(whole)


@each_source
def test_samples_look_like_their_source_and_no_other(name: str) -> None:
    chosen, _ = format_and_options(name)
    for file in samples_of(name):
        assert [one.system for one in formats_like(file)] in ([chosen.system], [])


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path to every value within a value."""
    yield path
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for key, one in inner:
        yield from leaves(one, (*path, key))


def replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    if not path:
        return by
    value = copy.deepcopy(value)
    within = value
    for key in path[:-1]:
        within = within[key]
    within[path[-1]] = by
    return value


HOSTILE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**400, -1, 2**63, 1e308]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.sampled_from(
        ["", "\x00", "\ud800", "x" * 70_000, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00"]
    ),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2),
)


@each_source
@given(data=st.data())
@settings(QUICK, max_examples=60)
def test_whatever_stands_in_a_field_is_taken_or_rejected(
    name: str, data: st.DataObject, tmp_path: Path
) -> None:
    record = data.draw(st.sampled_from(found(name)))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(leaves(record.raw))))
        record = record._replace(raw=replaced(record.raw, path, data.draw(HOSTILE)))
    store = open_store("memory:")
    done = imported(store, name, [written(tmp_path / "one.jsonl", [record])])
    assert balances(done)
    assert done.read >= 1


@each_source
def test_a_dry_run_says_the_same_and_records_nothing(name: str, store: Store) -> None:
    with dry_run(store) as dry:
        said = imported(dry, name, samples_of(name))
    assert store.incidents() == []
    assert said == imported(store, name, samples_of(name))


@each_source
def test_a_limit_is_a_number_of_records(name: str) -> None:
    store = open_store("memory:")
    done = imported(store, name, samples_of(name), limit=1)
    assert (done.read, balances(done)) == (1, True)


@pytest.mark.parametrize("name", [name for name in sources_at_hand() if name != COPIES])
def test_a_kept_record_is_found_from_each_of_its_events(name: str) -> None:
    store = open_store("memory:")
    imported(store, name, samples_of(name), keep_raw=True)
    raw = {json.dumps(one.raw, sort_keys=True) for one in found(name)}
    for row in store.incidents():
        for one in store.recorded(row.incident_id):
            assert one.source is not None
            kept = store.raw_record(one.source.raw_sha256 or "")
            assert kept is not None
            assert json.dumps(json.loads(kept.text), sort_keys=True) in raw
