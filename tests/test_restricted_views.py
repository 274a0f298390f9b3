"""Restricted incidents in the views of PostgreSQL: hidden from all but a group, and counted."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from retold import Incident, open_store
from retold.domain.values import Source

from .postgres_roles import OPEN, ORPHAN, SCHEMA, SECRET, grant, least_power, login, run

VIEWS = ["incidents", "durations", "timeline", "assessments", "events"]
EVERYBODY = {OPEN, SECRET, ORPHAN}
LEAK = (
    "CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001"
    " AS $$ BEGIN RAISE NOTICE 'leaked: %', $1; RETURN true; END $$"
)
"""As cheap as can be, so that a planner may call it before anything else."""


@pytest.fixture(scope="module")
def url(postgres_server: str) -> Iterator[str]:
    """The superuser's URL of a store with roles."""
    with least_power(postgres_server) as made:
        grant(made, "--raw-records")
        yield made


def seen(url: str, who: str, view: str) -> set[Any]:
    return {row[0] for row in run(login(url, who), f"SELECT incident_id FROM v1_{view}")}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("lp_analyst", {OPEN}),
        ("lp_lawyer", {OPEN, SECRET}),
        ("lp_notebook", EVERYBODY),
        ("lp_app", EVERYBODY),
        ("lp_dba", EVERYBODY),
    ],
)
def test_a_view_shows_what_is_not_restricted_to_others(
    url: str, who: str, expected: set[object], view: str
) -> None:
    assert seen(url, who, view) == expected


@pytest.mark.parametrize(
    ("who", "hidden"), [("lp_analyst", 2), ("lp_lawyer", 1), ("lp_app", 0), ("lp_dba", 0)]
)
def test_what_is_not_shown_is_counted(url: str, who: str, hidden: int) -> None:
    assert run(login(url, who), "SELECT incidents FROM v1_hidden") == [(hidden,)]


@pytest.mark.parametrize(("who", "told"), [("lp_analyst", "None"), ("lp_lawyer", "None, legal")])
def test_raw_records_are_hidden_with_their_incidents(url: str, who: str, told: str) -> None:
    found = run(login(url, who), "SELECT text FROM v1_raw_records ORDER BY sha256")
    assert [text for (text,) in found] == [
        f'{{"secret": "raw of {group}"}}' for group in told.split(", ")
    ]


def test_a_record_that_tells_of_a_hidden_incident_is_hidden_though_another_is_seen(
    url: str,
) -> None:
    raw = f"{2:064x}"  # the secret incident's
    with open_store(url) as store:
        source = Source(system="statuspage", ref="1", raw_sha256=raw)
        store.record(OPEN, Incident.note, text="of the same record", source=source)
    assert (raw,) not in run(login(url, "lp_analyst"), "SELECT sha256 FROM v1_raw_records")
    assert (raw,) in run(login(url, "lp_lawyer"), "SELECT sha256 FROM v1_raw_records")


@pytest.mark.parametrize(
    ("view", "column"),
    [
        ("incidents", "title"),
        ("durations", "incident_id::text"),
        ("timeline", "text"),
        ("assessments", "severity"),
        ("events", "event"),
        ("raw_records", "text"),
    ],
)
def test_a_function_in_a_condition_sees_no_hidden_row(url: str, view: str, column: str) -> None:
    notices: list[str] = []
    with psycopg.connect(login(url, "lp_analyst")) as connection:
        connection.execute("SET client_min_messages = notice")
        connection.add_notice_handler(lambda one: notices.append(one.message_primary or ""))
        connection.execute(LEAK)
        asked = f"SELECT FROM v1_{view} WHERE pg_temp.leak({column})"
        connection.execute(asked)  # type: ignore[call-overload]
    assert notices
    assert not [one for one in notices if "legal" in one or "nobody" in one or str(SECRET) in one]


@pytest.mark.parametrize(
    ("view", "column"),
    [
        ("incidents", "title"),
        ("durations", "reason"),
        ("timeline", "text"),
        ("assessments", "severity"),
        ("events", "kind"),
        ("raw_records", "text"),
    ],
)
def test_no_plan_counts_the_hidden_rows_for_which_a_guess_is_right(
    url: str, view: str, column: str
) -> None:
    asked = f"EXPLAIN SELECT FROM v1_{view} WHERE {column} = 'guess'"
    plan = [line for (line,) in run(login(url, "lp_analyst"), asked)]
    # Asked of what the view returns, and of nothing below it.
    assert [number for number, line in enumerate(plan) if "guess" in line] == [1], plan
    assert plan[0].startswith(f"Subquery Scan on v1_{view}")


def test_what_is_asked_of_one_incident_is_found_by_index(url: str) -> None:
    asked = f"EXPLAIN SELECT FROM v1_events WHERE incident_id = '{OPEN}'"
    plan = run(login(url, "lp_analyst"), "SET enable_seqscan = off", asked)
    assert any("Index Cond: (originator_id" in line for (line,) in plan), plan


def test_no_function_of_the_readers_own_decides_who_they_are(url: str) -> None:
    run(
        url,
        "CREATE SCHEMA AUTHORIZATION lp_analyst",
        *(
            f"CREATE FUNCTION lp_analyst.{name}(oid, text) RETURNS boolean RETURN true"
            for name in ("pg_has_role", "has_table_privilege")
        ),
        "CREATE VIEW lp_analyst.pg_roles AS SELECT oid, 'retold_group_legal' AS rolname"
        " FROM pg_catalog.pg_roles",
        "GRANT SELECT ON lp_analyst.pg_roles TO PUBLIC",
        "CREATE FUNCTION lp_analyst.different(text, text) RETURNS boolean RETURN true",
        "CREATE OPERATOR lp_analyst.= (LEFTARG = text, RIGHTARG = text,"
        " FUNCTION = lp_analyst.different)",
    )
    path = f"SET search_path = lp_analyst, pg_catalog, {SCHEMA}"
    found = run(login(url, "lp_analyst"), path, "SELECT incident_id FROM v1_incidents")
    assert found == [(OPEN,)]
    run(url, "DROP SCHEMA lp_analyst CASCADE")


def test_who_may_not_become_a_member_by_inheritance_sees_nothing_of_the_group(url: str) -> None:
    run(url, "CREATE ROLE lp_admin LOGIN", "GRANT lp_reader TO lp_admin",
        "GRANT retold_group_legal TO lp_admin WITH INHERIT FALSE, ADMIN TRUE")  # fmt: skip
    found = seen(url, "lp_admin", "incidents")
    run(url, "DROP ROLE lp_admin")
    assert found == {OPEN}


def test_restricting_and_lifting_count_at_once(url: str) -> None:
    with open_store(login(url, "lp_app"), create=False) as store:
        store.record(OPEN, Incident.restrict, group="legal")
        assert seen(url, "lp_analyst", "incidents") == set()
        store.record(OPEN, Incident.lift_restriction)
    assert seen(url, "lp_analyst", "incidents") == {OPEN}
