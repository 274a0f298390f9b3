"""Records of ServiceNow's incident table as they stand at one update: as facts of that update.

What is said of the first ending and of that after each reopening stands in slots of its own,
numbered by the count of reopenings: a later resolution is another one, not a correction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from functools import cached_property
from typing import Any, TypeVar
from uuid import UUID

from ....domain import events as ev
from ....domain.errors import InvalidInput
from ..changes import ENDED
from ..tellings import Facts, Skipped, Wanted, incident_id_of
from .form import Cell, IncidentRecord, is_sys_id
from .states import is_machine, meaning_of, state_of
from .times import cell_moment
from .updates import is_in_codes, note_of_update

OTHER_TABLE = Skipped("a record of another table than incident")

Found = TypeVar("Found")

_TABLE_NAME = re.compile(r"[a-z][a-z0-9_]*")
"""The name by which a table is kept, such as `change_request`; shown names are capitalised."""


def read_record(raw: Any, system: str, zone: tzinfo | None) -> Facts | Skipped:
    """Return what one record tells."""
    record = IncidentRecord.model_validate(raw)
    if not _is_incident(record):
        return OTHER_TABLE
    standing = _Standing(record, system, zone)
    wanted = (standing.detected(), standing.seen(), *standing.endings())
    return Facts(system, standing.ref, wanted, standing.revised_at)


def _is_incident(record: IncidentRecord) -> bool:
    """Tell whether it is of the incident table, whose shown name is another in each language."""
    table = record.sys_class_name.kept
    if table is None or table.casefold() == "incident":
        return True
    if _TABLE_NAME.fullmatch(table):
        return False
    number = record.number.kept or ""
    return number.startswith("INC") or record.incident_state.kept is not None


class _Standing:
    """How an incident stands in one record of it."""

    def __init__(self, record: IncidentRecord, system: str, zone: tzinfo | None) -> None:
        self._record = record
        self._system = system
        self._zone = zone
        self.ref = self._needed(record.sys_id.kept or record.number.kept, "number")
        self._updated_at = self._needed(self._at("sys_updated_on"), "sys_updated_on")
        created_at, opened_at = self._at("sys_created_on"), self._at("opened_at")
        self._opened_at = self._needed(opened_at or created_at, "opened_at")
        self._created_at = created_at or self._opened_at
        # In old releases `state` is that of any task, and `incident_state` the incident's.
        self._state = state_of(record.incident_state) or state_of(record.state)
        is_inactive = record.active.kept == "false"
        self._meaning = meaning_of(self._state, "resolved" if is_inactive else "open")
        self._reopenings = record.reopen_count.number

    @property
    def revised_at(self) -> datetime:
        """The time of the update; of two in one second, the one of the higher number is newer.

        Of two exports of one update, the one in words stands before the one in raw values.
        """
        update = min(self._record.sys_mod_count.number, 499_999)
        in_words = not is_in_codes(self._record)
        return self._updated_at + timedelta(microseconds=2 * update + in_words)

    def detected(self) -> Wanted:
        """Return that the incident was opened."""
        record = self._record
        names = (record.business_service.name, record.cmdb_ci.name)
        detected = ev.Detected(
            occurred_at=self._opened_at,
            by=record.opened_by.name,
            title=record.short_description.shown or record.number.shown or self.ref,
            services=tuple(dict.fromkeys(filter(None, names))),
            signal=record.contact_type.shown,
        )
        return Wanted("detected", detected, self._created_at)

    def seen(self) -> Wanted:
        """Return the note of how the record stood at this update."""
        times = {name: self._at(name) for name in ("resolved_at", "closed_at", "reopened_time")}
        return note_of_update(self._record, self._updated_at, self._state, times)

    def endings(self) -> Iterator[Wanted]:
        """Yield how it ended and was reopened, as far as the record says when."""
        record, reopened_at = self._record, self._reopened_at
        if reopened_at is not None:
            reopened = ev.Reopened(occurred_at=reopened_at, by=record.reopened_by.name)
            yield self._wanted("reopened", self._reopenings, reopened)
        if self._meaning == "dismissed":
            yield self._wanted("canceled", self._reopenings, self._dismissed())
            return
        resolved_at, closed_at = self._at("resolved_at"), self._at("closed_at")
        if resolved_at is not None and self._is_over(resolved_at):
            yield self._over(resolved_at, record.resolved_by, self._closing_words)
        if self._meaning == "resolved" and self._this_time("resolved_at") is None:
            yield self._over_without_resolution()
        if closed_at is not None and self._is_over(closed_at):
            note = ev.NoteAdded(
                occurred_at=closed_at, by=record.closed_by.name, text="[Closed]", status="Closed"
            )
            yield self._wanted("closed", self._episode(closed_at), note)

    def _over(self, at: datetime, by: Cell, words: str | None) -> Wanted:
        into = self._duplicated
        if into is not None and self._episode(at) == self._reopenings:
            merged = ev.Merged(occurred_at=at, by=by.name, into=into, why=words)
            return self._wanted("merged", self._episode(at), merged)
        is_automatic = is_machine(by.shown)
        resolved = ev.Resolved(occurred_at=at, by=by.name, summary=words, automatic=is_automatic)
        return self._wanted("resolved", self._episode(at), resolved)

    def _over_without_resolution(self) -> Wanted:
        at, how = self._this_time("closed_at"), "closed without a time of resolution"
        if at is None:
            at, how = self._updated_at, f"{self._state} by then; the record does not say since when"
        words = self._closing_words
        return self._over(at, self._record.closed_by, f"[{how}]" + (f" {words}" if words else ""))

    def _dismissed(self) -> ev.Dismissed:
        at = self._this_time("closed_at") or self._this_time("resolved_at")
        by_then = None if at else f"{self._state} by then; the record does not say since when"
        return ev.Dismissed(
            occurred_at=at or self._updated_at,
            by=self._record.closed_by.name,
            reason="not-an-incident",
            why=self._closing_words or by_then or self._state,
        )

    def _this_time(self, field: str) -> datetime | None:
        """Return a time, unless it is a trace of what was before the last reopening."""
        at = self._at(field)
        return at if at is not None and self._episode(at) == self._reopenings else None

    def _is_over(self, at: datetime) -> bool:
        """Tell whether an ending holds: that of an open record does only for before its reopening.

        An open record may still show when it was over the last time.
        """
        return self._meaning in ENDED or self._episode(at) < self._reopenings

    def _episode(self, at: datetime) -> int:
        """Return how often it had been reopened by then, as far as the record says."""
        reopened_at = self._reopened_at
        if not self._reopenings or (self._meaning in ENDED and reopened_at is None):
            return self._reopenings
        is_before = reopened_at is None or at < reopened_at
        return self._reopenings - 1 if is_before else self._reopenings

    @cached_property
    def _reopened_at(self) -> datetime | None:
        return self._at("reopened_time") if self._reopenings else None

    @property
    def _duplicated(self) -> UUID | None:
        """The id of the incident that this one is closed as a duplicate of."""
        record = self._record
        parent = record.parent_incident
        ref = parent.kept if record.sys_id.kept else parent.shown
        is_duplicate = "duplicate" in (record.close_code.shown or "").casefold()
        if ref is None or ref == self.ref or not is_duplicate:
            return None
        if record.sys_id.kept and not is_sys_id(ref):
            return None  # a number, where incidents are called by their sys_id
        return incident_id_of(self._system, ref)

    @property
    def _closing_words(self) -> str | None:
        code, notes = self._record.close_code.shown, self._record.close_notes.shown
        return " ".join(filter(None, (code and f"[{code}]", notes))) or None

    def _wanted(self, role: str, episode: int, event: ev.StoryEvent) -> Wanted:
        # What is said to have been before there was a record of it was told with the record.
        return Wanted(f"{role} {episode}", event, max(event.occurred_at, self._created_at))

    def _at(self, field: str) -> datetime | None:
        return cell_moment(getattr(self._record, field), self._zone, field)

    @staticmethod
    def _needed(found: Found | None, field: str) -> Found:
        if found is None:
            raise InvalidInput("is missing", field)
        return found
