"""Evidence at the command line: `retold audit checkpoint`, `verify`, `prove` and `export`."""

import json
import shutil
import stat
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner, Result
from retold import Incident, open_store
from retold.adapters.audit.tree import checkpoint_of
from retold.adapters.cli.group import retold

from .audits.older import made_by_version_3
from .audits.tampering import Tamperer

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


@pytest.fixture
def bare(database_url: str, tmp_path: Path) -> Desk:
    """A key, and no store yet."""
    desk = Desk(database_url, tmp_path)
    done(desk.audit("keygen", NAME, "--to", desk.key))
    return desk


@pytest.fixture
def desk(bare: Desk) -> Desk:
    """Four events that an anchor vouches for, and two more."""
    bare.add(2)
    done(bare.sign("--to", bare.anchor))
    bare.add(1)
    return bare


def verdict(result: Result) -> dict[str, Any]:
    return dict(json.loads(result.stdout))


def findings(result: Result) -> list[dict[str, Any]]:
    return [row for row in verdict(result)["rows"] if row["result"] == "finding"]


# Verifying a store


def test_verified_history_exits_with_0_and_says_how_far(desk: Desk) -> None:
    result = done(desk.verify())
    assert "verified: the first 4 events are as they were signed; the 2 recorded since" in (
        result.stderr
    )


def test_the_verdict_in_json_has_its_figures_and_what_was_checked(desk: Desk) -> None:
    told = verdict(done(desk.verify("--json")))
    assert (told["verified"], told["events"], told["vouched"]) == (True, 6, 4)
    with open_store(desk.url) as store:
        assert told["root"] == checkpoint_of(store.backend.tree, NAME).root.hex()
    assert {row["result"] for row in told["rows"]} == {"checked"}
    assert all(row["position"] is None for row in told["rows"])


def test_without_an_anchor_nothing_is_verified(desk: Desk) -> None:
    result = desk.audit("verify")
    assert result.exit_code == 1
    assert "not verified: nothing is wrong" in result.stderr


def test_a_finding_exits_with_1_and_names_its_place(desk: Desk) -> None:
    tamperer = Tamperer(desk.url)
    tamperer.run("UPDATE retold_events SET topic = 'resolved' WHERE {position} = 2")
    tamperer.restore_guards()
    tamperer.close()
    result = desk.verify("--json")
    assert result.exit_code == 1
    assert 2 in [finding["position"] for finding in findings(result)]
    assert verdict(result)["conclusion"].startswith("failed: ")


def test_leaving_out_the_views_is_said(desk: Desk) -> None:
    result = done(desk.verify("--no-views", "--json"))
    [row] = [row for row in verdict(result)["rows"] if row["result"] == "not checked"]
    assert "readers' tables" in row["what"]


def test_an_anchor_without_a_key_to_check_it_is_refused(desk: Desk) -> None:
    result = desk.audit("verify", "--anchor", desk.anchor)
    assert result.exit_code == 2
    assert "--anchor needs --vkey" in result.stderr


@pytest.mark.parametrize("vkey", ["nonsense", "example.com+12345678+AAAA", "/nowhere/key.pub"])
def test_what_is_no_public_key_is_refused(desk: Desk, vkey: str) -> None:
    result = desk.audit("verify", "--anchor", desk.anchor, "--vkey", vkey)
    assert (result.exit_code, result.stdout) == (2, "")


def test_a_private_key_is_not_taken_for_a_public_one(desk: Desk) -> None:
    result = desk.audit("verify", "--anchor", desk.anchor, "--vkey", desk.key)
    assert result.exit_code == 2
    assert desk.key.read_text().strip() not in result.stderr


def test_an_anchor_that_is_not_there_is_refused(desk: Desk) -> None:
    desk.anchor.unlink()
    assert desk.verify().exit_code == 2


def test_a_store_that_is_not_there_is_not_made(bare: Desk, tmp_path: Path) -> None:
    bare.url = str(tmp_path / "absent.db")
    result = bare.audit("verify")
    assert result.exit_code == 5
    assert "retold detect" in result.stderr
    assert not (tmp_path / "absent.db").exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda note: note.replace("\n4\n", "\n3\n"),
        lambda note: note.replace(NAME, "example.com/others"),
        lambda note: note.split("\n\n")[0],
        lambda _: "",
        lambda note: note * 2,
        lambda note: note.replace("\n", "\r\n"),
    ],
)
def test_an_anchor_that_was_altered_is_a_finding(desk: Desk, damage: Callable[[str], str]) -> None:
    desk.anchor.write_bytes(damage(desk.anchor.read_text()).encode())
    result = desk.verify("--json")
    assert result.exit_code == 1
    assert findings(result)[0]["field"] == "signature"


