"""The n-th PostgreSQL call failing, for every n, on the way of every kind of writing."""

import itertools
from collections.abc import Callable, Sequence
from contextlib import suppress

import pytest
from retold import Recorded, StorageUnavailable, Store, open_store
from retold.adapters import postgres_connections

from .faults.appends import Acknowledgement
from .faults.own_postgres import OwnPostgres, own_postgres
from .faults.sql_calls import Fault, How, postgres_fails
from .faults.world import check_still_writes, check_world
from .faults.writings import WRITINGS, begin


@pytest.fixture
def server() -> OwnPostgres:
    return own_postgres()


@pytest.mark.parametrize(
    ("how", "after", "cuts"),
    [
        ("once", False, False),
        ("once", False, True),
        ("once", True, True),
        ("for ever", False, True),
    ],
    ids=["refused", "cut-before", "cut-after", "down"],
)
@pytest.mark.parametrize("write", WRITINGS)
def test_whichever_call_fails_the_writing_is_whole_or_absent_and_the_store_goes_on(
    server: OwnPostgres,
    monkeypatch: pytest.MonkeyPatch,
    write: Callable[[Store], Sequence[Recorded]],
    how: How,
    *,
    after: bool,
    cuts: bool,
) -> None:
    monkeypatch.setattr(postgres_connections, "PATIENCE", 0.2)
    for n in itertools.count(1):
        url = server.url(server.new_schema())
        fault = Fault(n, how, after=after)
        with open_store(url) as store:
            told = begin(store)
            with postgres_fails(fault, cuts=cuts), suppress(StorageUnavailable):
                told += map(Acknowledgement.of, write(store))
            check_world(url, told)
            told += map(Acknowledgement.of, write(store))
            check_still_writes(url)
            check_world(url, told)
        if not fault.struck:
            assert n > 1
            break
