"""Keys: made once, destroyed for ever, kept by a SQLite file and by PostgreSQL alike."""

import sqlite3
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from retold import StorageUnavailable, StoreMismatch, open_store
from retold.adapters.sealing.keys import Destroyed, Keys, owner_of_event, owner_of_subject
from retold.adapters.sealing.opening import open_keys
from retold.domain.errors import InvalidInput

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANA, BOB = owner_of_subject("Ana"), owner_of_subject("bob")
EVENT = owner_of_event(UUID(int=7))


@pytest.fixture
def keys_url(database_url: str, tmp_path: Path) -> str:
    return str(tmp_path / "retold.keys") if database_url.startswith("sqlite") else database_url


@pytest.fixture
def keys(keys_url: str) -> Iterator[Keys]:
    opened = open_keys(keys_url, create=True)
    yield opened
    opened.close()


def test_a_key_is_made_once_and_found_by_owner_and_id(keys: Keys) -> None:
    assert keys.of([ANA]) == {}
    made = keys.made_for([ANA, EVENT])
    assert made[ANA].kid != made[EVENT].kid
    assert {len(key.secret or b"") for key in made.values()} == {32}
    assert keys.made_for([ANA, EVENT]) == made == keys.of([ANA, BOB, EVENT])
    assert keys.by_id([made[ANA].kid, uuid4()]) == {made[ANA].kid: made[ANA]}


def test_many_owners_are_asked_for_at_once(keys: Keys) -> None:
    owners = [owner_of_event(UUID(int=number)) for number in range(1_200)]
    made = keys.made_for(owners)
    assert list(made) == owners
    assert len(keys.by_id([key.kid for key in made.values()])) == 1_200


def test_of_several_that_ask_for_a_new_key_all_get_the_same(keys: Keys, keys_url: str) -> None:
    other = open_keys(keys_url, create=False)
    owners = [owner_of_event(UUID(int=number)) for number in range(20)]

    def asked(number: int) -> dict[str, object]:
        some = owners if number % 2 else owners[::-1]
        return dict((keys if number % 3 else other).made_for(some))

    with ThreadPoolExecutor(8) as threads:
        first, *others = threads.map(asked, range(24))
    other.close()
    assert all(one == first for one in others)


def test_what_is_left_of_a_destroyed_key_is_when_and_why(keys: Keys) -> None:
    ana = keys.made_for([ANA, BOB])[ANA]
    keys.destroy([ana.kid], NOON, "case 17")
    assert keys.by_id([ana.kid])[ana.kid].secret is None
    assert keys.of([ANA]) == {}
    assert keys.of([BOB])[BOB].secret
    assert keys.destroyed() == [Destroyed(ana.kid, NOON, "case 17")]


def test_a_person_who_comes_again_gets_another_key(keys: Keys) -> None:
    ana = keys.made_for([ANA])[ANA]
    keys.destroy([ana.kid], NOON, "case 17")
    assert keys.made_for([ANA])[ANA].kid != ana.kid


def test_an_event_whose_key_was_destroyed_never_gets_another(keys: Keys) -> None:
    event = keys.made_for([EVENT])[EVENT]
    keys.destroy([event.kid], NOON, "case 17")
    assert keys.made_for([EVENT]) == {EVENT: event._replace(secret=None)}


def test_to_destroy_twice_keeps_the_first_reason(keys: Keys) -> None:
    ana = keys.made_for([ANA])[ANA]
    keys.destroy([ana.kid], NOON, "case 17")
    keys.destroy([ana.kid], datetime(2027, 1, 1, tzinfo=UTC), "again")
    assert keys.destroyed() == [Destroyed(ana.kid, NOON, "case 17")]


def test_a_key_that_is_not_there_can_be_put_on_the_list_of_erasures(keys: Keys) -> None:
    kid = uuid4()
    keys.destroy([kid], NOON, "case 17")
    assert keys.by_id([kid])[kid].secret is None


def test_keys_keep_their_identity(keys: Keys, keys_url: str) -> None:
    again = open_keys(keys_url, create=False)
    assert again.identity == keys.identity
    again.close()


def test_keys_that_are_not_there_are_made_only_when_asked(
    postgres_url: str, tmp_path: Path
) -> None:
    for url in (str(tmp_path / "no.keys"), postgres_url):
        with pytest.raises(StorageUnavailable, match="keys of this store are not"):
            open_keys(url, create=False)
    assert list(tmp_path.iterdir()) == []