def test_an_anchor_of_another_log_with_the_same_key_is_a_finding(
    desk: Desk, tmp_path: Path
) -> None:
    other = Desk(str(tmp_path / "other.db"), tmp_path)
    other.add(1)
    done(other.sign("--to", desk.anchor.with_name("other.checkpoint")))
    result = desk.verify("--anchor", desk.anchor.with_name("other.checkpoint"), "--json")
    assert [finding["field"] for finding in findings(result)] == ["root"]


def test_an_anchor_from_before_the_first_event_vouches_for_nothing(bare: Desk) -> None:
    open_store(bare.url).close()
    done(bare.sign("--to", bare.anchor))
    bare.add(1)
    result = bare.verify("--json")
    assert (result.exit_code, findings(result)) == (1, [])
    assert verdict(result)["conclusion"].startswith("not verified")


def test_the_same_anchor_twice_vouches_as_much_as_once(desk: Desk) -> None:
    assert verdict(done(desk.verify("--anchor", desk.anchor, "--json")))["vouched"] == 4


# Readers of some groups


@pytest.fixture
def restricted(desk: Desk) -> UUID:
    """An event that readers of other groups may not see."""
    [first, *_] = desk.add(0)
    with open_store(desk.url) as store:
        incident = str(next(iter(store.events())).incident_id)
    done(desk.run("restrict", incident, "--to", "legal", "--why", "a customer may sue"))
    desk.options = ["--groups", "hr"]
    return first


@pytest.mark.parametrize("command", ["verify", "export", "sign"])
def test_evidence_of_the_whole_log_takes_a_store_that_is_seen_whole(
    desk: Desk, restricted: UUID, command: str
) -> None:
    result = getattr(desk, command)()
    assert (result.exit_code, result.stdout) == (2, "")
    assert "every group" in result.stderr
    assert not (desk.folder / "export").exists()


def test_an_event_that_a_reader_may_not_see_is_not_proved_to_him(
    desk: Desk, restricted: UUID, tmp_path: Path
) -> None:
    to = tmp_path / "proof"
    result = desk.audit("prove", restricted, "--key", desk.key, "--to", to)
    assert (result.exit_code, to.exists()) == (3, False)


def test_an_event_that_a_reader_may_see_is_proved_to_him(
    desk: Desk, restricted: UUID, tmp_path: Path
) -> None:
    to = tmp_path / "proof"
    done(desk.audit("prove", desk.add(0)[-2], "--key", desk.key, "--to", to))
    done(desk.audit("verify-proof", to, "--vkey", desk.vkey))


# Signing checkpoints


def test_a_checkpoint_goes_to_stdout_where_no_file_is_named(desk: Desk) -> None:
    assert done(desk.sign()).stdout.startswith(f"{NAME}\n6\n")


def test_a_checkpoint_replaces_one_of_the_beginning_of_the_same_history(desk: Desk) -> None:
    done(desk.sign("--to", desk.anchor))
    assert desk.anchor.read_text().startswith(f"{NAME}\n6\n")


@pytest.mark.parametrize("events", [1, 5])
def test_a_checkpoint_of_another_history_stays_and_exits_with_1(
    desk: Desk, tmp_path: Path, events: int
) -> None:
    before = desk.anchor.read_text()
    other = Desk(str(tmp_path / "other.db"), tmp_path)
    other.add(events)
    result = other.sign("--to", desk.anchor)
    assert result.exit_code == 1
    assert "stays as it is" in result.stderr
    assert desk.anchor.read_text() == before


