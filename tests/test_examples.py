"""The examples in docs/examples: their documents are what the commands give today."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from retold import open_store
from retold.adapters.cli.group import retold

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"
BLIP, DEPLOYMENT, FAILOVER, CORRUPTION, DEPENDENCY = NAMES = (
    "search-blip",
    "checkout-deployment",
    "orders-failover",
    "address-corruption",
    "sign-in-dependency",
)
FORMS = ("md", "html", "svg", "mermaid")
POSTMORTEMS = {DEPLOYMENT: "full", FAILOVER: "short", CORRUPTION: "customer"}


def events(name: str) -> list[dict[str, Any]]:
    lines = (EXAMPLES / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def run(db: str, *args: str) -> str:
    done = CliRunner().invoke(retold, ["--db", db, *args])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(scope="session")
def db(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A fresh store with the incidents, in the order in which `make.sh` imports them."""
    path = str(tmp_path_factory.mktemp("examples") / "examples.db")
    run(path, "import", "jsonl", *map(str, sorted(EXAMPLES.glob("*.jsonl"))))
    return path


def told(db: str, name: str) -> dict[str, Any]:
    identity = events(name)[0]["incident_id"]
    return dict(json.loads(run(db, "timeline", identity, "--format", "json")))


def rows_told(document: dict[str, Any], *kinds: str) -> list[dict[str, Any]]:
    return [row for row in document["rows"] if row["kind"] in kinds]


