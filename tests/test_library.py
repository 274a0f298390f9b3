"""The `eventsourcing` library's own tests on our recorders, and its runner over our log.

Of `eventsourcing.tests.persistence` these do not apply:

- `AggregateRecorderTestCase` is for recorders without positions; it runs on ours behind
  `WithoutPositions`, which hides them.
- `test_performance` asserts nothing: it prints, and `benchmarks/` measures.
- `optional_test_insert_subscribe` is left out on SQLite, which calls nobody: the library's own
  SQLite recorder refuses to subscribe, too. `Store.follow` polls there.
- `TrackingRecorderTestCase` and `ProcessRecorderTestCase`: Retold keeps no trackings, its views
  are written in the transaction that appends.
- `InfrastructureFactoryTestCase`: a factory is put together from environment variables, which
  name code to import; `open_store` puts ours together.
- `TranscoderTestCase`: no transcoder of the library's is used, pydantic writes and reads the state.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

import psycopg
import pytest
from eventsourcing.persistence import AggregateRecorder, ApplicationRecorder, StoredEvent, Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from eventsourcing.tests import persistence as library
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL
from retold import Incident, InvalidInput, Store, UnreadableEvent, open_store
from retold.adapters.log import IncidentLog, LoggedEvent

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class WithoutPositions(AggregateRecorder):
    """One of our logs, seen as a recorder that knows no positions."""

    def __init__(self, log: ApplicationRecorder) -> None:
        self._log = log

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        self._log.insert_events(stored_events, **kwargs)

    def select_events(self, originator_id: UUID | str, **kwargs: Any) -> Sequence[StoredEvent]:
        found = self._log.select_events(originator_id, **kwargs)
        return [
            StoredEvent(one.originator_id, one.originator_version, one.topic, one.state)
            for one in found
        ]


class OurLog:
    """Gives the library's tests one of our logs, empty; subclasses say which."""

    fixture: ClassVar[str]
    test_performance = None

    @pytest.fixture(autouse=True)
    def _opened(self, request: pytest.FixtureRequest) -> Iterator[None]:
        url = "memory:" if self.fixture == "memory" else request.getfixturevalue(self.fixture)
        with open_store(url) as store:
            self.store = store
            yield

    def create_recorder(self) -> Any:
        return self.store.backend


class OurAggregates(OurLog):
    """The same, without positions."""

    def create_recorder(self) -> Any:
        return WithoutPositions(super().create_recorder())


class OnMemory(OurLog):
    """The log in memory."""

    fixture = "memory"


class OnSQLite(OurLog):
    """The log in a file."""

    fixture = "sqlite_url"


class OnPostgreSQL(OurLog):
    """The log on a server."""

    fixture = "postgres_url"


class Subscribed:
    """Runs the test that the library runs only where a recorder can be subscribed to."""

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()  # type: ignore[attr-defined] # of the test case


class TestAggregatesInMemory(OurAggregates, OnMemory, library.AggregateRecorderTestCase):
    """The library's promises about one incident's events, in memory."""


class TestAggregatesOnSQLite(OurAggregates, OnSQLite, library.AggregateRecorderTestCase):
    """The same on SQLite."""


class TestAggregatesOnPostgreSQL(OurAggregates, OnPostgreSQL, library.AggregateRecorderTestCase):
    """The same on PostgreSQL."""


class TestLogInMemory(Subscribed, OnMemory, library.ApplicationRecorderTestCase):
    """The library's promises about the whole log, in memory."""


class TestLogOnSQLite(OnSQLite, library.ApplicationRecorderTestCase):
    """The same on SQLite."""


class TestLogOnPostgreSQL(Subscribed, OnPostgreSQL, library.ApplicationRecorderTestCase):
    """The same on PostgreSQL."""


class TestOrderInMemory(OnMemory, library.NonInterleavingNotificationIDsBaseCase):
    """What is inserted together stands together, in memory."""


class TestOrderOnSQLite(OnSQLite, library.NonInterleavingNotificationIDsBaseCase):
    """The same on SQLite."""


class TestOrderOnPostgreSQL(OnPostgreSQL, library.NonInterleavingNotificationIDsBaseCase):
    """The same on PostgreSQL."""


