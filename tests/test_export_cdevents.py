"""Stories as CDEvents: what the specification asks for, and nothing lost."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner, Result
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from retold import Cut, Entry, Store, open_store
from retold.adapters.cdevents import Around, cdevents, within_cloudevent
from retold.adapters.cli.group import retold
from retold.adapters.importers.importing import import_files
from retold.adapters.importers.tellings import incident_id_of
from retold.domain import events as ev
from retold.domain.events import EVENT_CLASSES
from retold.domain.history import PRESENT

GOLDEN = Path(__file__).parent / "golden" / "events"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TICKET = "https://tickets.example/OPS-7"
EU = Around("https://retold.example/eu", "eu-1")


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def told(store: Store, incident_id: UUID, *events: ev.AnyEvent, **entry: Any) -> list[UUID]:
    entries = [Entry(event_id=uuid4(), event=event, **entry) for event in events]
    store.append(incident_id, entries)
    return [one.event_id for one in entries]


def exported(store: Store, around: Around = EU, cut: Cut = PRESENT) -> list[dict[str, Any]]:
    return list(cdevents(store.histories(cut), around))


def types(events: list[dict[str, Any]]) -> list[str]:
    return [one["context"]["type"] for one in events]


# The rules of version 0.5.1 of the specification, as far as they touch what is written

TEXT = {"type": "string", "minLength": 1}
REFERENCE = {"type": "string", "pattern": r"^[^\s<>\"{}|\\^`]+$"}
URI = {"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+$"}
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
ANY_TYPE = {"type": "string"}


def an_object(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": [*required],
        "additionalProperties": False,
    }


THING = an_object({"id": TEXT}, {"source": REFERENCE})
CONTENT = {"description": {"type": "string"}, "service": THING, "artifactId": TEXT}


def rules(content: dict[str, Any], event_type: dict[str, Any]) -> Draft202012Validator:
    context = {"specversion": TEXT, "id": TEXT, "source": REFERENCE, "type": event_type}
    return Draft202012Validator(
        an_object(
            {
                "context": an_object(
                    {**context, "timestamp": TIME}, {"schemaUri": URI, "chainId": TEXT}
                ),
                "subject": an_object({"id": TEXT, "content": content}, {"source": REFERENCE}),
            },
            {"customData": {"type": "object"}, "customDataContentType": {"type": "string"}},
        )
    )


PLAIN = an_object({"environment": THING}, CONTENT)
WITH_TICKET = an_object({"environment": THING, "ticketURI": URI}, CONTENT)
RULES = {
    "dev.cdevents.incident.detected.0.3.0": rules(PLAIN, ANY_TYPE),
    "dev.cdevents.incident.reported.0.3.0": rules(WITH_TICKET, ANY_TYPE),
    "dev.cdevents.incident.resolved.0.3.0": rules(PLAIN, ANY_TYPE),
}
CUSTOM = rules(
    {"type": "object"},
    {"pattern": r"^dev\.cdeventsx\.[a-zA-Z0-9]+-[a-zA-Z]+\.[a-zA-Z]+\.[0-9]\.[0-9]\.[0-9]$"},
)
CLOUDEVENT = Draft202012Validator(
    an_object(
        {
            "specversion": {"const": "1.0"},
            "id": TEXT,
            "source": REFERENCE,
            "type": TEXT,
            "subject": TEXT,
            "time": TIME,
            "datacontenttype": {"const": "application/json"},
            "data": {"type": "object"},
        }
    )
)


def check(cdevent: dict[str, Any]) -> None:
    RULES.get(cdevent["context"]["type"], CUSTOM).validate(cdevent)


def every_kind() -> list[ev.AnyEvent]:
    """One event of every kind, with every field."""
    frozen = [json.loads((GOLDEN / f"{kind}.json").read_text()) for kind in sorted(EVENT_CLASSES)]
    return [Entry.model_validate_json(json.dumps(one)).event for one in frozen]


def story_kinds() -> list[ev.StoryEvent]:
    about_records = ev.EventCorrected | ev.EventRetracted | ev.PersonalDataErased
    return [one for one in every_kind() if not isinstance(one, about_records)]


def test_every_kind_of_event_is_a_cdevent_by_the_rules() -> None:
    store = open_store("memory:")
    told(store, uuid4(), *every_kind())
    events = exported(store)
    assert len(events) == len(story_kinds())
    for one in events:
        check(one)
        check(json.loads(json.dumps(within_cloudevent(one)["data"])))
        CLOUDEVENT.validate(within_cloudevent(one))


def test_no_two_kinds_share_a_type() -> None:
    store = open_store("memory:")
    told(store, uuid4(), *story_kinds())
    assert len(set(types(exported(store)))) == len(story_kinds())


def test_detected_and_resolved_are_those_of_the_specification_and_nothing_else_is() -> None:
    store = open_store("memory:")
    told(store, uuid4(), *story_kinds())
    standard = [one for one in types(exported(store)) if one.startswith("dev.cdevents.")]
    assert sorted(standard) == [
        "dev.cdevents.incident.detected.0.3.0",
        "dev.cdevents.incident.resolved.0.3.0",
    ]


def test_a_cdevent_says_which_event_of_which_incident_when_and_where() -> None:
    store = open_store("memory:")
    incident_id = uuid4()
    detected = ev.Detected(occurred_at=NOON, title="Checkout fails", services=("shop", "mail"))
    [event_id] = told(store, incident_id, detected, told_at=at(9))
    [one] = exported(store)
    assert one == {
        "context": {
            "specversion": "0.5.1",
            "id": str(event_id),
            "source": "https://retold.example/eu",
            "type": "dev.cdevents.incident.detected.0.3.0",
            "timestamp": "2026-03-01T12:00:00.000000Z",
        },
        "subject": {
            "id": str(incident_id),
            "content": {
                "description": "Checkout fails",
                "environment": {"id": "eu-1"},
                "service": {"id": "shop"},
            },
        },
        "customData": {
            "retold": {
                "told_at": "2026-03-01T12:09:00.000000Z",
                "event": {
                    "occurred_at": "2026-03-01T12:00:00Z",
                    "kind": "incident-detected",
                    "title": "Checkout fails",
                    "services": ["shop", "mail"],
                },
            }
        },
        "customDataContentType": "application/json",
    }


def test_within_a_cloudevent_both_say_the_same() -> None:
    store = open_store("memory:")
    told(store, uuid4(), ev.Detected(occurred_at=NOON, title="Checkout fails"))
    [one] = exported(store)
    around = within_cloudevent(one)
    context = one["context"]
    assert [around[key] for key in ("id", "source", "type", "time", "subject")] == [
        *(context[key] for key in ("id", "source", "type", "timestamp")),
        one["subject"]["id"],
    ]


def test_a_declaration_is_a_report_where_a_note_of_that_moment_links_to_its_ticket() -> None:
    store = open_store("memory:")
    declared = ev.Declared(occurred_at=at(5), why="Customers cannot pay")
    note = ev.NoteAdded(occurred_at=at(5), text="a ticket", links=(TICKET,), status="reported")
    told(store, uuid4(), declared, note)
    reported, noted = exported(store)
    assert reported["context"]["type"] == "dev.cdevents.incident.reported.0.3.0"
    assert reported["subject"]["content"]["ticketURI"] == TICKET
    assert noted["context"]["type"] == "dev.cdeventsx.retold-incident.noteadded.0.1.0"


@pytest.mark.parametrize(
    "note",
    [
        ev.NoteAdded(occurred_at=at(6), text="later", links=(TICKET,), status="reported"),
        ev.NoteAdded(occurred_at=at(5), text="no ticket", links=(TICKET,)),
        ev.NoteAdded(occurred_at=at(5), text="none", links=("OPS-7",), status="reported"),
        ev.NoteAdded(occurred_at=at(5), text="none", links=("ops:a b",), status="reported"),
        ev.NoteAdded(occurred_at=at(5), text="none", status="reported"),
    ],
    ids=lambda note: str(note.links),
)
def test_without_a_ticket_a_declaration_is_an_event_of_our_own(note: ev.NoteAdded) -> None:
    store = open_store("memory:")
    told(store, uuid4(), ev.Declared(occurred_at=at(5)), note)
    declared = exported(store)[0]
    assert declared["context"]["type"] == "dev.cdeventsx.retold-incident.declared.0.1.0"
    assert "ticketURI" not in declared["subject"]["content"]
    check(declared)


def test_what_was_corrected_reads_as_corrected_and_what_was_retracted_is_left_out() -> None:
    store = open_store("memory:")
    incident_id = uuid4()
    detected = ev.Detected(occurred_at=NOON, title="Checkout fails")
    _, resolved, note = told(
        store,
        incident_id,
        detected,
        ev.Resolved(occurred_at=at(60)),
        ev.NoteAdded(occurred_at=at(3), text="of another incident"),
    )
    store.correct(resolved, {"occurred_at": "2026-03-01T12:40:00Z"}, why="the graphs say so")
    store.retract(note, why="not here")
    events = exported(store)
    assert [one["context"]["timestamp"][11:16] for one in events] == ["12:00", "12:40"]
    assert events[1]["context"]["id"] == str(resolved)


def test_a_cut_tells_the_story_as_it_was(clock: Any) -> None:
    store = open_store("memory:", clock=clock)
    incident_id = uuid4()
    told(store, incident_id, ev.Detected(occurred_at=NOON, title="Checkout fails"))
    clock.now = at(120)
    told(store, incident_id, ev.Resolved(occurred_at=at(60)))
    detected, resolved = types(exported(store))
    assert types(exported(store, cut=Cut(as_of=at(59)))) == [detected]
    assert types(exported(store, cut=Cut(known_at=at(90)))) == [detected]
    assert types(exported(store, cut=Cut(as_of=at(60)))) == [detected, resolved]


def test_the_service_of_later_events_is_the_one_that_detection_names() -> None:
    store = open_store("memory:")
    told(
        store,
        uuid4(),
        ev.Detected(occurred_at=NOON, title="Checkout fails", services=("shop",)),
        ev.ImpactStarted(occurred_at=at(1), service="mail"),
        ev.Resolved(occurred_at=at(2)),
    )
    services = [one["subject"]["content"]["service"]["id"] for one in exported(store)]
    assert services == ["shop", "mail", "shop"]


# Out and in again

kinds = st.sampled_from(story_kinds())
stories = st.lists(st.tuples(kinds, st.integers(-3, 9), st.booleans()), min_size=1, max_size=8)


@given(stories, st.booleans())
@settings(max_examples=60, deadline=None)
def test_what_was_exported_is_imported_as_the_story_that_it_told(
    tmp_path_factory: pytest.TempPathFactory, story: list[Any], is_within: bool
) -> None:
    first, second = open_store("memory:"), open_store("memory:")
    incident_id = uuid4()
    for event, minutes, is_retracted in story:
        [event_id] = told(
            first, incident_id, event.model_copy(update={"occurred_at": at(minutes)}),
            told_at=at(30),
        )  # fmt: skip
        if is_retracted:
            first.retract(event_id, why="not so")
    events = exported(first)
    assume(events)
    file = tmp_path_factory.mktemp("out") / "events.jsonl"
    file.write_text(
        "".join(f"{json.dumps(within_cloudevent(one) if is_within else one)}\n" for one in events)
    )
    done = import_files(second, "cdevents", [str(file)])
    assert (done.recorded, done.rejected) == (len(events), 0)
    wanted = [(as_there(event), known) for event, known in story_of(first, incident_id)]
    assert story_of(second, incident_id_there(incident_id)) == wanted


def incident_id_there(incident_id: UUID) -> UUID:
    return incident_id_of("cdevents", f"https://retold.example/eu#{incident_id}")


def story_of(store: Store, incident_id: UUID) -> list[tuple[Any, ...]]:
    """What stands, in order, with when it was known."""
    return [
        (entry.event, entry.recorded.known_since)
        for entry in store.history(incident_id).entries
        if entry.retraction is None
    ]


def as_there(event: ev.StoryEvent) -> ev.StoryEvent:
    """The same, merged into the incident that has another id there."""
    if isinstance(event, ev.Merged):
        return event.model_copy(update={"into": incident_id_there(event.into)})
    return event


def test_incidents_come_back_detected_reported_and_resolved(tmp_path: Path) -> None:
    first, second = open_store("memory:"), open_store("memory:")
    one, other = uuid4(), uuid4()
    told(
        first,
        one,
        ev.Detected(occurred_at=NOON, title="Checkout fails", services=("shop", "mail")),
        ev.Declared(occurred_at=at(5), severity="sev2"),
        ev.NoteAdded(occurred_at=at(5), text="a ticket", links=(TICKET,), status="reported"),
        ev.Resolved(occurred_at=at(60), automatic=True),
    )
    told(first, other, ev.Detected(occurred_at=at(70), title="Search is slow"))
    file = tmp_path / "events.jsonl"
    file.write_text("".join(f"{json.dumps(event)}\n" for event in exported(first)))
    import_files(second, "cdevents", [str(file)])
    fields = ("title", "state", "severity", "services", "detected_at", "declared_at", "resolved_at")
    for incident_id in (one, other):
        before, after = first.status(incident_id), second.status(incident_id_there(incident_id))
        assert [getattr(after, name) for name in fields] == [
            getattr(before, name) for name in fields
        ]


def test_nothing_is_inferred_from_what_retold_said_itself(tmp_path: Path) -> None:
    first, second = open_store("memory:"), open_store("memory:")
    incident_id = uuid4()
    told(
        first,
        incident_id,
        ev.Declared(occurred_at=NOON),
        ev.NoteAdded(occurred_at=NOON, text="a ticket", links=(TICKET,), status="reported"),
        ev.Resolved(occurred_at=at(9)),
        ev.Detected(occurred_at=at(20), title="Checkout fails"),
    )
    file = tmp_path / "events.jsonl"
    file.write_text("".join(f"{json.dumps(event)}\n" for event in exported(first)))
    assert import_files(second, "cdevents", [str(file)]).events == 4


def test_what_was_edited_around_an_event_is_rejected(tmp_path: Path) -> None:
    first = open_store("memory:")
    told(first, uuid4(), ev.Detected(occurred_at=NOON, title="Checkout fails"))
    [one] = exported(first)
    moved = {**one, "context": {**one["context"], "timestamp": "2026-03-01T12:00:01Z"}}
    renamed = {**one, "context": {**one["context"], "type": "dev.cdevents.incident.resolved.0.3.0"}}
    untold = {**one, "customData": {"retold": {"event": one["customData"]["retold"]["event"]}}}
    file = tmp_path / "events.jsonl"
    file.write_text("".join(f"{json.dumps(event)}\n" for event in (moved, renamed, untold)))
    done = import_files(open_store("memory:"), "cdevents", [str(file)])
    assert [rejection.field for rejection in done.rejections] == [
        "customData.retold.event",
        "customData.retold.event",
        "customData.retold",
    ]


# The command


@pytest.fixture
def db(tmp_path: Path) -> str:
    url = str(tmp_path / "incidents.db")
    with open_store(url) as store:
        told(store, UUID(int=1), *story_kinds())
    return url


def run(db: str, *args: str) -> Result:
    return CliRunner().invoke(retold, ["--db", db, *args])


def test_the_command_writes_one_a_line_and_takes_them_back(db: str, tmp_path: Path) -> None:
    around = ("--source", "/retold/eu", "--environment", "eu-1")
    for form in ("--cdevents", "--cloudevents"):
        lines = run(db, "export", "events", form, *around).stdout.splitlines()
        assert len(lines) == len(story_kinds())
        for line in lines:
            one = json.loads(line)
            assert "/retold/eu" in (one.get("source"), one.get("context", {}).get("source"))
            assert one.get("data", one)["subject"]["content"]["environment"] == {"id": "eu-1"}
        file = tmp_path / "out.jsonl"
        file.write_text("\n".join(lines))
        done = run(str(tmp_path / "other.db"), "import", "auto", str(file), "--json")
        assert json.loads(done.stdout)["rows"][0]["rejected"] == 0


def test_by_default_retold_tells_them_of_production(db: str) -> None:
    first = json.loads(run(db, "export", "events", "--cdevents").stdout.splitlines()[0])
    assert first["context"]["source"] == "/retold"
    assert first["subject"]["content"]["environment"] == {"id": "production"}


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (("durations", "--cdevents"), "durations cannot be CDEvents"),
        (("events", "--cdevents", "--source", "a b"), "is no URI reference"),
        (("events", "--cdevents", "--source", ""), "is no URI reference"),
        (("events", "--cdevents", "--environment", ""), "--environment must say something"),
    ],
)
def test_what_cannot_be_a_cdevent_is_bad_usage(
    db: str, args: tuple[str, ...], problem: str
) -> None:
    done = run(db, "export", *args)
    assert (done.exit_code, problem in done.output) == (2, True)
