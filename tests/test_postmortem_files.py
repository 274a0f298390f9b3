"""Documents in files: to the byte, whole or not at all, with the permissions they had."""

import errno
import os
from pathlib import Path

import pytest
from retold import ConcurrentChange, InvalidInput
from retold.adapters.postmortem_files import document_in, put_document

TEXT = "\ufeffa\r\nb\rc\n\u2028\x00d"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "postmortem.md"


def test_a_file_that_is_not_there_has_no_document(file: Path) -> None:
    assert document_in(file) is None


def test_every_byte_is_read_and_written_as_it_is(file: Path) -> None:
    put_document(file, TEXT, None)
    assert file.read_bytes() == TEXT.encode()
    assert document_in(file) == TEXT


def test_a_new_file_has_the_permissions_of_any_new_file(file: Path) -> None:
    other = file.with_name("other")
    other.touch()
    put_document(file, TEXT, None)
    assert file.stat().st_mode == other.stat().st_mode


def test_a_file_keeps_its_permissions(file: Path) -> None:
    file.write_text("old")
    file.chmod(0o640)
    put_document(file, "new", "old")
    assert (file.read_text(), file.stat().st_mode & 0o7777) == ("new", 0o640)


def test_of_a_link_the_file_behind_it_is_written(file: Path, tmp_path: Path) -> None:
    behind = tmp_path / "behind.md"
    behind.write_text("old")
    file.symlink_to(behind)
    put_document(file, "new", "old")
    assert file.is_symlink()
    assert behind.read_text() == "new"


def test_what_somebody_wrote_meanwhile_is_not_lost(file: Path) -> None:
    file.write_text("somebody's")
    for before in ("old", None):
        with pytest.raises(ConcurrentChange):
            put_document(file, "new", before)
    assert file.read_text() == "somebody's"
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.skipif(os.geteuid() == 0, reason="to root no file is only to be read")
def test_a_file_that_is_only_to_be_read_stays_as_it_is(file: Path) -> None:
    file.write_text("old")
    file.chmod(0o444)
    with pytest.raises(PermissionError):
        put_document(file, "new", "old")
    assert file.read_text() == "old"


def test_a_folder_that_is_not_there_is_named_by_the_file_asked_for(file: Path) -> None:
    missing = file.parent / "missing" / "postmortem.md"
    with pytest.raises(FileNotFoundError) as error:
        put_document(missing, "new", None)
    assert error.value.filename == str(missing)


def test_links_that_lead_in_a_circle_are_no_document_and_stay(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.md"
    file.symlink_to(other)
    other.symlink_to(file)
    with pytest.raises(InvalidInput, match="back to itself"):
        document_in(file)
    with pytest.raises(InvalidInput, match="back to itself"):
        put_document(file, "new", None)
    assert file.is_symlink()
    assert other.is_symlink()


@pytest.mark.parametrize("letter", ["x", "\U0001d518"])
def test_a_file_may_have_the_longest_name_that_there_is(tmp_path: Path, letter: str) -> None:
    file = tmp_path / (letter * (255 // len(letter.encode())))
    put_document(file, "old", None)
    put_document(file, "new", "old")
    assert file.read_text() == "new"


def test_what_a_killed_process_of_the_same_number_left_behind_is_in_nobodys_way(file: Path) -> None:
    file.with_name(f".{file.name}.{os.getpid()}").write_text("half a docu")
    put_document(file, "new", None)
    assert file.read_text() == "new"


def test_a_full_disk_is_told_with_the_files_name_and_leaves_what_was_there(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    file.write_text("old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as error:
        put_document(file, "new", "old")
    assert error.value.filename == str(file)
    assert file.read_text() == "old"
    assert list(file.parent.iterdir()) == [file]


def test_a_folder_and_a_file_in_another_encoding_are_no_documents(file: Path) -> None:
    with pytest.raises(InvalidInput, match="no file"):
        document_in(file.parent)
    file.write_bytes("ä".encode("utf-16"))
    with pytest.raises(InvalidInput, match="UTF-8"):
        document_in(file)
