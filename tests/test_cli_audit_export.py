"""Exports at the command line: `retold audit export`, and `verify FOLDER` of damaged ones."""

import shutil
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path

import pytest

from .audits.desk import Desk, done, findings, signed_desk, verdict
from .audits.tampering import Tamperer


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Desk:
    """Four events that an anchor vouches for, and two more."""
    return signed_desk(database_url, tmp_path)


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
    made = signed_desk(str(folder / "store.db"), folder)
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