def test_keys_are_not_made_where_there_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match="no keys can be made"):
        open_keys(str(tmp_path / "none" / "x.keys"), create=True)


def test_a_file_of_keys_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.keys"
    keys = open_keys(f"sqlite:///{path}", create=True)
    keys.made_for([ANA])
    modes = {stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()}
    assert modes == {0o600}
    assert keys.is_private()
    path.chmod(0o640)
    assert not keys.is_private()
    keys.close()


def test_keys_in_postgresql_are_closed_to_the_public(postgres_url: str) -> None:
    keys = open_keys(postgres_url, create=True)
    assert keys.is_private()
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("GRANT SELECT ON keys TO PUBLIC")
    assert not keys.is_private()
    keys.close()


def test_destroyed_keys_and_their_names_leave_no_byte_in_the_file(tmp_path: Path) -> None:
    keys = open_keys(str(tmp_path / "x.keys"), create=True)
    names = [owner_of_subject(f"anastasia number {number} of many") for number in range(60)]
    gone = [key for owner, key in keys.made_for([*names, BOB]).items() if owner != BOB]
    before = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert all((key.secret or b"") in before for key in gone)
    assert b"anastasia" in before
    keys.destroy([key.kid for key in gone], NOON, "17")
    assert keys.scrubbed()
    after = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not [key for key in gone if (key.secret or b"") in after]
    assert b"anastasia" not in after
    assert (keys.of([BOB])[BOB].secret or b"") in after
    keys.close()


@pytest.mark.parametrize("isolation", ["READ COMMITTED", "REPEATABLE READ"])
def test_old_keys_that_a_transaction_could_still_ask_for_are_not_said_to_be_gone(
    postgres_url: str, isolation: str
) -> None:
    keys = open_keys(postgres_url, create=True)
    ana = keys.made_for([ANA])[ANA]
    with psycopg.connect(postgres_url) as reading:
        reading.execute(f"SET TRANSACTION ISOLATION LEVEL {isolation}")
        asked = "FROM keys" if isolation == "READ COMMITTED" else ""  # as a dump of them does
        reading.execute(f"SELECT 1 {asked}")
        keys.destroy([ana.kid], NOON, "case 17")
        assert not keys.scrubbed()
        assert keys.of([ANA]) == {}
    assert keys.scrubbed()
    keys.close()


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM identity",
        "UPDATE identity SET id = 'x'",
        "UPDATE keys SET kid = 'x'",
        "UPDATE keys SET kid = x'00'",
        "UPDATE keys SET destroyed_at = 'then'",
        "UPDATE keys SET destroyed_at = 1",
    ],
)
def test_damaged_keys_are_refused_in_words(tmp_path: Path, damage: str) -> None:
    keys = open_keys(str(tmp_path / "x.keys"), create=True)
    kid = keys.made_for([ANA])[ANA].kid
    keys.close()
    with sqlite3.connect(tmp_path / "x.keys") as connection:
        connection.execute(damage)
    with pytest.raises(StoreMismatch, match="keys are damaged"):
        ask_all(open_keys(str(tmp_path / "x.keys"), create=False), kid)


def ask_all(keys: Keys, kid: UUID) -> None:
    """Ask keys for everything."""
    with closing(keys):
        keys.destroyed()
        keys.by_id([kid])
        keys.of([ANA])


def test_keys_in_postgresql_that_lost_their_identity_are_refused(postgres_url: str) -> None:
    open_keys(postgres_url, create=True).close()
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DELETE FROM identity")
    with pytest.raises(StoreMismatch, match="keys are damaged"):
        open_keys(postgres_url, create=False)


def test_keys_without_a_schema_in_their_url_get_one_of_their_own(postgres_server: str) -> None:
    keys = open_keys(postgres_server, create=True)
    ana = keys.made_for([ANA])[ANA]
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        found = connection.execute("SELECT secret FROM retold_keys.keys").fetchall()
        connection.execute("DROP SCHEMA retold_keys CASCADE")
    assert found == [(ana.secret,)]
    keys.close()


def test_keys_are_refused_where_something_else_is(sqlite_url: str, postgres_url: str) -> None:
    for url in (sqlite_url, postgres_url):
        open_store(url).close()
        with pytest.raises(StoreMismatch, match=r"no file of keys|holds a log"):
            open_keys(url, create=True)


def test_a_url_of_another_kind_is_refused() -> None:
    with pytest.raises(InvalidInput, match="mysql"):
        open_keys("mysql://localhost/keys", create=True)
