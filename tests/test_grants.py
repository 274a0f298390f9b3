"""Least power: what each PostgreSQL role of `retold grants` can do, and all that it must not."""

from collections.abc import Iterator
from urllib.parse import quote
from uuid import uuid4

import psycopg
import pytest
from click.testing import CliRunner
from retold import Entry, Incident, InvalidInput, StoreMismatch, open_store
from retold.adapters.backend import RawRecord
from retold.adapters.cli.group import retold
from retold.adapters.grants import Roles, grants
from retold.adapters.writer import Addition
from retold.domain import events as ev
from retold.domain.leaves import leaf_of
from retold.domain.merkle import completed_at

from .postgres_forbidden import NOBODY_MAY, READERS_MAY_NOT
from .postgres_roles import NOON, OPEN, SCHEMA, cli, fill, grant, least_power, login, run


@pytest.fixture(scope="module")
def url(postgres_server: str) -> Iterator[str]:
    """The superuser's URL of a store with roles."""
    with least_power(postgres_server) as made:
        yield made


def refused(url: str, who: str, statement: str) -> None:
    with (
        psycopg.connect(login(url, who)) as connection,
        # The other error is that of a view that nobody can write into.
        pytest.raises(
            (
                psycopg.errors.InsufficientPrivilege,
                psycopg.errors.ObjectNotInPrerequisiteState,
            )
        ),
    ):
        connection.execute(statement)  # type: ignore[call-overload]


@pytest.mark.parametrize("statement", NOBODY_MAY)
@pytest.mark.parametrize("who", ["lp_app", "lp_analyst", "lp_notebook"])
def test_only_the_owner_can_change_what_is_kept_or_how(url: str, who: str, statement: str) -> None:
    refused(url, who, statement)


@pytest.mark.parametrize("statement", READERS_MAY_NOT)
@pytest.mark.parametrize("who", ["lp_analyst", "lp_lawyer"])
def test_a_reader_has_the_views_and_nothing_behind_them(url: str, who: str, statement: str) -> None:
    refused(url, who, statement)


def test_what_a_role_was_given_it_cannot_give_on(url: str) -> None:
    run(login(url, "lp_app"), "GRANT INSERT, UPDATE ON retold_incidents TO PUBLIC")
    refused(url, "lp_analyst", "UPDATE retold_incidents SET restricted_to = NULL")


def test_a_writer_records_imports_defines_and_reads(url: str) -> None:
    with open_store(login(url, "lp_app"), create=False) as store:
        detected = store.detect("Search is slow")
        store.correct(detected.event_id, {"title": "Search fails"}, why="worse than that")
        for _ in range(9):  # so that a snapshot is kept and replaced
            store.record(detected.incident_id, Incident.note, text="still so")
        store.backend.keep_raw([RawRecord("ff" * 32, "{}")])
        store.backend.define({("ours", 1): "{}"})
        assert store.status(detected.incident_id).title == "Search fails"
        assert store.report("ttr_detected").summaries[0].open >= 1


def test_a_writer_imports_many_events_at_once(url: str) -> None:
    many = [Addition(uuid4(), [], [noted() for _ in range(20)]) for _ in range(20)]
    with open_store(login(url, "lp_app"), create=False) as store:
        before = store.backend.tree.size()
        store.extend_all(many)
        assert store.backend.tree.size() == before + 400


def noted() -> Entry:
    return Entry(event_id=uuid4(), event=ev.NoteAdded(occurred_at=NOON, text="one of many"))


def test_a_role_that_reads_everything_opens_the_store_and_records_nothing(url: str) -> None:
    with open_store(login(url, "lp_notebook"), create=False) as store:
        assert store.status(OPEN).title == "shown to None"
        with pytest.raises(StoreMismatch, match=r"permission denied.*docs/access\.md"):
            store.record(OPEN, Incident.note, text="oh")


def test_a_reader_of_the_views_cannot_open_the_store(url: str) -> None:
    with pytest.raises(StoreMismatch, match=r"permission denied.*docs/access\.md"):
        open_store(login(url, "lp_analyst"), create=False)


def test_only_the_owner_rebuilds_the_views(url: str) -> None:
    def rebuild(who: str) -> int:
        return CliRunner().invoke(retold, ["--db", login(url, who), "rebuild"]).exit_code

    assert [rebuild(who) for who in ("lp_app", "lp_notebook")] == [5, 5]
    assert rebuild("lp_dba") == 0
    with open_store(login(url, "lp_app"), create=False) as store:
        store.record(OPEN, Incident.note, text="as before")


def test_no_search_path_leads_an_append_to_tables_or_functions_of_others(url: str) -> None:
    run(
        url,
        "CREATE SCHEMA AUTHORIZATION lp_app",
        "CREATE FUNCTION lp_app.sha256(bytea) RETURNS bytea RETURN 'fake'::bytea",
        "CREATE TABLE lp_app.retold_leaves (LIKE retold_leaves)",
        "CREATE FUNCTION lp_app.clock_timestamp() RETURNS timestamptz RETURN to_timestamp(0)",
    )
    led_astray = f"{SCHEMA},lp_app,pg_catalog"
    with open_store(login(url, "lp_app").replace(SCHEMA, led_astray), create=False) as store:
        recorded = store.record(OPEN, Incident.note, text="astray?")
        assert recorded.recorded_at.year > 2001
        [row] = store.backend.read_log(recorded.position - 1, 1)
        [leaf] = store.backend.tree.leaves(store.backend.tree.size() - 1, 1)
    assert completed_at(0, leaf.nodes) == leaf_of(row)
    assert run(url, "SELECT count(*) FROM lp_app.retold_leaves") == [(0,)]


