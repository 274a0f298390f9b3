"""Runs an import into a store: what is new goes in, every record is accounted for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

from ...domain.errors import InvalidInput
from ...domain.events import EventCorrected, EventRetracted
from ...domain.values import iso
from ..collector import collector_off
from .accounts import Account, Imported, Rejection
from .batches import Sink, Taken, append_batch
from .formats import EXPORTED_AT, Format, Options
from .guessing import formats_like
from .reading.csv_records import TO_MEND
from .reading.records import Place, Record
from .reading.volume import Volume
from .sources import format_named, records_as
from .tellings import Skipped

LOOKED_AT = 20
"""Records to look at before a file is refused as none of the source's."""

MOST_BYTES = 16 * 2**20
"""Bytes read since the last transaction that call for the next: records may be long."""

STALE = "older than what is recorded"

Progress = Callable[[int, float | None], object]
"""Called with the number of records read, and the share of the files' bytes where it is known."""


class How(NamedTuple):
    """How to run an import: what `Options` the source needs, and what to do beside recording."""

    options: Options = Options()
    limit: int | None = None
    """Read at most so many records."""
    at_once: int = 500
    """Records to a transaction."""
    keep_raw: bool = False
    """Keep each record's text, and its hash on every event that came of it."""
    on_reject: Callable[[Rejection], object] = id
    progress: Progress = lambda _read, _share: None


def import_files(
    sink: Sink, source: str | Format, files: Sequence[str], how: How | None = None
) -> Imported:
    """Import files of a source, all that can be read; what cannot is counted as rejected.

    The same records again, in any order and number, change nothing. Raises `InvalidInput` for a
    source that is not known.
    """
    chosen = format_named(source) if isinstance(source, str) else source
    return _Import(sink, chosen, how or How()).read(files)


class _Import:
    """One import under way."""

    def __init__(self, sink: Sink, chosen: Format, how: How) -> None:
        self._sink = sink
        self._format = chosen
        self._how = how
        self._waiting: list[Taken] = []
        self._account = Account()
        self._volume = Volume()
        self._flushed_at = 0

    def read(self, files: Sequence[str]) -> Imported:
        """Read files in their order; returns what came of it."""
        self._volume = Volume(files)
        for file in files:
            try:
                self._read_file(file)
            except InvalidInput as error:
                self._refuse(Record(Place(error.where), None), error.problem)
            if self._is_enough():
                break
        self._flush()
        self._tell_progress()
        return self._account.imported()

    def _read_file(self, file: str) -> None:
        found = records_as(self._format, file, self._volume)
        first = self._first(found)
        readable = [one for one in first if one.problem is None]
        if readable and not self._fits(readable[-1]):
            self._refuse(readable[0], self._misfit(readable[0], file))
            return
        for record in chain(first, found):
            if self._is_enough():
                return
            self._account.read += 1
            self._tell_progress()
            self._take(self._dated(record))

    def _first(self, found: Iterator[Record]) -> list[Record]:
        """Return the records up to the first that looks like the source's, few and not long."""
        first: list[Record] = []
        begin = self._volume.unpacked
        for record in islice(found, LOOKED_AT):
            first.append(record)
            is_readable = record.problem is None
            if (is_readable and self._fits(record)) or self._volume.unpacked - begin > MOST_BYTES:
                break
        return first

    def _fits(self, record: Record) -> bool:
        return record.was_rejected or self._format.recognises(record)

    def _misfit(self, record: Record, file: str) -> str:
        """Say why a file is of another form altogether, and what it looks like."""
        if self._format.misfit is not None:
            return self._format.misfit(record)
        like = " or ".join(one.system for one in formats_like(file))
        looks = f"it looks like {like}" if like else "nor does it look like another known source's"
        return f"is no {self._format.system} export: {looks}"

    def _refuse(self, record: Record, problem: str) -> None:
        """Reject a file as a whole, which counts as one record."""
        self._account.read += 1
        self._reject(Rejection(record, "", problem))

    def _dated(self, record: Record) -> Record:
        """Return a record of a dated file with that date: if rejected, it goes with the reject."""
        exported_at = self._how.options.exported_at.get(record.place.file)
        if exported_at is None or EXPORTED_AT in record.context:
            return record
        return record._replace(context={**record.context, EXPORTED_AT: iso(exported_at)})

    def _is_enough(self) -> bool:
        return self._how.limit is not None and self._account.read >= self._how.limit

    def _take(self, record: Record) -> None:
        if record.problem is not None:
            self._reject(Rejection(record, "", record.problem))
            return
        try:
            if record.was_rejected:
                _check_mended(record.raw)
            told = self._format.read(record, self._how.options)
        except InvalidInput as error:
            self._reject(Rejection(record, error.where, error.problem))
            return
        if isinstance(told, Skipped):
            self._account.skip(told.why)
            return
        self._waiting.append(Taken(record, told))
        held = self._volume.unpacked - self._flushed_at
        if len(self._waiting) >= self._how.at_once or held > MOST_BYTES:
            self._flush()

    def _flush(self) -> None:
        """Append what waits, in one transaction."""
        waiting, self._waiting = self._waiting, []
        self._flushed_at = self._volume.unpacked
        with collector_off():
            appended = append_batch(
                self._sink, waiting, self._format.infer, keep_raw=self._how.keep_raw
            )
        for outcome in appended.outcomes:
            match outcome:
                case "recorded":
                    self._account.count(recorded=1)
                case "already there":
                    self._account.count(already_there=1)
                case "stale":
                    self._account.skip(STALE)
                case rejection:
                    self._reject(rejection)
        events = [entry.event for entry in appended.entries]
        self._account.count(
            events=len(events),
            corrections=sum(isinstance(one, EventCorrected) for one in events),
            retractions=sum(isinstance(one, EventRetracted) for one in events),
        )

    def _tell_progress(self) -> None:
        self._how.progress(self._account.read, self._volume.share)

    def _reject(self, rejection: Rejection) -> None:
        self._account.reject(rejection)
        self._how.on_reject(rejection)


def _check_mended(raw: Any) -> None:
    """Refuse a row of a table whose reject still holds what was to be looked over."""
    for name, cell in raw.items() if isinstance(raw, dict) else ():
        what = TO_MEND.get(str(name).partition(" ")[0])
        if what is not None and isinstance(cell, list):
            raise InvalidInput(what, str(name))