def late(document: dict[str, Any]) -> list[int]:
    """Return how many whole days later entries were added, of those that were added late."""
    return [row["late_us"] // 86_400_000_000 for row in document["rows"] if row["late_us"]]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_a_document_is_what_the_command_gives_today(db: str, name: str, form: str) -> None:
    identity = events(name)[0]["incident_id"]
    kept = (EXAMPLES / f"{name}.{form}").read_text("utf-8")
    made = run(db, "timeline", identity, "--format", form)
    assert made == kept, "run `make examples`, and look at what changed"


@pytest.mark.parametrize("name", POSTMORTEMS)
def test_a_postmortem_that_people_wrote_in_needs_no_renewal(
    db: str, name: str, tmp_path: Path
) -> None:
    kept = EXAMPLES / f"{name}-postmortem.md"
    copy = tmp_path / kept.name
    shutil.copy(kept, copy)
    run(db, "postmortem", events(name)[0]["incident_id"], "--output", str(copy))
    assert copy.read_bytes() == kept.read_bytes(), "run `make examples`, and look at what changed"


@pytest.mark.parametrize(("name", "template"), POSTMORTEMS.items())
def test_people_wrote_into_every_section_of_a_postmortem(name: str, template: str) -> None:
    text = (EXAMPLES / f"{name}-postmortem.md").read_text("utf-8")
    guidance = re.findall(r"<!-- (?!retold:).*?-->", text, re.DOTALL)
    assert f"template={template} " in text
    assert guidance == []


def test_every_line_is_imported(db: str) -> None:
    told_of = [row["event_id"] for name in NAMES for row in events(name)]
    with open_store(db, create=False) as store:
        recorded = [
            str(one.event_id)
            for name in NAMES
            for one in store.recorded(store.find(events(name)[0]["incident_id"]))
        ]
    assert sorted(recorded) == sorted(told_of)


def test_the_script_makes_the_documents_that_are_held_here() -> None:
    script = (EXAMPLES / "make.sh").read_text("utf-8")
    assert f"for form in {' '.join(FORMS)};" in script
    assert dict(re.findall(r"^postmortem (\S+) (\S+)$", script, re.MULTILINE)) == POSTMORTEMS


def test_the_folder_holds_what_its_readme_links_and_nothing_else() -> None:
    links = re.findall(r"\]\(([^)/]+)\)", (EXAMPLES / "README.md").read_text("utf-8"))
    assert {*links, "README.md"} == {path.name for path in EXAMPLES.iterdir()}


def test_no_link_in_the_incidents_leads_to_a_real_place() -> None:
    text = "".join(json.dumps(events(name)) for name in NAMES)
    hosts = re.findall(r"https?://([^/\"]+)", text)
    assert hosts
    assert all(re.fullmatch(r"[a-z]+\.example\.(com|net)", host) for host in hosts)


def test_the_blip_is_over_in_four_minutes_without_anybody_taking_it_on(db: str) -> None:
    document = told(db, BLIP)
    took = {one["measure"]: one["duration_us"] for one in document["durations"]}
    assert len(document["rows"]) == 6
    assert 180_000_000 < took["ttr"] < 240_000_000
    assert took["tta"] is None
    assert late(document) == []


def test_the_deployment_has_a_lead_up_and_assessors_who_come_to_agree(db: str) -> None:
    document = told(db, DEPLOYMENT)
    differing = [bool(one["differs_from"]) for one in document["severity_history"]]
    assert [row["phase"] for row in document["rows"][:2]] == ["lead-up", "lead-up"]
    assert differing == [False, True, True, False]
    assert not document["assessments_differ"]
    assert late(document) == []


def test_the_deployments_resolution_was_corrected(db: str) -> None:
    [resolved] = rows_told(told(db, DEPLOYMENT), "incident-resolved")
    [correction] = resolved["corrected"]
    assert (correction["field"], correction["old"]) == ("occurred_at", "2026-06-16T15:05:00Z")
    assert (correction["by"], resolved["occurred_at"][11:16]) == ("duty manager", "14:46")


def test_the_deployment_has_every_kind_of_entry_there_is_for_people() -> None:
    told_of = [row["event"] for row in events(DEPLOYMENT)]
    kinds = {event["kind"] for event in told_of}
    assert {event["note"] for event in told_of if event["kind"] == "note-added"} == {
        "observation", "hypothesis", "decision", "action", "communication",
    }  # fmt: skip
    assert {"surprise-noted", "follow-up-completed", "expectation-breached"} <= kinds


def test_the_failover_came_back_after_it_was_resolved(db: str) -> None:
    document = told(db, FAILOVER)
    turns = rows_told(
        document, "incident-mitigated", "incident-resolved", "incident-reopened"
    )  # fmt: skip
    assert [row["kind"].removeprefix("incident-") for row in turns] == [
        "mitigated", "resolved", "reopened", "mitigated", "resolved",
    ]  # fmt: skip
    assert document["incident"]["reopens"] == 1
    assert {one["severity"] for one in document["severity_history"]} == {"sev1", "sev2", "sev3"}
    assert {one["service"] for one in document["impacts"]} == {"order API", "warehouse sync"}


def test_the_failovers_alerts_are_told_together(db: str) -> None:
    told_together = [len(one["event_ids"]) for one in told(db, FAILOVER)["clusters"]]
    assert told_together == [22, 14, 4]


def test_one_entry_of_the_failover_was_retracted_and_two_came_days_later(db: str) -> None:
    document = told(db, FAILOVER)
    [retracted] = [row for row in document["rows"] if row["retracted"]]
    assert retracted["retraction"]["by"] == "network on-call"
    assert late(document) == [2, 2]


def test_the_corruption_went_unseen_for_weeks_and_was_written_down_later(db: str) -> None:
    document = told(db, CORRUPTION)
    took = {one["measure"]: one["duration_us"] for one in document["durations"]}
    weeks = [one for one in document["gaps"] if one["gap_us"] > 6 * 86_400_000_000]
    assert took["ttd"] > 35 * 86_400_000_000
    assert late(document) == [40, 35, 36, 19, 8]
    assert len(weeks) == 4
    assert [one["severity"] for one in document["severity_history"]][::5] == ["sev4", "sev1"]


def test_the_dependency_is_open_with_a_second_commander_and_no_agreement(db: str) -> None:
    document = told(db, DEPENDENCY)
    asked = {one["code"] for one in document["open_questions"]}
    commanders = [(one["holder"], one["ended_at"] is None) for one in document["roles"]]
    assert document["incident"]["state"] == "declared"
    assert commanders == [("identity on-call", False), ("duty manager", True)]
    assert {"still-open", "gap", "severity-differs", "follow-up-open"} <= asked
    assert late(document) == []
