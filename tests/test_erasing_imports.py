"""Reading a source again after something it told was erased: it is not taken up again."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from retold import InvalidInput, Recorded, Store, open_store
from retold.adapters.exporting import exported
from retold.adapters.flat_forms import json_text
from retold.adapters.importers.accounts import Imported
from retold.adapters.importers.erased import erased_fields
from retold.adapters.importers.importing import How, import_files
from retold.adapters.importers.news import news
from retold.adapters.importers.tellings import INFERRED, Facts, Said, Wanted
from retold.adapters.sealing.erasing import erase_event, erase_subject
from retold.adapters.wording import json_row
from retold.domain.events import EventCorrected, NoteAdded, Resolved, RoleAssigned
from retold.domain.history import PRESENT, effective_history
from retold.domain.records import Tombstone, provisional

from .imports.at_hand import format_and_options, samples_of, sources_at_hand
from .imports.statuspage import HISTORY, document, imported, revised, search_of
from .imports.told import events_of, stories, written

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = "2026-06-03T08:00:00.000Z"


@pytest.fixture
def store(url: str, tmp_path: Path, clock: Callable[[], datetime]) -> Iterator[Store]:
    with open_store(url, clock=clock, keys=str(tmp_path / "retold.keys")) as opened:
        yield opened


def erased(store: Store) -> Imported:
    """Import the sample, and erase every text of one incident and a person."""
    done = imported(store, HISTORY)
    incident_id = store.find("statuspage:p31kqzx8w5tn")
    for recorded in store.recorded(incident_id):
        with suppress(InvalidInput):  # it has no text
            erase_event(store, recorded.event_id, why="case 17")
    [assessor] = {one.assessor for one in events_of("statuspage", store, "p31kqzx8w5tn")
                  if one.kind == "severity-assessed"}  # fmt: skip
    erase_subject(store, assessor, why="case 18")
    return done


def test_the_same_file_again_records_nothing_and_brings_nothing_back(store: Store) -> None:
    first = erased(store)
    before = stories(store)
    assert str(before).count("[erased]") > 5
    again = imported(store, HISTORY)
    assert (again.events, again.already_there, again.rejected) == (0, first.recorded, 0)
    assert again.skipped_why == first.skipped_why
    assert stories(store) == before


def test_a_later_file_records_what_changed_and_nothing_that_was_erased(
    store: Store, tmp_path: Path
) -> None:
    erased(store)
    later = document()
    resolved = search_of(later)["incident_updates"][0]
    body = resolved["body"]
    resolved["display_at"] = "2026-03-02T10:15:00.000Z"
    resolved["updated_at"] = LATER
    done = imported(store, written(tmp_path / "later.json", revised(later, LATER)))
    assert done.corrections == 2  # the resolution, and the impact's end
    incident_id = store.find("statuspage:p31kqzx8w5tn")
    assert str(store.status(incident_id).resolved_at) == "2026-03-02 10:15:00+00:00"
    assert body not in str(store.recorded(incident_id))
    assert events_of("statuspage", store, "p31kqzx8w5tn", Resolved)[0].summary == "[erased]"


def test_what_the_source_writes_anew_of_an_erased_text_is_not_taken_up(
    store: Store, tmp_path: Path
) -> None:
    erased(store)
    later = document()
    for update in search_of(later)["incident_updates"]:
        update["body"] = "Another wording."
    done = imported(store, written(tmp_path / "later.json", revised(later, LATER)))
    assert done.events == 0


def test_a_copy_of_what_was_erased_is_already_there(store: Store, tmp_path: Path) -> None:
    imported(store, HISTORY)
    copy = tmp_path / "events.jsonl"
    rows = [json_text(json_row(row)) for row in exported(store, "events", PRESENT)]
    copy.write_text("\n".join(rows) + "\n")
    incident_id = store.find("statuspage:p31kqzx8w5tn")
    erase_event(store, store.recorded(incident_id)[0].event_id, why="case 17")
    before = stories(store)
    done = import_files(store, "jsonl", [str(copy)])
    assert (done.recorded, done.rejected) == (0, 0)
    assert done.already_there == len(rows)
    assert stories(store) == before


def test_raw_records_are_not_kept_and_that_is_said(store: Store) -> None:
    refused: list[str] = []
    how = How(keep_raw=True, on_reject=lambda one: refused.append(one.reason))
    done = import_files(store, "statuspage", [str(HISTORY)], how)
    assert done.recorded == 0
    assert set(refused) == {"this store seals personal data, so it keeps no raw records"}


# What is inferred from what was erased


@pytest.mark.parametrize("source", sources_at_hand())
def test_the_same_records_again_change_nothing_whichever_text_was_erased(
    source: str, tmp_path: Path, clock: Callable[[], datetime]
) -> None:
    chosen, options = format_and_options(source)
    files, how = samples_of(source), How(options)
    with open_store("memory:", clock=clock, keys=str(tmp_path / "retold.keys")) as store:
        import_files(store, chosen, files, how)
        for recorded in list(store.events()):
            with suppress(InvalidInput):  # it has no text
                erase_event(store, recorded.event_id, why="case 17")
            assert import_files(store, chosen, files, how).events == 0, recorded


def infer(said: Sequence[Said]) -> Iterable[Wanted]:
    """Infer who was commander from a note that says so."""
    for one in said:
        if isinstance(one.event, NoteAdded) and one.event.text.startswith("commander: "):
            holder = one.event.text.partition(": ")[2]
            event = RoleAssigned(occurred_at=NOON, role="commander", holder=holder)
            yield Wanted(f"{INFERRED}1/role", event, NOON)


def facts(text: str) -> Facts:
    return Facts("x", "1", (Wanted("1/note", NoteAdded(occurred_at=NOON, text=text), NOON),))


def recorded_of(text: str) -> list[Recorded]:
    telling = facts(text)
    return provisional(telling.incident_id, news([], telling, infer), after=0, now=NOON)


def with_erased_text(recorded: Recorded) -> Recorded:
    event = recorded.event.but({"text": "[erased]"})
    tombstone = Tombstone(field="event.text", key=recorded.event_id, is_erased=True)
    return recorded.but({"event": event, "tombstones": (tombstone,)})


def test_what_was_inferred_from_an_erased_text_stands() -> None:
    note, role = recorded_of("commander: ana")
    assert isinstance(role.event, RoleAssigned)
    assert news([note, role], facts("commander: ana"), infer) == []
    assert news([with_erased_text(note), role], facts("commander: ana"), infer) == []


def test_what_follows_from_something_new_is_taken_up_after_an_erasure() -> None:
    note, role = recorded_of("commander: ana")
    erased = [with_erased_text(note), role]
    another = NoteAdded(occurred_at=NOON, text="commander: bob")
    told = Facts("x", "1", (Wanted("2/note", another, NOON),))
    new = [one.event for one in news(erased, told, infer)]
    assert [one.kind for one in new] == ["note-added", "event-corrected"]
    assert isinstance(new[1], EventCorrected)
    assert [(one.field, one.new) for one in new[1].changes] == [("holder", "bob")]


def also_late(said: Sequence[Said]) -> Iterator[Wanted]:
    """Infer a role with the words of the first note, since the last one."""
    texts = [one.event.text for one in said if isinstance(one.event, NoteAdded)]
    at = max(one.event.occurred_at for one in said)
    event = RoleAssigned(occurred_at=at, role="commander", holder=texts[0])
    yield Wanted(f"{INFERRED}1/role", event, NOON)


def test_of_what_follows_anew_only_what_changed_since_the_erasure_is_taken_up() -> None:
    first = Facts("x", "1", (Wanted("1/note", NoteAdded(occurred_at=NOON, text="ana"), NOON),))
    note, role = provisional(first.incident_id, news([], first, also_late), after=0, now=NOON)
    later = NoteAdded(occurred_at=NOON + timedelta(hours=1), text="on")
    told = Facts("x", "1", (Wanted("2/note", later, NOON),))
    [_, correction] = news([with_erased_text(note), role], told, also_late)
    assert isinstance(correction.event, EventCorrected)
    assert [one.field for one in correction.event.changes] == ["occurred_at"]


def test_without_an_erasure_what_no_longer_follows_is_taken_back() -> None:
    note, role = recorded_of("commander: ana")
    told = facts("nobody")._replace(revised_at=NOON)
    assert [one.event.kind for one in news([note, role], told, infer)] == [
        "event-corrected",
        "event-retracted",
    ]


def test_what_was_corrected_after_an_erasure_can_be_told_anew(store: Store) -> None:
    incident_id = store.detect("Down").incident_id
    note = store.record(incident_id, lambda _, at: NoteAdded(occurred_at=at, text="a secret"))
    erase_event(store, note.event_id, why="case 17")

    def fields() -> frozenset[str]:
        return erased_fields(effective_history(store.recorded(incident_id)).entries[-1])

    assert fields() == {"text"}
    correction = store.correct(note.event_id, {"text": "no secret"}, why="told anew")
    assert fields() == frozenset()
    erase_event(store, correction.event_id, why="case 17")
    assert fields() == {"text"}
