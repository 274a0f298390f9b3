"""Where somebody works with a store, a key, and checkpoints that lie elsewhere."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

from click.testing import CliRunner, Result
from retold import Incident, open_store
from retold.adapters.cli.group import retold

NAME = "example.com/incidents"


class Desk:
    """Where somebody works with a store, a key, and checkpoints that lie elsewhere."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.key, self.vkey = folder / "audit.key", folder / "audit.key.pub"
        self.anchor = folder / "march.checkpoint"
        self.options: list[str] = []

    def run(self, *args: object) -> Result:
        command = ["--db", self.url, *self.options, *map(str, args)]
        env = {"RETOLD_KEYS": "", "RETOLD_AUDIT_KEY": "", "RETOLD_RECORDED_BY": "desk"}
        return CliRunner().invoke(retold, command, env=env)

    def audit(self, command: str, *args: object) -> Result:
        return self.run("audit", command, *args)

    def verify(self, *args: object) -> Result:
        return self.audit("verify", "--anchor", self.anchor, "--vkey", self.vkey, *args)

    def sign(self, *args: object) -> Result:
        return self.audit("checkpoint", "--key", self.key, *args)

    def export(self, *args: object) -> Result:
        return self.audit("export", self.folder / "export", "--key", self.key, *args)

    def add(self, incidents: int = 1) -> list[UUID]:
        with open_store(self.url) as store:
            for number in range(incidents):
                incident = store.detect(f"checkout fails {number}").incident_id
                store.record(incident, Incident.note, text="restarted the queue", by="ana")
            return [one.event_id for one in store.events()]


def done(result: Result) -> Result:
    assert result.exit_code == 0, result.output
    return result


def bare_desk(url: str, folder: Path) -> Desk:
    """Return one with a key, and no store yet."""
    desk = Desk(url, folder)
    done(desk.audit("keygen", NAME, "--to", desk.key))
    return desk


def signed_desk(url: str, folder: Path) -> Desk:
    """Return one with four events that an anchor vouches for, and two more."""
    desk = bare_desk(url, folder)
    desk.add(2)
    done(desk.sign("--to", desk.anchor))
    desk.add(1)
    return desk


def verdict(result: Result) -> dict[str, Any]:
    return dict(json.loads(result.stdout))


def findings(result: Result) -> list[dict[str, Any]]:
    return [row for row in verdict(result)["rows"] if row["result"] == "finding"]
