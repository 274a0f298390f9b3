"""The command that writes CDEvents, and what it refuses."""

import json
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from retold import open_store
from retold.adapters.cli.group import retold

from .imports.cdevents import story_kinds, told


@pytest.fixture
def db(tmp_path: Path) -> str:
    url = str(tmp_path / "incidents.db")
    with open_store(url) as store:
        told(store, UUID(int=1), *story_kinds())
    return url


def run(db: str, *args: str) -> Result:
    return CliRunner().invoke(retold, ["--db", db, *args])


def test_the_command_writes_one_a_line_and_takes_them_back(db: str, tmp_path: Path) -> None:
    around = ("--source", "/retold/eu", "--environment", "eu-1")
    for form in ("--cdevents", "--cloudevents"):
        lines = run(db, "export", "events", form, *around).stdout.splitlines()
        assert len(lines) == len(story_kinds())
        for line in lines:
            one = json.loads(line)
            assert "/retold/eu" in (one.get("source"), one.get("context", {}).get("source"))
            assert one.get("data", one)["subject"]["content"]["environment"] == {"id": "eu-1"}
        file = tmp_path / "out.jsonl"
        file.write_text("\n".join(lines))
        done = run(str(tmp_path / "other.db"), "import", "auto", str(file), "--json")
        assert json.loads(done.stdout)["rows"][0]["rejected"] == 0


def test_by_default_retold_tells_them_of_production(db: str) -> None:
    first = json.loads(run(db, "export", "events", "--cdevents").stdout.splitlines()[0])
    assert first["context"]["source"] == "/retold"
    assert first["subject"]["content"]["environment"] == {"id": "production"}


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (("durations", "--cdevents"), "durations cannot be CDEvents"),
        (("events", "--cdevents", "--source", "a b"), "is no URI reference"),
        (("events", "--cdevents", "--source", ""), "is no URI reference"),
        (("events", "--cdevents", "--environment", ""), "--environment must say something"),
    ],
)
def test_what_cannot_be_a_cdevent_is_bad_usage(
    db: str, args: tuple[str, ...], problem: str
) -> None:
    done = run(db, "export", *args)
    assert (done.exit_code, problem in done.output) == (2, True)
