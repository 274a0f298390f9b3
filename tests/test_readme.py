"""The README's examples, run as a reader would run them."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

README = (Path(__file__).parent.parent / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_python_examples_run_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for source in blocks("python"):
        exec(compile(source, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert printed.startswith("resolved\n")
    assert "event-corrected" in printed


def test_the_shell_examples_run(tmp_path: Path) -> None:
    sample = Path(__file__).parent / "samples" / "statuspage" / "history.json"
    (tmp_path / "history.json").write_bytes(sample.read_bytes())
    [script] = [block for block in blocks("sh") if "retold detect" in block]
    lines = [line for line in script.splitlines() if line.startswith("retold ")]
    environment = os.environ | {"RETOLD_DB": "incidents.db"}
    for line in lines:
        command = line.replace("retold ", f"{sys.executable} -m retold.adapters.cli.main ", 1)
        done = subprocess.run(
            command,
            shell=True,
            check=False,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
        )
        # `doctor` warns of the machine's SQLite, which is no fault of the example.
        assert done.returncode in ({0, 1} if "doctor" in line else {0}), (line, done.stderr)
        assert done.stdout, line


def test_the_sql_example_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(blocks("python")[0], "README.md", "exec"), {})
    [sql] = blocks("sql")
    rows = sqlite3.connect("incidents.db").execute(sql).fetchall()
    assert [row[:2] for row in rows] == [("sev2", 1)]
    assert json.dumps(rows)
