"""The published JSON Schema of a report, held against what the command line writes."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator, ValidationError
from retold import Incident, open_store
from retold.adapters.cli.group import retold

SCHEMA = json.loads(
    (Path(__file__).parent.parent / "docs" / "schemas" / "retold.report-1.json").read_text()
)


@pytest.fixture
def db(tmp_path: Path) -> str:
    path = str(tmp_path / "incidents.db")
    with open_store(path) as store:
        for number in range(14):
            at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)
            one = store.detect("Search is down", at=at, services=("api",)).incident_id
            if number % 5:
                store.record(one, Incident.acknowledge, at=at + timedelta(minutes=number))
            store.record(one, Incident.resolve, at=at + timedelta(hours=number + 1))
        store.detect("open", at=datetime(2026, 1, 20, tzinfo=UTC))
    return path


def report(db: str, *arguments: str) -> dict[str, Any]:
    done = CliRunner().invoke(retold, ["--db", db, "report", *arguments, "--json"])
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--by", "service,weekday"],
        ["tta", "reopens", "--from", "2026-01-08", "--to", "2026-01-15", "--simulate"],
        ["ttr_detected", "--from", "2026-01-08", "--compare", "2026-01-01..2026-01-08"],
        ["--as-of", "2025-01-01T00:00Z"],
    ],
    ids=" ".join,
)
def test_every_report_is_as_the_schema_says(db: str, arguments: list[str]) -> None:
    Draft202012Validator(SCHEMA).validate(report(db, *arguments))


def test_the_schema_refuses_what_it_does_not_name(db: str) -> None:
    document = report(db)
    document["rows"][0]["mttr"] = 1
    with pytest.raises(ValidationError):
        Draft202012Validator(SCHEMA).validate(document)


def test_the_schema_itself_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