@pytest.mark.parametrize("name", ["current_setting(text)", "current_schema()", "to_regclass(text)"])
def test_opening_a_store_calls_no_function_of_others_as_whoever_opens_it(
    url: str, name: str
) -> None:
    body = "LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''called as %'', current_user; END'"
    run(
        url,
        "CREATE SCHEMA trap",
        f"CREATE FUNCTION trap.{name} RETURNS text {body}",
        "GRANT USAGE ON SCHEMA trap TO PUBLIC",
    )
    trapped = login(url, "lp_dba").replace(SCHEMA, f"{SCHEMA},trap,pg_catalog")
    try:
        with open_store(trapped, create=False) as store:
            assert store.status(OPEN).title == "shown to None"
        assert (
            f'schema "{SCHEMA}"' in CliRunner().invoke(retold, ["--db", trapped, "grants"]).output
        )
    finally:
        run(url, "DROP SCHEMA trap CASCADE")


def test_a_schema_ahead_of_the_stores_is_no_store(url: str) -> None:
    run(
        url,
        "CREATE SCHEMA ahead",
        "CREATE TABLE ahead.retold_events ()",
        "GRANT USAGE ON SCHEMA ahead TO PUBLIC",
    )
    with pytest.raises(StoreMismatch, match="that Retold did not make"):
        open_store(login(url, "lp_app").replace(SCHEMA, f"ahead,{SCHEMA}"), create=False)


def test_a_temporary_table_takes_no_event(url: str) -> None:
    app = login(url, "lp_app")
    before = run(url, "SELECT count(*) FROM retold_events")
    shadow = "CREATE TEMPORARY TABLE retold_events (LIKE least_power.retold_events)"
    seen = run(app, shadow, "SELECT count(*) FROM retold_events")
    assert seen == [(0,)]
    assert run(app, shadow, "SELECT count(*) FROM v1_events") == before


def test_who_has_no_role_has_nothing_whatever_the_owner_makes_later(url: str) -> None:
    makes = "CREATE FUNCTION later() RETURNS int RETURN 1"
    run(login(url, "lp_dba"), "SET ROLE lp_owner", makes, "CREATE TABLE later ()")
    run(url, "CREATE ROLE lp_nobody LOGIN")
    powers = (
        "SELECT has_schema_privilege(who, 'least_power', 'USAGE, CREATE')"
        ", has_table_privilege(who, 'later', 'SELECT, INSERT')"
        ", has_table_privilege(who, 'v1_incidents', 'SELECT')"
        ", has_function_privilege(who, 'later()', 'EXECUTE')"
        ", has_function_privilege(who, 'retold_add_leaf(bigint, bytea)', 'EXECUTE')"
        " FROM (VALUES ('lp_nobody')) AS logins (who)"
    )
    found = run(url, powers)
    run(url, "DROP ROLE lp_nobody")
    assert found == [(False,) * 5]


def test_raw_records_are_shown_to_a_reader_only_where_asked_for(url: str) -> None:
    grant(url, "--raw-records")
    assert run(login(url, "lp_analyst"), "SELECT count(*) >= 1 FROM v1_raw_records") == [(True,)]
    grant(url)
    refused(url, "lp_analyst", "SELECT FROM v1_raw_records")


def test_any_name_is_quoted(postgres_server: str) -> None:
    schema, owner = 'Odd "schema"; --', 'it\'s "mine" $$'
    quoted = '"{}"'.format(schema.replace('"', '""'))
    path = quoted.replace(" ", "\\ ")
    there = f"{postgres_server}&options={quote(f'-csearch_path={path}')}"
    run(postgres_server, f"CREATE SCHEMA {quoted}")
    fill(there)
    run(there, grants(schema, Roles(owner, "odd writer", "odd-reader")))
    found = run(there, "SELECT tableowner FROM pg_tables WHERE tablename = 'retold_events'"
                " AND schemaname = current_schema()")  # fmt: skip
    run(there, f"DROP SCHEMA {quoted} CASCADE", *map(dropped, (owner, "odd writer", "odd-reader")))
    assert found == [(owner,)]


def dropped(role: str) -> str:
    quoted = '"{}"'.format(role.replace('"', '""'))
    return f"DROP OWNED BY {quoted}; DROP ROLE {quoted}"


@pytest.mark.parametrize("name", ["", "x" * 64, "ü" * 32, "a\nb", "a\x00b"])
def test_a_name_that_postgresql_would_change_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be a name"):
        grants("public", Roles(name, "w", "r"))


def test_an_empty_schema_is_not_the_public_one() -> None:
    done = CliRunner().invoke(retold, ["--db", "any.db", "grants", "--schema", ""])
    assert (done.exit_code, done.stdout) == (2, "")


@pytest.mark.parametrize("more", [[], ["--group", "legal"]])
def test_what_a_superuser_runs_is_led_to_no_operator_or_type_of_others(
    url: str, more: list[str]
) -> None:
    named = ["--owner", "lp_owner", "--writer", "lp_writer", "--reader", "lp_reader"]
    sql = cli("--db", url, "grants", *named, *more)
    body = "LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''called as %'', current_user; END'"
    run(
        url,
        "CREATE SCHEMA trap",
        f"CREATE FUNCTION trap.same(name, name) RETURNS boolean {body}",
        "CREATE OPERATOR trap.= (LEFTARG = name, RIGHTARG = name, FUNCTION = trap.same)",
        "CREATE DOMAIN trap.bytea AS text",
    )
    try:
        run(url, "SET search_path = trap, pg_catalog", sql)
    finally:
        run(url, "DROP SCHEMA trap CASCADE")


def test_roles_must_differ() -> None:
    with pytest.raises(InvalidInput, match="a name of its own"):
        grants("public", Roles("same", "same", "r"))
