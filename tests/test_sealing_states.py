"""An event in envelopes: it opens to the same bytes, in its own place, and nowhere else."""

from collections.abc import Collection
from datetime import UTC, datetime
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime
from pydantic_core import from_json, to_json
from retold import Entry, Recorded, UnreadableEvent
from retold.adapters.backend import NewEvent
from retold.adapters.sealing.envelopes import is_envelope
from retold.adapters.sealing.keys import Key
from retold.adapters.sealing.states import Clear, Read
from retold.domain.events import EVENT_CLASSES, AnyEvent, Change, EventCorrected, NoteAdded
from retold.domain.personal import LABELS, PERSONS, TEXTS
from retold.domain.records import StoredRow, decode, encode
from retold.domain.values import Source, UsersAffected

INCIDENT = UUID("6f1f1c2e-0000-4000-8000-000000000001")
EVENT_ID = UUID("00000000-0000-4000-8000-000000000007")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=20
)
TIME = st.datetimes(datetime(1970, 1, 2), datetime(9998, 12, 30), timezones=st.just(UTC))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
CHANGE = st.builds(
    Change,
    field=st.sampled_from(sorted(PERSONS | TEXTS | LABELS | {"occurred_at"})) | TEXT,
    old=JSON,
    new=JSON,
)
PLAIN: dict[object, st.SearchStrategy[Any]] = {
    str: TEXT,
    bool: st.booleans(),
    AwareDatetime: TIME,
    UUID: st.uuids(),
    NoneType: st.none(),
    Change: CHANGE,
    UsersAffected: st.builds(UsersAffected, at_least=st.integers(0, 9), basis=st.just("measured"),
                             at_most=st.none() | st.integers(9, 20)),
}  # fmt: skip


def values(annotation: Any) -> st.SearchStrategy[Any]:
    arguments = get_args(annotation)
    match get_origin(annotation):
        case None:
            return PLAIN[annotation]
        case origin if origin is Literal:
            return st.sampled_from(arguments)
        case origin if origin is Annotated:
            return values(arguments[0])
        case origin if origin is tuple:
            return st.lists(values(arguments[0]), min_size=1, max_size=3).map(tuple)
        case _:
            return st.one_of([values(one) for one in arguments])


def events(kind: str) -> st.SearchStrategy[AnyEvent]:
    event_class = EVENT_CLASSES[kind]
    fields = {name: values(field.annotation) for name, field in event_class.model_fields.items()}
    if "group" in fields:
        fields["group"] = st.just("storage")
    return st.builds(event_class, **fields)


ENTRIES = st.builds(
    Entry,
    event_id=st.uuids(),
    told_at=st.none() | TIME,
    recorded_by=st.none() | TEXT,
    source=st.none() | st.builds(Source, system=st.just("statuspage"), ref=TEXT),
    event=st.sampled_from(sorted(EVENT_CLASSES)).flatmap(events),
)


def keys_for(owners: Collection[str]) -> dict[str, Key]:
    return {owner: Key(UUID(int=number), bytes([number]) * 32)
            for number, owner in enumerate(sorted(owners), start=1)}  # fmt: skip


def sealed(entry: Entry, version: int = 3) -> tuple[StoredRow, dict[UUID, Key]]:
    clear = Clear.of(NewEvent(entry.event_id, version, entry.event.kind, encode(entry)))
    keys = keys_for(clear.owners)
    event = clear.sealed(INCIDENT, keys)
    row = StoredRow(7, str(INCIDENT), version, event.kind, event.state, "2026-03-01T12:00:05Z")
    return row, {key.kid: key for key in keys.values()}


def opened(row: StoredRow, keys: dict[UUID, Key]) -> StoredRow:
    read = Read.of(row)
    return row if read is None else read.opened(keys)


def note(**fields: Any) -> Entry:
    event = NoteAdded(**({"occurred_at": NOON, "by": "ana", "text": "a secret",
                          "links": ("https://a", "https://b")} | fields))  # fmt: skip
    return Entry(event_id=EVENT_ID, recorded_by="bob", event=event)


@given(ENTRIES)
def test_any_event_opens_to_the_bytes_that_were_sealed(entry: Entry) -> None:
    row, keys = sealed(entry)
    assert opened(row, keys).state == encode(entry)


@given(ENTRIES)
def test_any_event_can_be_read_when_its_keys_are_destroyed(entry: Entry) -> None:
    row, keys = sealed(entry)
    gone = {kid: key._replace(secret=None) for kid, key in keys.items()}
    [recorded] = decode([opened(row, gone)])
    assert {one.key for one in recorded.tombstones} == set(keys)
    assert all(one.is_erased for one in recorded.tombstones)
    assert (recorded.event.kind, recorded.event.occurred_at) == (
        entry.event.kind,
        entry.event.occurred_at,
    )


