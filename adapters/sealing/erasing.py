"""Erasing personal data: the key is destroyed, the log says so, the views are told anew.

In this order, and each step may be repeated: an erasure that was interrupted is completed when it
is run again, and by every later one that looks over all incidents.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from ...domain.errors import IncidentNotFound, InvalidInput, StoreMismatch, UnreadableEvent
from ...domain.events import EventCorrected, PersonalDataErased
from ...domain.incident import Incident
from ...domain.personal import subject_of
from ...domain.records import Recorded, StoredRow, decode
from ...domain.values import refusing_invalid
from ..backend import log_rows
from ..opening import utc_now
from ..store import Store
from ..visibility import VisibleTo
from .keys import Keys, owner_of_event, owner_of_subject
from .mark import marked
from .mentions import Mention, mentions_of, names
from .named import named_in
from .scrubbing import scrubbed
from .sealed import Sealed
from .states import kids_in

Progress = Callable[[int], object]


class Erased(NamedTuple):
    """What was erased of one incident: the event that says so, and the events and keys it names."""

    recorded: Recorded
    events: tuple[UUID, ...]
    keys: tuple[UUID, ...]


class Erasure(NamedTuple):
    """What an erasure did."""

    erased: tuple[Erased, ...]
    mentions: tuple[Mention, ...] = ()
    """Where the name still stands in texts that were not erased."""
    is_scrubbed: bool = True
    """Whether keys and log were made to forget the old bytes, too; see docs/erasure.md."""


class _Part(NamedTuple):
    incident_id: UUID
    events: tuple[UUID, ...]
    keys: tuple[UUID, ...]


def erase_subject(
    store: Store, name: str, *, why: str, by: str | None = None, progress: Progress = int
) -> Erasure:
    """Erase a person's name from every field that names a person, in all incidents.

    `why` stays readable for ever: it must hold no personal data. `progress` is called with the
    number of incidents looked over. Texts that mention the name are left as they are, and named.

    Raises `IncidentNotFound` if nothing names them, `InvalidInput` if the reason does or `by` is
    the same person, and `StoreMismatch` without the store's keys.
    """
    sealed, keys = _sealed(store)
    _check_why(why)
    _check_subject(name, why, by)
    found = keys.of([owner_of_subject(name)]).values()
    keys.destroy([key.kid for key in found], utc_now(), why)
    erasure = _completed(store, sealed, keys, _counted(sealed, progress), by)
    mentions = [
        mention
        for stored, opened in sealed.stored_and_opened()
        for mention in mentions_of(name, stored, opened)
    ]
    if not (found or erasure.erased or mentions):
        raise IncidentNotFound(f"nothing that can be read names {name!r}")
    return erasure._replace(mentions=tuple(mentions))


def erase_event(store: Store, event_id: UUID, *, why: str, by: str | None = None) -> Erasure:
    """Erase the texts of an event and of the corrections of it, which repeat them.

    Raises `IncidentNotFound` for an unknown event, `InvalidInput` for one without sealed texts,
    and `StoreMismatch` without the store's keys.
    """
    sealed, keys = _sealed(store)
    _check_why(why)
    incident_id = store.incident_of(event_id)
    events = _with_corrections(event_id, store.recorded(incident_id))
    found = keys.of([owner_of_event(one) for one in events]).values()
    if not found:
        raise InvalidInput(
            f"event {event_id} holds no sealed text: it has none, or was recorded before the store"
            " had keys"
        )
    keys.destroy([key.kid for key in found if key.secret is not None], utc_now(), why)
    return _completed(store, sealed, keys, [sealed.inner.read(incident_id)], by)


def reapply_erasures(store: Store, *, by: str | None = None, progress: Progress = int) -> Erasure:
    """Erase again what a restored backup brought back, and complete what was interrupted.

    Keys that the log says were erased are destroyed again, and the views made anew if there were
    any; what was sealed with a destroyed key is said to be erased where the log does not say so.
    Raises `StoreMismatch` without the store's keys.
    """
    sealed, keys = _sealed(store)
    is_back = False
    for at, kids, why in _said(sealed):
        known = keys.by_id(kids)
        back = [kid for kid in kids if kid not in known or known[kid].secret is not None]
        if back:
            keys.destroy(back, at, why)
            is_back = True

    erasure = _completed(store, sealed, keys, _counted(sealed, progress), by)
    if is_back:
        store.rebuild(progress)
        return erasure._replace(is_scrubbed=scrubbed(sealed.inner) and erasure.is_scrubbed)
    return erasure


def _sealed(store: Store) -> tuple[Sealed, Keys]:
    backend = store.backend
    if isinstance(backend, VisibleTo):
        raise StoreMismatch("a store opened for some groups does not see all that is to be erased")
    if not isinstance(backend, Sealed) or marked(backend.inner) is None:
        raise StoreMismatch("nothing in this store is sealed, so nothing can be erased")
    return backend, backend.needed_keys()


def _check_why(why: str) -> None:
    with refusing_invalid():
        PersonalDataErased(occurred_at=utc_now(), erased=(), why=why)


def _check_subject(name: str, why: str, by: str | None) -> None:
    if not subject_of(name):
        raise InvalidInput("a name must hold more than blanks", "subject")
    if names(why, name):
        raise InvalidInput("it names whom it is about, and stays readable for ever", "why")
    if by is not None and subject_of(by) == subject_of(name):
        raise InvalidInput("whoever erases is recorded, so nobody erases their own name", "by")


def _with_corrections(event_id: UUID, recorded: Sequence[Recorded]) -> list[UUID]:
    return [event_id] + [
        one.event_id
        for one in recorded
        if isinstance(one.event, EventCorrected) and one.event.corrects == event_id
    ]


def _counted(sealed: Sealed, progress: Progress) -> Iterator[list[StoredRow]]:
    for done, rows in enumerate(sealed.inner.read_incidents(), start=1):
        progress(done)
        yield rows


def _completed(
    store: Store, sealed: Sealed, keys: Keys, incidents: Iterable[list[StoredRow]], by: str | None
) -> Erasure:
    """Say of every incident what the log does not say yet of keys that are destroyed.

    An incident that cannot be read does not keep the others from being told; its error is raised
    in the end.
    """
    are_scrubbed = keys.scrubbed()
    whys = {one.kid: one.why for one in keys.destroyed()}
    # All are looked over before anything is written: a database cannot forget what is being read.
    untold = [part for rows in incidents for part in _untold(rows, whys)]
    told: list[Erased] = []
    unreadable: list[UnreadableEvent] = []
    for part in untold:
        try:
            recorded = store.record(
                part.incident_id,
                _erased,
                by=by,
                why=whys[part.keys[0]],
                erased=part.events,
                keys=part.keys,
            )
            told.append(Erased(recorded, part.events, part.keys))
        except UnreadableEvent as error:
            unreadable.append(error)
    is_scrubbed = scrubbed(sealed.inner) and are_scrubbed
    if unreadable:
        raise unreadable[0]
    return Erasure(tuple(told), is_scrubbed=is_scrubbed)


def _untold(rows: Sequence[StoredRow], whys: dict[UUID, str]) -> Iterator[_Part]:
    """Yield by reason what of an incident was erased without the log saying so."""
    named = {kid for row in rows for kid in named_in(row)}
    events = {kid: ids for kid, ids in kids_in(rows).items() if kid in whys and kid not in named}
    for why in dict.fromkeys(whys[kid] for kid in sorted(events)):
        kids = tuple(kid for kid in sorted(events) if whys[kid] == why)
        concerned = sorted({event for kid in kids for event in events[kid]})
        yield _Part(rows[0].incident_id, tuple(concerned), kids)


def _erased(_incident: Incident, at: datetime, **facts: Any) -> PersonalDataErased:
    with refusing_invalid():
        return PersonalDataErased(occurred_at=at, **facts)


def _said(sealed: Sealed) -> Iterator[tuple[datetime, Collection[UUID], str]]:
    """Yield what the log says of keys that were erased: when, which, and why."""
    for one in decode([row for row in log_rows(sealed) if named_in(row)]):
        if isinstance(one.event, PersonalDataErased):
            yield one.event.occurred_at, one.event.keys or (), one.event.why