class KindsSeen(PostgresTrackingRecorder):
    """A host's view: what it was told, in the order it was told, in one table."""

    def __init__(self, datastore: PostgresDatastore, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        columns = "(place serial, position int, kind text)"
        create = f"CREATE TABLE IF NOT EXISTS {datastore.schema}.kinds_seen {columns}"
        self.sql_create_statements.append(SQL(create))  # type: ignore[arg-type] # our own words

    def saw(self, event: LoggedEvent, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(
                f"INSERT INTO {self.datastore.schema}.kinds_seen (position, kind) VALUES (%s, %s)",
                (event.recorded.position, event.recorded.event.kind),
            )


class Watching(Projection[KindsSeen]):
    """A host's projection over our log."""

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.view.saw(domain_event, tracking)


@pytest.fixture
def opened(postgres_url: str) -> Iterator[Store]:
    with open_store(postgres_url) as store:
        yield store


def runner_over(store: Store, url: str) -> ProjectionRunner[IncidentLog, KindsSeen]:
    """Start the library's runner; its views live in the same schema as the store."""

    class HostsLog(IncidentLog):
        def __init__(self, env: object = None) -> None:
            super().__init__(store.backend)  # type: ignore[arg-type] # of ours, each is a recorder

    settings = conninfo_to_dict(url)
    environment = {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(settings["dbname"]),
        "POSTGRES_HOST": str(settings["host"]),
        "POSTGRES_USER": str(settings["user"]),
        "POSTGRES_PASSWORD": "",
        "POSTGRES_SCHEMA": str(settings["options"]).partition("search_path=")[2],
    }
    return ProjectionRunner(
        application_class=HostsLog,
        projection_class=Watching,
        view_class=KindsSeen,
        env=environment,
    )


def seen(url: str) -> list[tuple[int, str]]:
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT position, kind FROM kinds_seen ORDER BY place").fetchall()


def logged(store: Store) -> list[tuple[int, str]]:
    return [(one.position, one.event.kind) for one in store.events()]


def test_the_librarys_runner_follows_our_log_and_goes_on_where_it_stopped(
    opened: Store, postgres_url: str
) -> None:
    incident = opened.detect("Search is down", at=NOON).incident_id
    note = opened.record(incident, Incident.note, text="helo")
    with runner_over(opened, postgres_url) as runner:
        runner.wait(note.position, timeout=10)
        live = opened.correct(note.event_id, {"text": "hello"}, why="typo")
        runner.wait(live.position, timeout=10)
    while_away = opened.record(incident, Incident.resolve)
    with runner_over(opened, postgres_url) as runner:
        runner.wait(while_away.position, timeout=10)
    assert seen(postgres_url) == logged(opened)


def test_the_librarys_runner_stops_at_an_event_that_cannot_be_read(
    opened: Store, postgres_url: str
) -> None:
    first = opened.detect("Search is down", at=NOON)
    with psycopg.connect(postgres_url) as connection:
        connection.execute(
            "INSERT INTO retold_events"
            " (originator_id, originator_version, topic, state, event_id, recorded_at)"
            " VALUES (gen_random_uuid(), 1, 'os:system', '{}', gen_random_uuid(), now())"
        )
    runner = runner_over(opened, postgres_url)
    with pytest.raises(UnreadableEvent, match="os:system") as caught, runner:
        runner.run_forever(timeout=10)
    assert caught.value.position == first.position + 1
    assert seen(postgres_url) == [(1, "incident-detected")]


def test_the_librarys_way_of_saving_is_refused(opened: Store) -> None:
    log = IncidentLog(opened.backend)  # type: ignore[arg-type] # of ours, each is a recorder
    with pytest.raises(InvalidInput, match="keeps the views in step"):
        log.save()


def test_the_library_reads_our_events_by_incident(opened: Store) -> None:
    recorded = opened.detect("Search is down", at=NOON)
    log = IncidentLog(opened.backend)  # type: ignore[arg-type] # of ours, each is a recorder
    [event] = log.events.get(recorded.incident_id)
    assert event == LoggedEvent(recorded)
    assert (event.originator_id, event.originator_version) == (recorded.incident_id, 1)
