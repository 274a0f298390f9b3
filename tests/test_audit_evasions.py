"""Changes by somebody who knows how an audit looks, and what the store itself says of them."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from retold import Incident, RetoldError, Store, StoreMismatch, open_store
from retold.adapters.audit.checkpoints import signed_checkpoint
from retold.adapters.audit.findings import Finding
from retold.adapters.audit.keys import SigningKey
from retold.adapters.audit.tree import checkpoint_of
from retold.adapters.audit.verifying import verify_store

from .audits.tampering import Tamperer, rebuilt

KEY = SigningKey("example.com/incidents", bytes(range(32)))


def add(store: Store, incidents: int) -> None:
    for number in range(incidents):
        incident = store.detect(f"checkout fails {number}").incident_id
        store.record(incident, Incident.declare, severity="sev1", by="ana")
        store.record(incident, Incident.note, text="restarted the queue", by="ben")
        store.record(incident, Incident.resolve)


@pytest.fixture
def anchor(database_url: str) -> str:
    """Signed over all of three incidents of four events."""
    with open_store(database_url) as store:
        add(store, 3)
        return signed_checkpoint(checkpoint_of(store.backend.tree, KEY.name), [KEY])


@pytest.fixture
def tamperer(database_url: str, anchor: str) -> Iterator[Tamperer]:
    tamperer = Tamperer(database_url)
    yield tamperer
    tamperer.close()


# SQLite keeps leaves in the rows of their events, and takes anything in any column.
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ON_POSTGRES = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def findings(tamperer: Tamperer, anchor: str) -> tuple[Finding, ...]:
    with open_store(tamperer.url) as store:
        return verify_store(store, [("anchor", anchor)], [KEY.vkey]).findings


def leaves(tamperer: Tamperer) -> str:
    return "retold_leaves" if tamperer.is_postgres else "retold_events"


# The log


@pytest.mark.parametrize("position", [0, -1, -(2**63)])
def test_an_event_hidden_before_the_first_is_found(
    tamperer: Tamperer, anchor: str, position: int
) -> None:
    columns = "{position}, originator_id, originator_version, topic, state, recorded_at"
    overriding = "OVERRIDING SYSTEM VALUE" if tamperer.is_postgres else ""
    tamperer.run(
        f"INSERT INTO retold_events ({columns}) {overriding} SELECT CAST(? AS bigint),"
        " originator_id, originator_version + 1, topic, state, recorded_at"
        " FROM retold_events WHERE {position} = 12",
        (position,),
    )
    tamperer.restore_guards()
    assert "first position" in {finding.field for finding in findings(tamperer, anchor)}


def test_an_event_that_is_no_longer_filed_under_its_id_is_found(
    tamperer: Tamperer, anchor: str
) -> None:
    tamperer.run("UPDATE retold_events SET event_id = NULL WHERE {position} = 6")
    tamperer.restore_guards()
    rebuilt(tamperer.url)
    first, *_ = findings(tamperer, anchor)
    assert (first.position, first.field) == (6, "event_id")


@ON_POSTGRES
def test_a_time_that_no_calendar_has_is_found(tamperer: Tamperer, anchor: str) -> None:
    tamperer.run("UPDATE retold_events SET recorded_at = 'infinity' WHERE {position} = 6")
    tamperer.restore_guards()
    assert 6 in {finding.position for finding in findings(tamperer, anchor)}


@pytest.mark.parametrize("column", ["topic", "originator_id", "recorded_at", "event_id"])
@ON_SQLITE
def test_text_that_cannot_be_read_is_told_to_be_no_trouble_of_the_disk(
    tamperer: Tamperer, anchor: str, column: str
) -> None:
    tamperer.run(f"UPDATE retold_events SET {column} = CAST(x'ff' AS TEXT) WHERE position = 6")
    tamperer.restore_guards()
    with pytest.raises(StoreMismatch, match="behind Retold's back"):
        findings(tamperer, anchor)


# The tree


def test_a_damaged_node_above_the_leaves_is_found_at_its_event(
    tamperer: Tamperer, anchor: str
) -> None:
    [[nodes]] = tamperer.run(f"SELECT nodes FROM {leaves(tamperer)} WHERE leaf_index = 7")
    damaged = bytes(nodes)[:-32] + bytes(32)
    tamperer.run(f"UPDATE {leaves(tamperer)} SET nodes = ? WHERE leaf_index = 7", (damaged,))
    tamperer.restore_guards()
    [finding] = findings(tamperer, anchor)
    assert finding.position == 8


@pytest.mark.parametrize("moved_to", [100, 2**62, -5])
def test_a_leaf_that_is_moved_within_the_tree_is_found(
    tamperer: Tamperer, anchor: str, moved_to: int
) -> None:
    table = leaves(tamperer)
    tamperer.run(f"UPDATE {table} SET leaf_index = ? WHERE leaf_index = 5", (moved_to,))
    tamperer.restore_guards()
    assert findings(tamperer, anchor)


def test_leaves_that_are_all_moved_are_found(tamperer: Tamperer, anchor: str) -> None:
    for index in reversed(range(12)):
        statement = f"UPDATE {leaves(tamperer)} SET leaf_index = ? WHERE leaf_index = ?"
        tamperer.run(statement, (index + 1, index))
    tamperer.restore_guards()
    assert findings(tamperer, anchor)


@pytest.mark.parametrize(
    "leaf", ["12, 12", "12, 13", "12, 5", "40, 50", "99, 1", f"{2**62}, 13", f"{2**63 - 1}, 1"]
)
@ON_POSTGRES
def test_a_leaf_that_was_put_in_is_found(tamperer: Tamperer, anchor: str, leaf: str) -> None:
    tamperer.run(
        f"INSERT INTO retold_leaves SELECT {leaf}, nodes FROM retold_leaves WHERE leaf_index = 11"
    )
    tamperer.restore_guards()
    assert findings(tamperer, anchor)


@ON_POSTGRES
def test_an_emptied_tree_is_found_and_signs_nothing(tamperer: Tamperer, anchor: str) -> None:
    tamperer.run("DELETE FROM retold_leaves")
    tamperer.restore_guards()
    found = findings(tamperer, anchor)
    assert {finding.position for finding in found} == set(range(1, 13))


@ON_POSTGRES
def test_a_tree_that_was_dropped_is_told_in_words(tamperer: Tamperer, anchor: str) -> None:
    tamperer.run("DROP TABLE retold_leaves CASCADE")
    with pytest.raises(StoreMismatch, match="retold_leaves"):
        findings(tamperer, anchor)


@ON_POSTGRES
def test_replaced_additions_to_the_tree_are_found_with_the_next_event(
    tamperer: Tamperer, anchor: str
) -> None:
    changed = tamperer.run(
        "UPDATE pg_catalog.pg_proc SET prosrc = 'BEGIN RETURN 1; END' WHERE proname ~"
        " '^retold_add_' AND pronamespace = current_schema()::regnamespace RETURNING proname"
    )
    assert len(changed) == 1
    tamperer.restore_guards()
    with open_store(tamperer.url) as store:
        last = store.detect("search fails").position
    assert [finding.position for finding in findings(tamperer, anchor)] == [last]


# What the next append does behind a damaged end


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE retold_events SET leaf_index = NULL WHERE position = 12",
        "UPDATE retold_events SET leaf_index = 'x' WHERE position = 12",
        "UPDATE retold_events SET leaf_index = 9223372036854775807 WHERE position = 12",
        "UPDATE retold_events SET leaf_index = -1 WHERE position = 12",
        "UPDATE retold_events SET leaf_index = 3 WHERE position = 12",
        "UPDATE retold_events SET nodes = NULL WHERE position = 12",
        "UPDATE retold_events SET nodes = 'x' WHERE position = 12",
        "UPDATE retold_events SET nodes = x'00' WHERE position = 12",
        "UPDATE sqlite_sequence SET seq = 'x'",
        "UPDATE sqlite_sequence SET seq = 9223372036854775807",
    ],
)
@ON_SQLITE
def test_an_append_behind_a_damaged_end_is_refused_or_the_damage_is_found(
    tamperer: Tamperer, anchor: str, damage: str
) -> None:
    tamperer.run(damage)
    tamperer.restore_guards()
    with open_store(tamperer.url) as store:
        try:
            add(store, 1)
        except RetoldError as error:
            assert "behind Retold's back" in str(error)  # noqa: PT017 - one or the other
        else:
            assert findings(tamperer, anchor)


@pytest.mark.parametrize("sequence", ["NULL", "0", "5", "-7", "1000"])
@ON_SQLITE
def test_another_last_position_harms_no_append(
    tamperer: Tamperer, anchor: str, sequence: str
) -> None:
    tamperer.run(f"UPDATE sqlite_sequence SET seq = {sequence}")
    tamperer.restore_guards()
    with open_store(tamperer.url) as store:
        add(store, 1)
    assert findings(tamperer, anchor) == ()


def test_a_negative_last_position_harms_no_first_append(sqlite_url: str, tmp_path: Path) -> None:
    open_store(sqlite_url).close()
    raw = sqlite3.connect(tmp_path / "store.db")
    with raw:
        raw.execute("INSERT INTO sqlite_sequence VALUES ('retold_events', -7)")
    raw.close()
    with open_store(sqlite_url) as store:
        assert store.detect("checkout fails").position == 1


# What is told from the log


@ON_SQLITE
def test_a_record_of_a_source_that_is_no_text_is_found(tamperer: Tamperer, anchor: str) -> None:
    tamperer.run("INSERT INTO retold_raw_records VALUES ('x', ?)", (b"\xff",))
    tamperer.restore_guards()
    [finding] = findings(tamperer, anchor)
    assert finding.field == "raw_sha256"


WEIRD = {
    "retold_incidents": ("services = 'x'", "detected_at = 'x'", "severity = x'ff'", "title = 7"),
    "retold_durations": ("duration_us = 'x'", "started_at = 9e18", "reason = x'00'"),
    "retold_timeline": ("occurred_at = 'x'", "occurred_at = NULL", "text = x'ff'", "phase = NULL"),
    "retold_snapshots": ("document = '{}'", "document = x'ff'", "version = 'x'"),
}


@pytest.mark.parametrize(
    ("table", "cell"), [(table, cell) for table, cells in WEIRD.items() for cell in cells]
)
@ON_SQLITE
def test_tables_that_hold_what_retold_never_writes_are_a_finding(
    tamperer: Tamperer, anchor: str, table: str, cell: str
) -> None:
    tamperer.restore_guards()
    tamperer.run("PRAGMA writable_schema = ON")
    tamperer.run(
        "UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL', '') WHERE name = ?", (table,)
    )
    tamperer.run("PRAGMA writable_schema = RESET")
    changed = tamperer.run(f"UPDATE {table} SET {cell} RETURNING 1")
    assert bool(changed) == bool(findings(tamperer, anchor))


@pytest.mark.parametrize("cell", ["detected_at = 'infinity'", "reopens = -1", "services = '{}'"])
@ON_POSTGRES
def test_incidents_that_postgres_was_made_to_hold_are_a_finding(
    tamperer: Tamperer, anchor: str, cell: str
) -> None:
    tamperer.restore_guards()
    tamperer.run(f"UPDATE retold_incidents SET {cell}")
    assert findings(tamperer, anchor) != () or cell == "services = '{}'"


def test_a_row_of_the_timelines_without_an_event_is_found(tamperer: Tamperer, anchor: str) -> None:
    tamperer.restore_guards()
    tamperer.run(
        "INSERT INTO retold_timeline (position, occurred_at, phase, text, key_moment, corrections,"
        " retracted) SELECT 77, occurred_at, phase, text, key_moment, corrections, retracted"
        " FROM retold_timeline WHERE position = 3"
    )
    [finding] = findings(tamperer, anchor)
    assert (finding.position, finding.field) == (77, "timeline")


def test_a_duration_of_no_incident_is_found(tamperer: Tamperer, anchor: str) -> None:
    tamperer.restore_guards()
    other = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
    tamperer.run(
        "INSERT INTO retold_durations (incident_id, measure, measure_version, paused_us, state)"
        f" SELECT '{other}', measure, measure_version, paused_us, state FROM retold_durations"
        " WHERE measure = 'ttr' LIMIT 1"
    )
    found = {finding.incident_id for finding in findings(tamperer, anchor)}
    assert found == {other}


def test_a_snapshot_that_says_something_else_is_found(tamperer: Tamperer, anchor: str) -> None:
    tamperer.restore_guards()
    with open_store(tamperer.url) as store:
        incident = store.incidents()[0].incident_id
        for number in range(100):  # more than go without a snapshot
            store.record(incident, Incident.note, text=f"look {number}")
    changed = tamperer.run(
        "UPDATE retold_snapshots SET document = replace(document, 'sev1', 'sev3')"
        " WHERE incident_id = ? RETURNING 1",
        (str(incident),),
    )
    assert changed
    assert [finding.field for finding in findings(tamperer, anchor)] == ["snapshot"]