def test_a_file_that_is_no_checkpoint_is_not_replaced(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "thesis.txt"
    file.write_text("a year of work")
    assert desk.sign("--to", file).exit_code == 2
    assert file.read_text() == "a year of work"


def test_a_key_that_is_not_there_is_answered_with_how_to_make_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    result = desk.audit("checkpoint")
    assert result.exit_code == 2
    assert "retold audit keygen" in result.stderr


def test_a_key_is_made_for_its_owner_alone_and_refused_when_others_may_read_it(desk: Desk) -> None:
    assert stat.S_IMODE(desk.key.stat().st_mode) == 0o600
    desk.key.chmod(0o640)
    result = desk.sign("--to", desk.anchor)
    assert result.exit_code == 2
    assert "chmod 600" in result.stderr


def test_a_checkpoint_through_a_link_goes_into_the_file_behind_it(
    desk: Desk, tmp_path: Path
) -> None:
    link = tmp_path / "latest.checkpoint"
    link.symlink_to(desk.anchor)
    done(desk.sign("--to", link))
    assert link.is_symlink()
    assert desk.anchor.read_text().startswith(f"{NAME}\n6\n")


def test_a_device_is_not_replaced_by_a_checkpoint(desk: Desk, tmp_path: Path) -> None:
    link = tmp_path / "null"
    link.symlink_to("/dev/null")
    result = desk.sign("--to", link)
    assert result.exit_code == 2
    assert Path("/dev/null").is_char_device()


def test_a_folder_that_is_not_there_is_told(desk: Desk, tmp_path: Path) -> None:
    result = desk.sign("--to", tmp_path / "nowhere" / "checkpoint")
    assert result.exit_code == 2
    assert "nowhere" in result.stderr


# Proofs


def test_an_event_that_is_not_in_the_log_is_not_found(desk: Desk) -> None:
    assert desk.audit("prove", uuid4(), "--key", desk.key, "--to", "-").exit_code == 3
    assert desk.audit("prove", "x", "--key", desk.key, "--to", "-").exit_code == 2


def test_a_proof_on_stdout_is_the_same_as_in_a_file(desk: Desk, tmp_path: Path) -> None:
    event = desk.add(0)[2]
    given = [event, "--key", desk.key, "--checkpoint", desk.anchor]
    shown = done(desk.audit("prove", *given, "--to", "-"))
    done(desk.audit("prove", *given, "--to", tmp_path / "proof"))
    assert shown.stdout == (tmp_path / "proof").read_text()
    assert shown.stderr == ""


def test_a_proof_and_its_event_are_checked_without_the_store(desk: Desk, tmp_path: Path) -> None:
    event = desk.add(0)[2]
    proof, state = tmp_path / "proof", tmp_path / "event.json"
    done(desk.audit("prove", event, "--key", desk.key, "--to", proof, "--event-to", state))
    options = ["--vkey", desk.vkey, "--event", state, "--json"]
    [row] = verdict(done(desk.audit("verify-proof", proof, *options)))["rows"]
    assert (row["tree_size"], row["event_checked"]) == (6, True)
    assert json.loads(state.read_bytes())["event_id"] == str(event)


def test_an_event_behind_the_checkpoint_is_not_proved_by_it(desk: Desk) -> None:
    event = desk.add(0)[-1]
    given = ["--key", desk.key, "--checkpoint", desk.anchor, "--to", "-"]
    result = desk.audit("prove", event, *given)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is of 4 events, and this one is number 6" in result.stderr


@pytest.mark.parametrize("command", ["prove", "export"])
def test_nothing_is_proved_by_a_checkpoint_of_another_history(
    desk: Desk, tmp_path: Path, command: str
) -> None:
    other = Desk(str(tmp_path / "other.db"), tmp_path)
    [event, *_] = other.add(3)
    subject = event if command == "prove" else tmp_path / "export"
    result = other.audit(command, subject, "--key", desk.key, "--checkpoint", desk.anchor)
    assert result.exit_code == 1
    assert not (tmp_path / "export").exists()


# Exports


@pytest.fixture
def exported(desk: Desk) -> Path:
    done(desk.export())
    return desk.folder / "export"


def test_an_export_is_verified_without_a_store(desk: Desk, exported: Path) -> None:
    desk.url = "/nowhere/at/all.db"
    result = done(desk.verify(exported, "--json"))
    assert (verdict(result)["events"], verdict(result)["vouched"]) == (6, 4)


def test_an_export_by_an_earlier_checkpoint_holds_what_that_covers(desk: Desk) -> None:
    done(desk.export("--checkpoint", desk.anchor))
    folder = desk.folder / "export"
    assert (folder / "checkpoint").read_text() == desk.anchor.read_text()
    assert (folder / "events.jsonl").read_bytes().count(b"\n") == 4
    done(desk.verify(folder))


def test_an_export_vouches_for_nothing_by_its_own_checkpoint(desk: Desk, exported: Path) -> None:
    assert desk.audit("verify", exported, "--vkey", desk.vkey).exit_code == 1


def test_a_folder_that_is_there_is_not_written_into(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "thesis.txt").write_text("a year of work")
    assert desk.export().exit_code == 2
    assert [path.name for path in (tmp_path / "export").iterdir()] == ["thesis.txt"]
    assert not list(tmp_path.glob(".retold-*"))


@pytest.mark.parametrize("where", ["empty", ".", "link"])
def test_an_export_makes_its_folder_itself(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    here = tmp_path / "here"
    (here / "empty").mkdir(parents=True)
    (here / "link").symlink_to("nowhere")
    monkeypatch.chdir(here / "empty" if where == "." else here)
    result = desk.audit("export", where, "--key", desk.key)
    assert result.exit_code == 2
    assert "name a new folder" in result.stderr
    assert sorted(path.name for path in here.rglob("*")) == ["empty", "link"]


def test_an_export_that_fails_midway_leaves_nothing_behind(desk: Desk, tmp_path: Path) -> None:
    tamperer = Tamperer(desk.url)
    tamperer.run("UPDATE retold_events SET state = ? WHERE {position} = 5", (b"{\n}",))
    tamperer.restore_guards()
    tamperer.close()
    result = desk.export()
    assert result.exit_code == 1
    assert "position 5 holds a line end" in result.stderr
    assert not (tmp_path / "export").exists()
    assert not list(tmp_path.glob(".retold-*"))


@pytest.mark.parametrize("name", ["events.jsonl", "entries.txt", "checkpoint"])
def test_a_folder_that_is_no_export_is_refused(desk: Desk, exported: Path, name: str) -> None:
    (exported / name).unlink()
    result = desk.verify(exported)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"holds no {name}" in result.stderr
    assert desk.verify(exported / "nowhere").exit_code == 2


def lines_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def change(*names: str) -> Callable[[Callable[[list[bytes]], object]], Callable[[Path], None]]:
    def made(edit: Callable[[list[bytes]], object]) -> Callable[[Path], None]:
        def damage(folder: Path) -> None:
            for name in names:
                lines = lines_of(folder / name)
                edit(lines)
                (folder / name).write_bytes(b"".join(lines))

        return damage

    return made


def swap(lines: list[bytes]) -> None:
    lines[1], lines[2] = lines[2], lines[1]


def double(lines: list[bytes]) -> None:
    lines.insert(3, lines[2])


def drop_last(lines: list[bytes]) -> None:
    lines.pop()


def cut_off(lines: list[bytes]) -> None:
    lines[-1] = lines[-1][:-5]


def empty(lines: list[bytes]) -> None:
    lines.clear()


def end_as_windows_does(lines: list[bytes]) -> None:
    lines[:] = [line.replace(b"\n", b"\r\n") for line in lines]


def put_blank_line(lines: list[bytes]) -> None:
    lines.insert(2, b"\n")


def put_huge_line(lines: list[bytes]) -> None:
    lines[2] = b"x" * 5_000_000 + b"\n"


def no_base64(lines: list[bytes]) -> None:
    lines[2] = b"***\n"


def no_entry(lines: list[bytes]) -> None:
    lines[2] = b"AAAA\n"


def no_text(lines: list[bytes]) -> None:
    lines[0] = b"\xff\xfe\n"


EVENTS, ENTRIES, CHECKPOINT = "events.jsonl", "entries.txt", "checkpoint"
DAMAGES = {
    "lines exchanged in both files": change(EVENTS, ENTRIES)(swap),
    "lines exchanged in one": change(EVENTS)(swap),
    "an event twice": change(EVENTS, ENTRIES)(double),
    "a line twice": change(ENTRIES)(double),
    "the last event gone": change(EVENTS, ENTRIES)(drop_last),
    "the last line gone": change(EVENTS)(drop_last),
    "the last entry gone": change(ENTRIES)(drop_last),
    "an event cut off": change(EVENTS)(cut_off),
    "an entry cut off": change(ENTRIES)(cut_off),
    "the checkpoint cut off": change(CHECKPOINT)(cut_off),
    "no events": change(EVENTS)(empty),
    "no entries": change(ENTRIES)(empty),
    "nothing": change(EVENTS, ENTRIES)(empty),
    "no checkpoint in the file": change(CHECKPOINT)(empty),
    "line ends of events": change(EVENTS)(end_as_windows_does),
    "line ends of entries": change(ENTRIES)(end_as_windows_does),
    "line ends of the checkpoint": change(CHECKPOINT)(end_as_windows_does),
    "a blank line": change(EVENTS, ENTRIES)(put_blank_line),
    "a huge event": change(EVENTS)(put_huge_line),
    "a huge entry": change(ENTRIES)(put_huge_line),
    "no base64": change(ENTRIES)(no_base64),
    "base64 of something else": change(ENTRIES)(no_entry),
    "no text in the checkpoint": change(CHECKPOINT)(no_text),
    "no text in the entries": change(ENTRIES)(no_text),
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """An export, its key and an anchor, to be copied and damaged."""
    folder = tmp_path_factory.mktemp("template")
    made = Desk(str(folder / "store.db"), folder)
    done(made.audit("keygen", NAME, "--to", made.key))
    made.add(2)
    done(made.sign("--to", made.anchor))
    made.add(1)
    done(made.export())
    return made


@pytest.mark.parametrize("what", DAMAGES)
def test_a_damaged_export_is_never_verified(template: Desk, tmp_path: Path, what: str) -> None:
    folder = tmp_path / "export"
    shutil.copytree(template.folder / "export", folder)
    DAMAGES[what](folder)
    result = template.verify(folder, "--json")
    assert result.exit_code == 1, result.output
    assert findings(result)


def test_the_entries_of_an_export_are_those_of_the_log(template: Desk) -> None:
    lines = lines_of(template.folder / "export" / ENTRIES)
    assert all(b64decode(line).startswith(b"retold/event/v1\n") for line in lines)


# Stores with a past


def test_a_store_whose_views_were_made_anew_is_verified(desk: Desk) -> None:
    done(desk.run("rebuild"))
    done(desk.verify())


def test_a_store_that_an_older_version_made_is_verified_once_it_is_upgraded(desk: Desk) -> None:
    made_by_version_3(desk.url)
    assert desk.verify().exit_code == 5
    done(desk.run("rebuild"))
    done(desk.verify())


# Sealed personal data


@pytest.fixture
def sealed(bare: Desk) -> Desk:
    """A store whose personal data is sealed, and signed."""
    bare.options = ["--keys", str(bare.folder / "retold.keys")]
    detected = json.loads(done(bare.run("detect", "checkout fails", "--nl")).stdout)
    done(bare.run("ack", detected["incident_id"], "--by", "anastasia"))
    done(bare.sign("--to", bare.anchor))
    return bare


def unchecked(result: Result) -> list[str]:
    return [row["what"] for row in verdict(result)["rows"] if row["result"] == "not checked"]


def test_with_the_keys_all_is_checked(sealed: Desk) -> None:
    assert unchecked(done(sealed.verify("--json"))) == []


def test_without_the_keys_what_was_not_checked_is_said(sealed: Desk) -> None:
    sealed.options = []
    told = unchecked(done(sealed.verify("--json")))
    assert all("that takes the keys" in one for one in told)
    assert len(told) == 2


def test_an_anchor_from_before_an_erasure_still_holds(sealed: Desk) -> None:
    done(sealed.run("erase", "--subject", "anastasia", "--why", "case 17"))
    result = done(sealed.verify("--json"))
    assert (verdict(result)["vouched"], unchecked(result)) == (2, [])


def test_an_export_leaves_sealed_what_is_sealed(sealed: Desk) -> None:
    done(sealed.export())
    folder = sealed.folder / "export"
    assert all(b"anastasia" not in path.read_bytes() for path in folder.iterdir())
    done(sealed.verify(folder))


def test_a_damaged_event_of_a_sealed_store_is_found_at_its_place(sealed: Desk) -> None:
    tamperer = Tamperer(sealed.url)
    tamperer.run("UPDATE retold_events SET state = ? WHERE {position} = 2", (b"{}",))
    tamperer.restore_guards()
    tamperer.close()
    result = sealed.verify("--json")
    assert result.exit_code == 1
    assert 2 in [finding["position"] for finding in findings(result)]
