"""Verifying at the command line: `retold audit verify` of stores with all kinds of pasts."""

import json
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import Result
from retold import open_store
from retold.adapters.audit.tree import checkpoint_of

from .audits.desk import NAME, Desk, bare_desk, done, findings, signed_desk, verdict
from .audits.older import made_by_version_3
from .audits.tampering import Tamperer


@pytest.fixture
def bare(database_url: str, tmp_path: Path) -> Desk:
    """A key, and no store yet."""
    return bare_desk(database_url, tmp_path)


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Desk:
    """Four events that an anchor vouches for, and two more."""
    return signed_desk(database_url, tmp_path)


# Verifying a store


def test_verified_history_exits_with_0_and_says_how_far(desk: Desk) -> None:
    result = done(desk.verify())
    assert (
        "verified: the first 4 events are as they were signed; for what was recorded since, 2"
        in (result.stderr)
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
