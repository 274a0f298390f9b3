"""Any change of any cell of the log or its tree is found, whatever somebody puts there."""

import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from retold import Incident, RetoldError, open_store
from retold.adapters import sqlite_schema as schema
from retold.adapters.audit.checkpoints import signed_checkpoint
from retold.adapters.audit.findings import Finding
from retold.adapters.audit.keys import SigningKey
from retold.adapters.audit.tree import checkpoint_of
from retold.adapters.audit.verifying import verify_store

KEY = SigningKey("example.com/incidents", bytes(range(32)))
COLUMNS = (
    "position", "originator_id", "originator_version", "topic", "state", "event_id", "recorded_at",
    "leaf_index", "nodes",
)  # fmt: skip
EVENTS = 13


class Whole(NamedTuple):
    """A log that nobody has changed yet, and what was signed of all of it."""

    path: Path
    anchor: str


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    path = tmp_path_factory.mktemp("whole") / "store.db"
    with open_store(str(path)) as store:
        for number in range(4):
            at = datetime(2026, 3, number + 1, tzinfo=UTC)
            incident = store.detect(f"checkout fails {number}", at=at).incident_id
            store.record(incident, Incident.note, text="größer als gedacht")
            store.record(incident, Incident.resolve)
        store.detect("search fails")
        anchor = signed_checkpoint(checkpoint_of(store.backend.tree, KEY.name), [KEY])
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA journal_mode = DELETE")
    # Whoever owns the file also owns its constraints.
    raw.execute("PRAGMA writable_schema = ON")
    raw.execute(
        "UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL', '') WHERE name = 'retold_events'"
    )
    raw.commit()
    raw.close()
    return Whole(path, anchor)


class Change(NamedTuple):
    """A value for one cell; `cast` is the SQL around it, as SQLite takes anything anywhere."""

    column: str
    position: int
    value: object
    cast: str = "?"


def findings(path: Path, anchor: str) -> tuple[Finding, ...]:
    with open_store(str(path)) as store:
        return verify_store(store, [("anchor", anchor)], [KEY.vkey]).findings


def changed(path: Path, change: Change) -> bool:
    """Put a value into a cell, and say whether it now holds anything else."""
    raw = sqlite3.connect(path, isolation_level=None)
    column, position, value, cast = change
    for verb in ("update", "delete"):
        raw.execute(f"DROP TRIGGER retold_events_no_{verb}")
    cells = f"SELECT group_concat(typeof({column}) || hex({column})) FROM retold_events"
    [before] = raw.execute(cells).fetchone()
    try:
        raw.execute(
            f"UPDATE retold_events SET {column} = {cast} WHERE position = ?", (value, position)
        )
    except sqlite3.IntegrityError:
        return False
    finally:
        [after] = raw.execute(cells).fetchone()
        for text in schema.GUARD_TEXTS:
            raw.execute(text)
        raw.close()
    return bool(before != after)


INTEGERS = st.integers(-(2**63), 2**63 - 1) | st.integers(-1, EVENTS + 2)
VALUES = st.one_of(
    st.none(), INTEGERS, st.floats(), st.text(max_size=40), st.binary(max_size=80),
    st.sampled_from([2**63 - 1, -(2**63), 0, 1, "", b"", bytes(32), bytes(64)]),
)  # fmt: skip
CASTS = st.sampled_from(["?", "?", "CAST(? AS TEXT)", "CAST(? AS BLOB)", "CAST(? AS INTEGER)"])


CHANGES = st.builds(Change, st.sampled_from(COLUMNS), st.integers(1, EVENTS), VALUES, CASTS)


@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(change=CHANGES)
def test_any_other_value_in_any_cell_is_found(whole: Whole, tmp_path: Path, change: Change) -> None:
    path = tmp_path / "changed.db"
    shutil.copy(whole.path, path)
    for left in ("-wal", "-shm"):
        Path(f"{path}{left}").unlink(missing_ok=True)
    assume(changed(path, change))
    try:
        found = bool(findings(path, whole.anchor))
    except RetoldError:  # it cannot even be read
        found = True
    assert found


@pytest.mark.parametrize("column", COLUMNS)
def test_a_value_that_was_there_before_gives_no_finding(
    whole: Whole, tmp_path: Path, column: str
) -> None:
    path = tmp_path / "unchanged.db"
    shutil.copy(whole.path, path)
    raw = sqlite3.connect(path)
    [[value]] = raw.execute(f"SELECT {column} FROM retold_events WHERE position = 7")
    raw.close()
    assert not changed(path, Change(column, 7, value))
    assert findings(path, whole.anchor) == ()
