"""Recording from the shell: what each command records, and what it refuses."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner, Result
from retold import open_store
from retold.adapters.cli.group import retold


@pytest.fixture
def db(tmp_path: Path) -> str:
    return str(tmp_path / "incidents.db")


def run(db: str, *args: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(retold, ["--db", db, *args], input=stdin)


def recorded(db: str, *args: str, stdin: bytes | None = None) -> dict[str, Any]:
    done = run(db, *args, "--nl", stdin=stdin)
    assert done.exit_code == 0, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def last_event(db: str) -> dict[str, Any]:
    with open_store(db) as store:
        *_, last = store.events()
    event: dict[str, Any] = json.loads(last.event.model_dump_json())
    return event


@pytest.fixture
def incident(db: str) -> str:
    answer = recorded(db, "detect", "Checkout fails", "--at", "2026-03-01T12:00Z")
    return str(answer["incident_id"])


def test_detecting_makes_the_store_and_prints_the_ids(db: str) -> None:
    answer = recorded(
        db, "detect", "Checkout fails", "--service", "api", "--service", "web", "--signal", "pager",
        "--at", "2026-03-01T14:00+02:00", "--by", "ana",
    )  # fmt: skip
    assert answer.keys() == {"incident_id", "event_id", "version", "position"}
    assert (answer["version"], answer["position"]) == (1, 1)
    assert last_event(db) == {
        "kind": "incident-detected",
        "title": "Checkout fails",
        "services": ["api", "web"],
        "signal": "pager",
        "by": "ana",
        "occurred_at": "2026-03-01T12:00:00Z",
    }


@pytest.mark.parametrize(
    ("command", "facts"),
    [
        ("ack ID", {"kind": "incident-acknowledged", "automatic": False}),
        ("declare ID --severity sev2 --why x", {"kind": "incident-declared", "severity": "sev2"}),
        ("mitigate ID --how rollback", {"kind": "incident-mitigated", "how": "rollback"}),
        ("resolve ID --summary over", {"kind": "incident-resolved", "summary": "over"}),
        ("dismiss ID --reason drill", {"kind": "incident-dismissed", "reason": "drill"}),
        ("note ID text --type action --link l1 --link l2",
         {"kind": "note-added", "text": "text", "note": "action", "links": ["l1", "l2"]}),
        ("assess ID --severity sev1 --by ana --confidence low --basis b",
         {"kind": "severity-assessed", "assessor": "ana", "by": "ana", "confidence": "low"}),
        ("assess ID --severity sev1 --by ana --assessor joe",
         {"kind": "severity-assessed", "assessor": "joe", "by": "ana"}),
        ("impact ID api --concern latency --users-at-least 5 --users-basis estimated",
         {"kind": "impact-started", "service": "api",
          "users": {"at_least": 5, "at_most": None, "basis": "estimated"}}),
        ("role ID commander ana", {"kind": "role-assigned", "role": "commander", "holder": "ana"}),
        ("engage ID ana --how paged", {"kind": "responder-engaged", "how": "paged"}),
        ("breach ID slo --observed 97%", {"kind": "expectation-breached", "observed": "97%"}),
        ("surprise ID --expected a --observed b", {"kind": "surprise-noted", "expected": "a"}),
        ("follow-up ID alerts watch --owner ana",
         {"kind": "follow-up-added", "follow_up": "alerts", "text": "watch", "owner": "ana"}),
    ],
)  # fmt: skip
def test_each_command_records_its_event(
    db: str, incident: str, command: str, facts: dict[str, Any]
) -> None:
    recorded(db, *command.replace("ID", incident).split())
    event = last_event(db)
    assert {key: event[key] for key in facts} == facts


@pytest.mark.parametrize(
    ("first", "then", "kind"),
    [
        ("resolve ID", "reopen ID --why back", "incident-reopened"),
        ("impact ID api", "impact ID api --end", "impact-ended"),
        ("role ID scribe ana", "role ID scribe ana --release", "role-released"),
        ("follow-up ID alerts watch", "follow-up ID alerts --done", "follow-up-completed"),
    ],
)
def test_what_was_begun_is_ended(db: str, incident: str, first: str, then: str, kind: str) -> None:
    recorded(db, *first.replace("ID", incident).split())
    recorded(db, *then.replace("ID", incident).split())
    assert last_event(db)["kind"] == kind


def test_merging_names_both_incidents_by_any_reference(db: str, incident: str) -> None:
    other = recorded(db, "detect", "Payments fail")["incident_id"]
    recorded(db, "merge", other[:13], incident[:13])
    assert last_event(db)["into"] == incident


def test_a_note_is_read_from_standard_input(db: str, incident: str) -> None:
    recorded(db, "note", incident, "-", stdin="first\nzweite Zeile: ö\n".encode())
    assert last_event(db)["text"] == "first\nzweite Zeile: ö"


def test_a_note_that_is_no_utf8_is_bad_input(db: str, incident: str) -> None:
    done = run(db, "note", incident, "-", stdin=b"\xff\xfe")
    assert done.exit_code == 2
    assert "not UTF-8" in done.stderr


def test_a_correction_reads_values_as_json_or_else_as_text(db: str) -> None:
    event = recorded(db, "detect", "Checkout fails", "--at", "2026-03-01T12:00Z")["event_id"]
    recorded(
        db, "correct", event, "occurred_at=2026-03-01T11:50:00Z", 'services=["api"]',
        "title=It = all", "signal=null", "--why", "typed in haste",
    )  # fmt: skip
    changed = {change["field"]: change["new"] for change in last_event(db)["changes"]}
    assert changed == {
        "occurred_at": "2026-03-01T11:50:00Z",
        "services": ["api"],
        "title": "It = all",
    }


@pytest.mark.parametrize("assignment", ["title", "=x", "nosuch=1", "occurred_at=yesterday"])
def test_a_correction_of_no_known_form_is_bad_input(db: str, assignment: str) -> None:
    event = recorded(db, "detect", "Checkout fails")["event_id"]
    assert run(db, "correct", event, assignment, "--why", "x").exit_code == 2
    assert last_event(db)["kind"] == "incident-detected"


def test_a_field_corrected_twice_at_once_is_bad_input(db: str) -> None:
    event = recorded(db, "detect", "Checkout fails")["event_id"]
    done = run(db, "correct", event, "title=a", "title=b", "--why", "x")
    assert done.exit_code == 2
    assert "given twice" in done.stderr


def test_retracting_strikes_an_event(db: str, incident: str) -> None:
    note = recorded(db, "note", incident, "wrong window")["event_id"]
    recorded(db, "retract", note, "--why", "meant for another")
    assert last_event(db)["retracts"] == note


def test_an_unknown_event_is_not_found(db: str, incident: str) -> None:
    assert incident
    assert run(db, "retract", str(uuid4()), "--why", "x").exit_code == 3


@pytest.mark.parametrize("command", ["detect Title", "ack ID", "note ID text"])
def test_a_repeated_command_with_its_own_id_changes_nothing(
    db: str, incident: str, command: str
) -> None:
    arguments = [*command.replace("ID", incident).split(), "--event-id", str(UUID(int=7))]
    first = recorded(db, *arguments)
    assert recorded(db, *arguments) == first
    with open_store(db) as store:
        assert sum(one.event_id == UUID(int=7) for one in store.events()) == 1


def test_a_naive_time_is_refused_with_what_to_write_instead(db: str, incident: str) -> None:
    done = run(db, "ack", incident, "--at", "2026-03-01T12:05")
    assert done.exit_code == 2
    assert "write 2026-03-01T12:05Z if it is UTC" in done.stderr


@pytest.mark.parametrize(
    "at", ["yesterday", "2026-03-01", "2026-13-01T00:00Z", "0001-01-01T00:00Z"]
)
def test_other_forms_of_time_are_refused(db: str, incident: str, at: str) -> None:
    assert run(db, "ack", incident, "--at", at).exit_code == 2


def test_a_broken_rule_is_bad_input_and_records_nothing(db: str, incident: str) -> None:
    recorded(db, "resolve", incident)
    done = run(db, "ack", incident)
    assert done.exit_code == 2
    assert done.stderr == "retold: cannot acknowledge it: it was resolved\n"
    assert last_event(db)["kind"] == "incident-resolved"


@pytest.mark.parametrize(
    "command",
    [
        "assess ID --severity sev1",
        "impact ID api --users-at-least 5",
        "impact ID api --users-at-least 5 --users-at-most 4 --users-basis measured",
        "impact ID api --end --level major",
        "follow-up ID alerts",
        "follow-up ID alerts text --done",
        "dismiss ID",
        "dismiss ID --reason boring",
        "note ID text --type rumour",
        "ack",
    ],
)
def test_incomplete_commands_are_bad_usage(db: str, incident: str, command: str) -> None:
    done = run(db, *command.replace("ID", incident).split())
    assert done.exit_code == 2
    assert done.stderr.startswith("Usage: retold")


def test_who_runs_the_command_is_recorded(
    db: str, incident: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETOLD_RECORDED_BY", "pager bridge")
    monkeypatch.setenv("RETOLD_BY", "ana")
    recorded(db, "ack", incident)
    with open_store(db) as store:
        *_, last = store.events()
    assert (last.recorded_by, last.event.by) == ("pager bridge", "ana")


def test_recording_on_an_incident_does_not_make_a_store_of_a_mistyped_name(tmp_path: Path) -> None:
    done = run(str(tmp_path / "mistyped.db"), "ack", "3fa85f64")
    assert done.exit_code == 5
    assert not list(tmp_path.iterdir())