def test_nothing_of_a_sealed_value_stands_in_the_stored_form() -> None:
    row, _ = sealed(note())
    assert not [word for word in (b"secret", b"ana", b"bob", b"https") if word in row.state]
    assert b"note-added" in row.state


def test_the_same_event_sealed_twice_is_not_the_same() -> None:
    assert sealed(note())[0].state != sealed(note())[0].state


def test_a_tombstone_says_where_it_stands_and_whose_key_is_gone() -> None:
    row, keys = sealed(note())
    event_key = Clear.of(NewEvent(EVENT_ID, 3, "note-added", encode(note())))
    owners = keys_for(event_key.owners)
    ana = owners["subject:ana"].kid
    [recorded] = decode([opened(row, keys | {ana: Key(ana, None)})])
    assert recorded.event.by == "[erased]"
    assert recorded.recorded_by == "bob"
    [tombstone] = recorded.tombstones
    assert (tombstone.field, tombstone.key, tombstone.text) == ("event.by", ana, "[erased]")


def test_what_is_sealed_with_an_unknown_key_is_not_said_to_be_erased() -> None:
    row, _ = sealed(note())
    [recorded] = decode([opened(row, {})])
    assert recorded.event == note(by="[sealed]", text="[sealed]",
                                  links=("[sealed]", "[sealed]")).event  # fmt: skip
    assert not any(one.is_erased for one in recorded.tombstones)


def test_an_erased_correction_still_is_one() -> None:
    change = Change(field="links", old=["https://a"], new=["https://b", "https://c"])
    event = EventCorrected(occurred_at=NOON, corrects=EVENT_ID, changes=(change,), why="typo")
    row, keys = sealed(Entry(event_id=EVENT_ID, event=event))
    [recorded] = decode([opened(row, {kid: Key(kid, None) for kid in keys})])
    assert isinstance(recorded.event, EventCorrected)
    assert recorded.event.changes[0].new == ["[erased]", "[erased]"]


def moved(row: StoredRow, source: tuple[str | int, ...], target: tuple[str | int, ...]) -> bytes:
    document = from_json(row.state)
    value = document
    for step in source:
        value = value[step]
    place = document
    for step in target[:-1]:
        place = place[step]
    place[target[-1]] = value
    return bytes(to_json(document))


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (("event", "text"), ("event", "links", 0)),
        (("event", "links", 0), ("event", "links", 1)),
        (("event", "by"), ("recorded_by",)),
    ],
    ids=str,
)
def test_an_envelope_does_not_open_in_another_field(
    source: tuple[str | int, ...], target: tuple[str | int, ...]
) -> None:
    row, keys = sealed(note())
    with pytest.raises(UnreadableEvent, match=r"position 7.*taken from another place"):
        opened(row._replace(state=moved(row, source, target)), keys)


@pytest.mark.parametrize("other", [{"version": 4}, {"incident": str(EVENT_ID)}], ids=str)
def test_an_envelope_does_not_open_in_another_version_or_incident(other: dict[str, Any]) -> None:
    row, keys = sealed(note())
    with pytest.raises(UnreadableEvent, match="taken from another place"):
        opened(row._replace(**other), keys)


def test_an_envelope_does_not_open_with_another_key() -> None:
    row, keys = sealed(note())
    wrong = {kid: Key(kid, b"x" * 32) for kid in keys}
    with pytest.raises(UnreadableEvent, match="damaged"):
        opened(row, wrong)


@pytest.mark.parametrize(
    ("part", "damage"),
    [("ct", "AAAA"), ("ct", "no base64!"), ("nonce", ""), ("nonce", 7), ("kid", "x"), ("kid", None),
     ("sealed", 2)],
)  # fmt: skip
def test_a_damaged_envelope_is_unreadable(part: str, damage: object) -> None:
    row, keys = sealed(note())
    document = from_json(row.state)
    assert is_envelope(document["event"]["text"])
    document["event"]["text"][part] = damage
    with pytest.raises(UnreadableEvent, match="position 7"):
        opened(row._replace(state=to_json(document)), keys)


@pytest.mark.parametrize("kind", ["note-sung", "note-added"])
@pytest.mark.parametrize("state", [b'{"sealed":1', b'{"sealed":1}', b'["sealed":', b'"sealed":'])
def test_what_is_no_event_is_unreadable_as_ever(kind: str, state: bytes) -> None:
    row, keys = sealed(note())
    with pytest.raises(UnreadableEvent):
        decode([opened(row._replace(kind=kind, state=state), keys)])


def test_what_was_recorded_in_clear_is_read_as_it_is() -> None:
    state = encode(note(text='{"sealed": 1} and "sealed":1'))
    row = StoredRow(7, str(INCIDENT), 3, "note-added", state, "2026-03-01T12:00:05Z")
    assert opened(row, {}) == row
    [recorded] = decode([row])
    assert isinstance(recorded, Recorded)
    assert recorded.tombstones == ()
