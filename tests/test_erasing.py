"""Erasing personal data from a log that never changes: the key goes, and everything else stays."""

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from retold import (
    Entry,
    Incident,
    IncidentNotFound,
    InvalidInput,
    Recorded,
    Store,
    open_store,
)
from retold.adapters.sealing.erasing import erase_event, erase_subject
from retold.domain.events import PersonalDataErased

from .erasures import NOON, agree, sealed, told, whys


@pytest.fixture
def store(url: str, keys: str, clock: Callable[[], datetime]) -> Iterator[Store]:
    with open_store(url, clock=clock, recorded_by="desk", keys=keys) as opened:
        yield opened


# A person


def test_an_erased_name_is_read_nowhere(store: Store) -> None:
    incident_id = told(store)
    erasure = erase_subject(store, " Anastasia ", why="case 17", by="privacy desk")
    recorded = store.recorded(incident_id)
    assert "anastasia" not in str(recorded).lower()
    assert recorded[1].event.by == recorded[2].event.holder == "[erased]"  # type: ignore[union-attr]
    assert recorded[3].event.assessor == "[erased]"  # type: ignore[union-attr]
    assert recorded[3].event.by == "bob"
    assert [row.who for row in store.timeline(incident_id)][1] == "[erased]"
    [one] = erasure.erased
    assert set(one.events) == {one.event_id for one in recorded[1:4]}
    assert erasure.mentions == ()
    assert erasure.is_scrubbed
    assert agree(store)


def test_the_log_says_what_was_erased_and_why_but_not_of_whom(store: Store) -> None:
    incident_id = told(store)
    acknowledged, *_ = store.recorded(incident_id)[1].tombstones or [None]
    erase_subject(store, "anastasia", why="case 17", by="privacy desk")
    said = store.recorded(incident_id)[-1]
    assert isinstance(said.event, PersonalDataErased)
    assert (said.event.by, said.event.why) == ("privacy desk", "case 17")
    assert said.event.keys == (store.recorded(incident_id)[1].tombstones[0].key,)
    assert acknowledged is None
    assert "anastasia" not in said.model_dump_json()


def test_numbers_and_times_stay_as_they_were(store: Store) -> None:
    incident_id = told(store)
    before = store.durations(incident_id), store.status(incident_id)
    erase_subject(store, "anastasia", why="case 17")
    after = store.durations(incident_id), store.status(incident_id)
    assert after[0] == before[0]
    assert after[1]._replace(version=0) == before[1]._replace(version=0)


def test_every_incident_is_told_once(store: Store) -> None:
    first, second, third = told(store), told(store), told(store, "carol")
    seen: list[int] = []
    erase_subject(store, "anastasia", why="case 17", progress=seen.append)
    assert [len(whys(store, one)) for one in (first, second, third)] == [1, 1, 0]
    assert seen == [1, 2, 3]
    erase_subject(store, "carol", why="case 18")
    assert [len(whys(store, one)) for one in (first, second, third)] == [1, 1, 1]


def test_a_person_without_a_trace_is_not_found(store: Store) -> None:
    told(store)
    with pytest.raises(IncidentNotFound, match="carol"):
        erase_subject(store, "carol", why="case 17")


def test_texts_that_mention_the_name_are_named_and_left(store: Store) -> None:
    incident_id = told(store)
    note = store.record(incident_id, Incident.note, text="Anastasia rang")
    label = store.record(incident_id, Incident.assign_role, role="anastasia's deputy", holder="x")
    erasure = erase_subject(store, "anastasia", why="case 17")
    assert [(one.event_id, one.field, one.can_be_erased) for one in erasure.mentions] == [
        (note.event_id, "event.text", True),
        (label.event_id, "event.role", False),
    ]
    erase_event(store, note.event_id, why="case 17")
    assert "Anastasia" not in str(store.recorded(incident_id))


def test_other_words_and_names_are_no_mention(store: Store) -> None:
    incident_id = told(store)
    store.record(incident_id, Incident.note, text="Anastasias bananas", by="anastasia-b")
    erasure = erase_subject(store, "anastasia", why="case 17")
    assert [one.field for one in erasure.mentions] == ["event.by"]  # a name with a hyphen
    assert store.recorded(incident_id)[5].event.by == "anastasia-b"


def test_a_blank_is_no_name(store: Store) -> None:
    told(store)
    with pytest.raises(InvalidInput, match="more than blanks"):
        erase_subject(store, " ", why="case 17")


def test_a_name_whose_letters_were_composed_another_way_is_the_same(store: Store) -> None:
    incident_id = told(store, "jose\u0301")
    note = store.record(incident_id, Incident.note, text="asked Jose\u0301\nB")
    erasure = erase_subject(store, "jos\u00e9", why="case 17")
    assert len(erasure.erased[0].events) == 3
    assert [one.event_id for one in erasure.mentions] == [note.event_id]
    [mention] = erase_subject(store, "Jos\u00e9 B", why="case 18").mentions
    assert mention.event_id == note.event_id


@pytest.mark.parametrize(
    ("why", "by", "where"),
    [("Anastasia asked for it", None, "why"), ("case 17", " ANASTASIA", "by")],
)
def test_an_erasure_that_would_name_the_person_for_ever_is_refused_before_it_begins(
    store: Store, why: str, by: str | None, where: str
) -> None:
    incident_id = told(store)
    with pytest.raises(InvalidInput) as refused:
        erase_subject(store, "anastasia", why=why, by=by)
    assert refused.value.where == where
    assert store.recorded(incident_id)[1].event.by == "anastasia"


