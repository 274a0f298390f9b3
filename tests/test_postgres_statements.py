"""The statements that write to PostgreSQL."""

from itertools import combinations

import pytest
from psycopg._queries import MAX_CACHED_STATEMENT_LENGTH
from retold.adapters.postgres_statements import COLUMNS, append

SCHEMA = '"incidents_of_payments"'
SOME_TABLES = [
    tables for count in range(len(COLUMNS) + 1) for tables in combinations(COLUMNS, count)
]


@pytest.mark.parametrize("tables", SOME_TABLES, ids="+".join)
def test_an_append_of_one_event_is_short_enough_for_psycopg_to_remember_it(
    tables: tuple[str, ...],
) -> None:
    statement = append(tables, one_event=True).replace("{s}", SCHEMA)
    assert len(statement) <= MAX_CACHED_STATEMENT_LENGTH
