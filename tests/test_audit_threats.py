"""Every way to change history that the threat table names, and what an audit says of it."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from retold import Incident, open_store
from retold.adapters.audit.checkpoints import Checkpoint, signed_checkpoint
from retold.adapters.audit.findings import Finding, Verdict
from retold.adapters.audit.keys import SigningKey
from retold.adapters.audit.tree import checkpoint_of
from retold.adapters.audit.verifying import innermost, verify_store

from .audits.tampering import Tamperer, rebuilt

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = SigningKey("example.com/incidents", bytes(range(32)))


class Audited(NamedTuple):
    """A store, and the checkpoints that somebody elsewhere has kept of it."""

    url: str
    anchors: list[tuple[str, str]]

    def verdict(self, *, anchored: bool = True) -> Verdict:
        with open_store(self.url) as store:
            return verify_store(store, self.anchors if anchored else [], [KEY.vkey])

    def findings(self) -> tuple[Finding, ...]:
        return self.verdict().findings


def signed(url: str) -> str:
    with open_store(url) as store:
        tree = innermost(store.backend).tree
        return signed_checkpoint(checkpoint_of(tree, KEY.name), [KEY])


def add_history(url: str, incidents: int) -> None:
    with open_store(url) as store:
        for number in range(incidents):
            incident = store.detect(f"checkout fails {number}", at=NOON).incident_id
            store.record(incident, Incident.declare, severity="sev1", by="ana")
            store.record(incident, Incident.note, text="restarted the queue", by="ben")
            store.record(incident, Incident.resolve)


@pytest.fixture
def audited(database_url: str) -> Audited:
    """Five incidents of four events, signed after the third and the fourth."""
    add_history(database_url, 3)
    anchors = [("march", signed(database_url))]
    add_history(database_url, 1)
    anchors.append(("april", signed(database_url)))
    add_history(database_url, 1)
    return Audited(database_url, anchors)


@pytest.fixture
def tamperer(audited: Audited) -> Iterator[Tamperer]:
    tamperer = Tamperer(audited.url)
    yield tamperer
    tamperer.close()


def test_history_that_nobody_changed_is_verified(audited: Audited) -> None:
    verdict = audited.verdict()
    assert verdict.is_verified
    assert (verdict.events, verdict.vouched, verdict.findings) == (20, 16, ())
    assert "the first 16 events" in verdict.conclusion
    assert "recorded since, 4 more, nobody vouches" in verdict.conclusion


def test_nothing_is_verified_without_an_anchor(audited: Audited) -> None:
    verdict = audited.verdict(anchored=False)
    assert not verdict.is_verified
    assert verdict.findings == ()
    assert verdict.conclusion.startswith("not verified")


# Changes that leave the tree as it was: found without any anchor, at their place

CHANGES = {
    "the stored bytes": "state = {softened}",
    "the kind": "topic = 'note-added'",
    "the version": "originator_version = 99",
    "the incident": "originator_id = '00000000-0000-0000-0000-000000000001'",
    "the time of recording": "recorded_at = '2026-03-01T14:02:00.000000Z'",
    "the id": "event_id = '00000000-0000-0000-0000-000000000001'",
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_changed_event_is_found_at_its_position(
    audited: Audited, tamperer: Tamperer, what: str
) -> None:
    change = CHANGES[what].format(softened=tamperer.state_with("sev1", "sev3"))
    tamperer.run(f"UPDATE retold_events SET {change} WHERE {{position}} = 6")
    tamperer.restore_guards()

    verdict = audited.verdict()

    assert not verdict.is_verified
    assert 6 in {finding.position for finding in verdict.findings}
    assert verdict.findings[0].incident_id is not None


def test_a_changed_event_whose_views_were_made_anew_is_found(
    audited: Audited, tamperer: Tamperer
) -> None:
    soften(tamperer, position=6)
    tamperer.restore_guards()
    rebuilt(audited.url)

    [changed, *roots] = audited.findings()

    assert changed.position == 6
    assert "is not as it was recorded" in changed.what
    assert [finding.field for finding in roots] == ["root", "root"]
    assert "positions 1 to 12" in roots[0].what


def test_a_removed_event_is_found(audited: Audited, tamperer: Tamperer) -> None:
    tamperer.run("DELETE FROM retold_events WHERE {position} = 7")
    tamperer.restore_guards()
    findings = audited.findings()
    assert any("version 4 follows version 2" in one.what for one in findings)
    assert any("removed" in one.what or "is gone" in one.what for one in findings)


def test_an_inserted_event_is_found(audited: Audited, tamperer: Tamperer) -> None:
    columns = "{position}, originator_id, originator_version, topic, state, recorded_at"
    overriding = "OVERRIDING SYSTEM VALUE" if tamperer.is_postgres else ""
    tamperer.run(
        f"INSERT INTO retold_events ({columns}) {overriding}"
        " SELECT 21, originator_id, originator_version + 1, topic, state, recorded_at"
        " FROM retold_events WHERE {position} = 20"
    )
    tamperer.restore_guards()
    findings = audited.findings()
    assert any("put in behind Retold's back" in one.what for one in findings)
    assert {one.position for one in findings if "put in" in one.what} == {21}


def test_swapped_events_are_found(audited: Audited, tamperer: Tamperer) -> None:
    for before, after in ((6, 1006), (7, 6), (1006, 7)):
        overriding = ""
        if tamperer.is_postgres:
            tamperer.run("ALTER TABLE retold_events ALTER notification_id SET GENERATED BY DEFAULT")
        tamperer.run(
            f"UPDATE retold_events SET {{position}} = ? {overriding} WHERE {{position}} = ?",
            (after, before),
        )
    tamperer.restore_guards()
    assert {6, 7} <= {finding.position for finding in audited.findings()}


def test_an_exchange_of_what_two_events_say_is_found(audited: Audited, tamperer: Tamperer) -> None:
    [[one]], [[other]] = (
        tamperer.run("SELECT state FROM retold_events WHERE {position} = ?", (position,))
        for position in (7, 11)
    )
    for state, position in ((other, 7), (one, 11)):
        tamperer.run("UPDATE retold_events SET state = ? WHERE {position} = ?", (state, position))
    tamperer.restore_guards()
    assert {7, 11} <= {finding.position for finding in audited.findings()}


def test_a_damaged_node_of_the_tree_is_found(audited: Audited, tamperer: Tamperer) -> None:
    table = "retold_leaves" if tamperer.is_postgres else "retold_events"
    tamperer.run(f"UPDATE {table} SET nodes = ? WHERE leaf_index = 5", (bytes(32) + bytes(32),))
    tamperer.restore_guards()
    assert audited.findings()


# Changes by whoever has made the tree anew: found by an anchor alone


def rewritten(tamperer: Tamperer, audited: Audited) -> None:
    tamperer.rewrite_leaves()
    tamperer.restore_guards()
    rebuilt(audited.url)


def soften(tamperer: Tamperer, position: int = 14) -> None:
    state = tamperer.state_with("sev1", "sev3")
    tamperer.run(f"UPDATE retold_events SET state = {state} WHERE {{position}} = ?", (position,))


def cut_the_tail(tamperer: Tamperer) -> None:
    tamperer.run("DELETE FROM retold_events WHERE {position} > 8")


def cut_one_incident_out(tamperer: Tamperer) -> None:
    tamperer.run("DELETE FROM retold_events WHERE {position} BETWEEN 5 AND 8")


@pytest.mark.parametrize("change", [soften, cut_the_tail, cut_one_incident_out])
def test_a_rewritten_history_agrees_with_itself_and_not_with_an_anchor(
    audited: Audited, tamperer: Tamperer, change: Callable[[Tamperer], None]
) -> None:
    change(tamperer)
    rewritten(tamperer, audited)

    assert audited.verdict(anchored=False).findings == ()  # which is why it says "not verified"
    verdict = audited.verdict()
    assert not verdict.is_verified
    assert verdict.findings


def test_an_anchor_tells_between_which_positions_history_was_changed(
    audited: Audited, tamperer: Tamperer
) -> None:
    soften(tamperer)
    rewritten(tamperer, audited)
    [finding] = audited.findings()
    assert "april was signed over other events" in finding.what
    assert "positions 13 to 16" in finding.what


def test_history_that_was_rewritten_and_signed_anew_is_found(
    audited: Audited, tamperer: Tamperer
) -> None:
    soften(tamperer)
    rewritten(tamperer, audited)
    resigned = Audited(audited.url, [("own", signed(audited.url)), *audited.anchors])
    assert [finding.what[:5] for finding in resigned.findings()] == ["april"]


def test_a_restored_old_backup_is_found(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    url = f"sqlite:///{path}"
    add_history(url, 1)
    shutil.copy(path, tmp_path / "backup.db")
    add_history(url, 1)
    anchors = [("march", signed(url))]
    shutil.copy(tmp_path / "backup.db", path)

    [finding] = Audited(url, anchors).findings()

    assert "march was signed over 8 events, here are 4" in finding.what
    assert finding.field == "size"


# Signatures


def test_an_anchor_that_was_altered_is_a_finding(audited: Audited) -> None:
    altered = [(name, note.replace("\n12\n", "\n11\n")) for name, note in audited.anchors]
    verdict = Audited(audited.url, altered).verdict()
    assert not verdict.is_verified
    assert "march" in verdict.findings[0].what


def test_an_anchor_by_an_unknown_key_is_a_finding(audited: Audited) -> None:
    other = SigningKey(KEY.name, bytes(32))
    note = signed_checkpoint(Checkpoint(KEY.name, 0, bytes(32)), [other])
    verdict = Audited(audited.url, [("forged", note)]).verdict()
    assert not verdict.is_verified
    assert "forged" in verdict.findings[0].what


# What readers see, and what guards history


TABLES = {
    "retold_incidents.severity": "UPDATE retold_incidents SET severity = 'sev4'",
    "retold_incidents, a row less": "DELETE FROM retold_incidents",
    "retold_durations": "UPDATE retold_durations SET duration_us = 1 WHERE state = 'observed'",
    "retold_timeline": "UPDATE retold_timeline SET text = 'nothing happened'",
    "retold_timeline, a row less": "DELETE FROM retold_timeline WHERE position = 3",
}


@pytest.mark.parametrize("table", TABLES)
def test_tables_that_do_not_say_what_the_log_says_are_found(
    audited: Audited, tamperer: Tamperer, table: str
) -> None:
    tamperer.run(TABLES[table])
    tamperer.restore_guards()
    findings = audited.findings()
    assert findings
    assert all(finding.incident_id and finding.field for finding in findings)


def test_a_difference_in_a_table_names_incident_and_field(
    audited: Audited, tamperer: Tamperer
) -> None:
    with open_store(audited.url) as store:
        first = store.incidents()[0].incident_id
    tamperer.run(
        "UPDATE retold_incidents SET severity = 'sev4' WHERE incident_id = ?", (str(first),)
    )
    tamperer.restore_guards()
    [finding] = audited.findings()
    assert finding == Finding(
        "the tables say sev4, a replay says sev1", None, str(first), "status.severity"
    )


GUARDING_NOTHING = {
    "a trigger that never fires": (
        "sqlite",
        (
            "CREATE TRIGGER retold_events_no_update BEFORE UPDATE ON retold_events WHEN 0"
            " BEGIN SELECT RAISE(ABORT, 'history is never changed: record a correction'); END"
        ),
    ),
    "a function that does nothing": (
        "postgresql",
        (
            "CREATE OR REPLACE FUNCTION retold_refuse() RETURNS trigger LANGUAGE plpgsql"
            " AS 'BEGIN RETURN coalesce(NEW, OLD); END'"
        ),
    ),
    "a condition that is never met": (
        "postgresql",
        (
            "CREATE OR REPLACE TRIGGER retold_events_no_change BEFORE UPDATE OR DELETE"
            " ON retold_events FOR EACH ROW WHEN (false) EXECUTE FUNCTION retold_refuse()"
        ),
    ),
    "a trigger on less": (
        "postgresql",
        (
            "CREATE OR REPLACE TRIGGER retold_events_no_change BEFORE DELETE"
            " ON retold_events FOR EACH ROW EXECUTE FUNCTION retold_refuse()"
        ),
    ),
}


@pytest.mark.parametrize(
    ("database_url", "change"),
    GUARDING_NOTHING.values(),
    ids=GUARDING_NOTHING,
    indirect=["database_url"],
)
def test_guards_that_guard_nothing_are_found(
    audited: Audited, tamperer: Tamperer, change: str
) -> None:
    tamperer.restore_guards()
    if not tamperer.is_postgres:
        tamperer.run("DROP TRIGGER retold_events_no_update")
    tamperer.run(change)
    [finding] = audited.findings()
    assert finding.field == "guards"


def test_missing_guards_are_found(audited: Audited, tamperer: Tamperer) -> None:
    [finding] = audited.findings()
    assert finding.field == "guards"
    tamperer.restore_guards()
    assert audited.findings() == ()


def test_a_record_that_events_were_read_from_is_held_against_its_hash(
    audited: Audited, tamperer: Tamperer
) -> None:
    tamperer.run("INSERT INTO retold_raw_records VALUES (?, ?)", ("0" * 64, "{}"))
    tamperer.restore_guards()
    [finding] = audited.findings()
    assert finding.field == "raw_sha256"


def test_the_first_findings_are_told_and_the_rest_is_counted(
    audited: Audited, tamperer: Tamperer
) -> None:
    add_history(audited.url, 40)
    tamperer.run("UPDATE retold_timeline SET text = 'nothing happened'")
    verdict = audited.verdict()
    assert len(verdict.findings) == 100
    assert verdict.more > 0


def test_a_view_of_the_contract_that_tells_something_else_is_found_and_mended(
    audited: Audited, tamperer: Tamperer
) -> None:
    tamperer.restore_guards()
    tamperer.run("DROP VIEW v1_assessments")
    tamperer.run("CREATE VIEW v1_assessments AS SELECT 'sev4' AS severity")

    [finding] = audited.findings()

    assert finding.field == "contract views"
    assert finding.what.startswith("v1_assessments: somebody changed what reports by SQL are told")
    rebuilt(audited.url)
    assert audited.findings() == ()


def test_a_view_of_the_contract_that_is_gone_is_found(audited: Audited, tamperer: Tamperer) -> None:
    tamperer.restore_guards()
    tamperer.run("DROP VIEW v1_assessments")
    assert [finding.field for finding in audited.findings()] == ["contract views"]
