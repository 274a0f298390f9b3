"""Which fields may hold personal data: decided for every field of every event."""

from uuid import UUID

import pytest
from retold.domain.events import EVENT_CLASSES
from retold.domain.personal import (
    CLEAR_TEXTS,
    LABELS,
    PERSONS,
    TEXTS,
    is_wording,
    personal_values,
    put_at,
    subject_of,
)
from retold.domain.values import MAX_TEXT

EVENT_ID = UUID("6f1f1c2e-0000-4000-8000-000000000001")


def worded(kind: str) -> set[str]:
    fields = EVENT_CLASSES[kind].model_fields.items()
    return {name for name, field in fields if is_wording(field.annotation)}


@pytest.mark.parametrize("kind", sorted(EVENT_CLASSES))
def test_every_field_with_words_is_a_person_a_text_or_a_label(kind: str) -> None:
    undecided = worded(kind) - PERSONS - TEXTS - LABELS - {"changes"}
    assert not undecided, "decide in domain/personal.py whether they may hold personal data"


def test_a_text_can_be_told_by_its_length() -> None:
    assert str(MAX_TEXT) in str(EVENT_CLASSES["incident-declared"].model_json_schema())


def test_no_field_is_two_of_them() -> None:
    assert not PERSONS & TEXTS
    assert not PERSONS & LABELS
    assert not TEXTS & LABELS


def test_what_is_decided_is_there() -> None:
    every = {name for one in EVENT_CLASSES.values() for name in one.model_fields}
    assert every >= PERSONS | TEXTS | LABELS
    assert all(name in EVENT_CLASSES[kind].model_fields for kind, name in CLEAR_TEXTS)


@pytest.mark.parametrize("kind", sorted(EVENT_CLASSES))
def test_whatever_is_as_long_as_a_text_is_sealed(kind: str) -> None:
    properties = EVENT_CLASSES[kind].model_json_schema()["properties"]
    texts = {name for name, schema in properties.items() if str(MAX_TEXT) in str(schema)}
    assert texts <= TEXTS


def values(event: dict[str, object], **envelope: object) -> dict[tuple[str | int, ...], bool]:
    document = {"event_id": str(EVENT_ID), **envelope, "event": event}
    return {one.path: one.is_person for one in personal_values(document)}


def test_persons_and_texts_are_found_where_they_stand() -> None:
    note = {"kind": "note-added", "by": "ana", "text": "hello", "note": "action",
            "links": ["https://a", "https://b"], "status": "open"}  # fmt: skip
    assert values(note, recorded_by="bob") == {
        ("recorded_by",): True,
        ("event", "by"): True,
        ("event", "text"): False,
        ("event", "links", 0): False,
        ("event", "links", 1): False,
    }


def test_a_choice_of_the_same_name_as_a_text_is_not_sealed() -> None:
    engaged = {"kind": "responder-engaged", "responder": "ana", "how": "paged"}
    assert values(engaged) == {("event", "responder"): True}
    assert values({"kind": "incident-mitigated", "how": "rolled back"}) == {("event", "how"): False}


def test_why_something_was_erased_stays_readable() -> None:
    erased = {"kind": "personal-data-erased", "by": "ana", "erased": [], "why": "case 17"}
    assert values(erased) == {("event", "by"): True}


def test_a_correction_is_sealed_where_its_field_is_and_where_there_is_no_such_field() -> None:
    changes = [
        {"field": "by", "old": "ana", "new": "bob"},
        {"field": "severity", "old": "sev1", "new": "sev2"},
        {"field": "links", "old": ["https://a"]},
        {"field": "mood", "new": {"of": "ana"}},
        {"field": "occurred_at", "new": "2026-03-01T12:00:00Z"},
    ]
    corrected = {"kind": "event-corrected", "changes": changes, "why": "typo"}
    assert values(corrected) == {
        ("event", "why"): False,
        ("event", "changes", 0, "old"): True,
        ("event", "changes", 0, "new"): True,
        ("event", "changes", 2, "old", 0): False,
        ("event", "changes", 3, "new"): False,
    }


def test_a_name_is_the_same_however_it_is_spelt() -> None:
    assert subject_of(" Ana ") == subject_of("ANA") != subject_of("ana b")
    assert subject_of("Jos\u00e9  B") == subject_of("JOSE\u0301 b") != subject_of("jose b")


def test_nothing_is_put_where_nothing_was() -> None:
    document = {"event": {"links": ["a"], "why": None}}
    assert put_at(document, ("event", "links", 0), "x")
    assert not put_at(document, ("event", "links", 1), "x")
    assert not put_at(document, ("event", "text"), "x")
    assert document == {"event": {"links": ["x"], "why": None}}