def test_who_comes_again_is_recorded_again(store: Store) -> None:
    incident_id = told(store)
    erase_subject(store, "anastasia", why="case 17")
    store.record(incident_id, Incident.resolve, by="anastasia")
    assert store.recorded(incident_id)[-1].event.by == "anastasia"
    assert store.recorded(incident_id)[1].event.by == "[erased]"
    assert agree(store)


# A text


def test_an_erased_text_is_read_nowhere_and_persons_stay(store: Store) -> None:
    incident_id = told(store)
    note = store.recorded(incident_id)[4]
    erasure = erase_event(store, note.event_id, why="a password")
    [row] = [row for row in store.timeline(incident_id) if row.event_id == note.event_id]
    assert (row.text, row.who) == ("[erased]", "bob")
    assert [one.events for one in erasure.erased] == [(note.event_id,)]
    assert agree(store)


def test_with_a_text_go_the_corrections_that_repeat_it(store: Store) -> None:
    incident_id = told(store)
    note = store.recorded(incident_id)[4]
    store.correct(note.event_id, {"text": "the pool is empty"}, why="typo", by="bob")
    erase_event(store, note.event_id, why="a password")
    assert "pool" not in str(store.recorded(incident_id))
    assert [row.text for row in store.timeline(incident_id)][-1] == "[erased]"


def test_links_and_titles_are_texts(store: Store) -> None:
    incident_id = told(store)
    note = store.record(incident_id, Incident.note, text="see", links=("https://a", "https://b"))
    detected = store.recorded(incident_id)[0]
    erase_event(store, note.event_id, why="a token")
    erase_event(store, detected.event_id, why="a token")
    assert store.status(incident_id).title == "[erased]"
    assert store.recorded(incident_id)[5].event.links == ("[erased]", "[erased]")  # type: ignore[union-attr]
    assert agree(store)


def test_an_event_without_a_text_or_unknown_is_refused(store: Store) -> None:
    incident_id = told(store)
    acknowledged = store.recorded(incident_id)[1]
    with pytest.raises(InvalidInput, match="holds no sealed text"):
        erase_event(store, acknowledged.event_id, why="case 17")
    with pytest.raises(IncidentNotFound):
        erase_event(store, uuid4(), why="case 17")


def test_a_reason_is_needed_before_anything_is_destroyed(store: Store) -> None:
    incident_id = told(store)
    with pytest.raises(InvalidInput):
        erase_subject(store, "anastasia", why="")
    with pytest.raises(InvalidInput):
        erase_event(store, store.recorded(incident_id)[4].event_id, why="")
    assert store.recorded(incident_id)[1].event.by == "anastasia"


# After an erasure


def test_an_erased_event_can_be_corrected_and_retracted(store: Store) -> None:
    incident_id = told(store)
    note = store.recorded(incident_id)[4]
    erase_event(store, note.event_id, why="a password")
    correction = store.correct(note.event_id, {"text": "the pool was full"}, why="told anew")
    assert [row.text for row in store.timeline(incident_id)][-1] == "the pool was full"
    store.retract(correction.event_id, why="no")
    assert [row.text for row in store.timeline(incident_id)][-1] == "[erased]"
    store.retract(note.event_id, why="no")
    assert store.timeline(incident_id)[-1].retracted
    assert agree(store)


def entry_of(recorded: Recorded) -> Entry:
    return Entry(**{name: getattr(recorded, name) for name in Entry.model_fields})


def test_an_erased_event_sent_again_changes_nothing(store: Store, keys: str) -> None:
    incident_id = told(store)
    entries = [entry_of(one) for one in store.recorded(incident_id)]
    erase_subject(store, "anastasia", why="case 17")
    erase_event(store, entries[4].event_id, why="a password")
    before = store.recorded(incident_id)
    assert store.append(incident_id, entries) == before[:5]
    for entry in entries:
        assert store.append(incident_id, [entry])[0].event_id == entry.event_id
    assert store.append_all([(incident_id, entries)]) == [before[:5]]
    assert store.recorded(incident_id) == before
    assert b"anastasia" not in Path(keys).read_bytes()
    assert sealed(store).keys.of(["subject:anastasia"]) == {}  # type: ignore[union-attr]


def test_another_event_under_an_erased_id_is_refused(store: Store) -> None:
    incident_id = told(store)
    note = entry_of(store.recorded(incident_id)[4])
    erase_event(store, note.event_id, why="a password")
    other = note.event.model_copy(update={"occurred_at": NOON})
    with pytest.raises(InvalidInput, match="belongs to a different event"):
        store.append(incident_id, [note.model_copy(update={"event": other})])


def test_a_decision_made_again_after_the_erasure_is_a_repetition(store: Store) -> None:
    incident_id, event_id = told(store), uuid4()

    def resolve() -> Recorded:
        return store.record(incident_id, Incident.resolve, by="anastasia", event_id=event_id,
                            summary="rolled back", at=NOON + timedelta(hours=1))  # fmt: skip

    first = resolve()
    erase_subject(store, "anastasia", why="case 17")
    erase_event(store, event_id, why="a password")
    again = resolve()
    assert (again.event_id, again.version) == (first.event_id, first.version)
    assert again.event.by == "[erased]"
    assert len(whys(store, incident_id)) == 2


def test_what_a_copy_brings_of_an_erased_event_is_not_recorded_in_another_log(
    keys: str, tmp_path: Path
) -> None:
    with open_store(str(tmp_path / "a.db"), keys=keys) as store:
        note = entry_of(store.recorded(told(store))[4])
        erase_event(store, note.event_id, why="a password")
    shutil.copy(keys, tmp_path / "b.keys")
    with (
        open_store(str(tmp_path / "b.db"), keys=str(tmp_path / "b.keys")) as other,
        pytest.raises(InvalidInput, match="were erased: it is not recorded again"),
    ):
        other.append(uuid4(), [note])
