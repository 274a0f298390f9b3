"""The stored form of every event: frozen in files, read for ever, refused before it is written."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from retold import Entry, InvalidInput, UnreadableEvent
from retold.domain.events import EVENT_CLASSES, Acknowledged, Change, EventCorrected, NoteAdded
from retold.domain.records import StoredRow, decode, encode
from retold.domain.values import iso, micros, parse_instant, refusing_invalid

GOLDEN = Path(__file__).parent / "golden" / "events"
LANDED = Path(__file__).parent / "golden" / "landed"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
INCIDENT = UUID("6f1f1c2e-0000-4000-8000-000000000001")


def row(kind: str, state: bytes, position: int = 7) -> StoredRow:
    return StoredRow(position, str(INCIDENT), 3, kind, state, "2026-03-01T12:00:05.000000Z")


def golden(kind: str) -> bytes:
    return (GOLDEN / f"{kind}.json").read_bytes().rstrip(b"\n")


def note(**fields: Any) -> NoteAdded:
    return NoteAdded(**({"occurred_at": NOON, "text": "hello"} | fields))


def test_every_kind_is_frozen_in_a_file() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(EVENT_CLASSES)


@pytest.mark.parametrize("kind", sorted(EVENT_CLASSES))
def test_a_frozen_event_is_read_and_written_the_same(kind: str) -> None:
    [recorded] = decode([row(kind, golden(kind))])
    assert type(recorded.event) is EVENT_CLASSES[kind]
    entry = Entry.model_validate_json(golden(kind))
    assert entry.event == recorded.event
    assert encode(entry) == golden(kind)


@pytest.mark.parametrize("path", sorted(LANDED.glob("*.json")), ids=lambda path: path.stem)
def test_what_an_earlier_version_wrote_is_read_and_written_the_same(path: Path) -> None:
    state = path.read_bytes().rstrip(b"\n")
    [recorded] = decode([row(path.stem, state)])
    assert encode(Entry.model_validate_json(state)) == state
    assert recorded.event.kind == path.stem


@pytest.mark.parametrize("kind", sorted(EVENT_CLASSES))
def test_a_frozen_event_gives_every_field_a_value_of_its_own(kind: str) -> None:
    given = json.loads(golden(kind))["event"]
    assert set(given) == set(EVENT_CLASSES[kind].model_fields)


@pytest.mark.parametrize(
    "unlike",
    [
        {"event_id": str(INCIDENT)},
        {"recorded_by": ""},
        {"told_at": datetime(2026, 3, 1)},
        {"nothing": 1},
    ],
    ids=str,
)
def test_no_way_leads_around_validation(unlike: dict[str, Any]) -> None:
    entry = Entry(event_id=INCIDENT, event=note())
    with pytest.raises(ValidationError):
        entry.model_copy(update=unlike)
    with pytest.raises(ValidationError):
        Entry.model_construct(**entry.__dict__ | unlike)


class LongerNote(NoteAdded):
    mood: str = "good"


def test_what_is_no_entry_of_a_known_event_is_not_written() -> None:
    longer = LongerNote(occurred_at=NOON, text="hello")
    with pytest.raises(InvalidInput, match="LongerNote in Entry is no event"):
        encode(Entry(event_id=INCIDENT, event=longer))
    [recorded] = decode([row("note-added", golden("note-added"))])
    with pytest.raises(InvalidInput, match="NoteAdded in Recorded is no event"):
        encode(recorded)


def test_an_unknown_kind_is_unreadable_and_names_the_position() -> None:
    state = golden("note-added").replace(b"note-added", b"note-sung")
    with pytest.raises(UnreadableEvent, match=r"position 7.*unknown kind 'note-sung'"):
        decode([row("note-sung", state)])


def test_a_kind_is_never_imported() -> None:
    with pytest.raises(UnreadableEvent):
        decode([row("os:system", golden("note-added"))])


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        (golden("note-added").replace(b'"shape":1', b'"shape":2'), "newer Retold"),
        (golden("note-added")[:-9], "cannot be read"),
        (b"\x80nothing", "damaged"),
        (b"", "damaged"),
        (b"X" + golden("note-added")[1:], "damaged"),
        (golden("note-added")[:-1] + b"X", "damaged"),
        (golden("note-added") + b"}", "cannot be read"),
        (golden("incident-resolved"), "filed as 'note-added' but reads 'incident-resolved'"),
        (golden("note-added").replace(b'"text"', b'"txet"'), "cannot be read"),
        (golden("note-added").decode(), "kept as text"),
    ],
)
def test_damaged_and_newer_events_are_unreadable(state: Any, problem: str) -> None:
    good = row("note-added", golden("note-added"), 6)
    with pytest.raises(UnreadableEvent, match=problem) as caught:
        decode([good, row("note-added", state)])
    assert caught.value.position == 7


def test_a_state_cannot_pass_for_another_row() -> None:
    forged = b'{"position":1,"version":9,"recorded_at":"2020-01-01T00:00:00Z",'
    [recorded] = decode([row("note-added", forged + golden("note-added")[1:])])
    assert (recorded.position, recorded.version) == (7, 3)
    assert recorded.recorded_at == NOON + timedelta(seconds=5)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"occurred_at": datetime(2026, 3, 1)}, "no time zone"),
        ({"occurred_at": datetime(1, 1, 1, tzinfo=UTC)}, "between 1970"),
        ({"occurred_at": datetime(9999, 12, 31, tzinfo=timezone(timedelta(hours=-5)))}, "between"),
        ({"occurred_at": "2026-03-01T12:00:00Z"}, "datetime"),
        ({"text": "a\x00b"}, "not allowed"),
        ({"text": "a\ud800b"}, "surrogate"),
        ({"text": "x" * 10_000_000}, "at most 65536"),
        ({"text": ""}, "at least 1"),
        ({"by": "x" * 1001}, "at most 1000"),
        ({"note": "song"}, "observation"),
        ({"mood": "good"}, "no such field"),
    ],
)
def test_what_no_event_may_hold_is_refused_by_field(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem) as caught, refusing_invalid("here"):
        note(**fields)
    assert next(iter(fields)) in caught.value.where


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), "a\x00b", "a\ud800b", ["a\x00b"], {"a\x00b": 1}, {"a": ["\udcff"]},
     2**63, -(2**63) - 1, [10**5000], nested(5000)],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_no_database_can_keep_is_refused_where_json_is_free(value: object) -> None:
    with pytest.raises(InvalidInput), refusing_invalid():
        Change(field="text", old="hello", new=value)  # type: ignore[arg-type]


@given(st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(9998, 12, 30)),
       st.integers(-23 * 60, 23 * 60))  # fmt: skip
def test_any_zone_is_kept_as_the_same_moment_in_utc(moment: datetime, offset: int) -> None:
    zoned = moment.replace(tzinfo=timezone(timedelta(minutes=offset)))
    event = Acknowledged(occurred_at=zoned)
    assert event.occurred_at == zoned
    assert event.occurred_at.utcoffset() == timedelta()
    assert parse_instant(iso(zoned)) == zoned
    assert micros(zoned) == (zoned - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1))
def test_any_text_reads_back_as_it_was_written(text: str) -> None:
    entry = Entry(event_id=INCIDENT, event=note(text=text))
    [recorded] = decode([row("note-added", encode(entry))])
    assert recorded.event == entry.event


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner, max_size=3),
    max_leaves=8,
)


@given(old=JSON, new=JSON)
def test_any_corrected_value_reads_back_as_it_was_written(old: Any, new: Any) -> None:
    change = Change(field="text", old=old, new=new)
    event = EventCorrected(occurred_at=NOON, corrects=INCIDENT, changes=(change,), why="typo")
    [recorded] = decode([row("event-corrected", encode(Entry(event_id=INCIDENT, event=event)))])
    assert recorded.event == event


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("2026-03-01T12:00:00", "no time zone"),
        ("yesterday", "not an ISO 8601 time"),
        ("0001-01-01T00:00:00Z", "1970"),
        ("", "not an ISO 8601 time"),
    ],
)
def test_times_that_say_no_moment_are_refused(text: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        parse_instant(text, "--at")
