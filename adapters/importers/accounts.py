"""What came of an import: every record read is in exactly one of four classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from ..flat_forms import json_text
from .reading.records import REJECTED, Place, Record

SHOWN = 20
"""Rejections that are kept to be shown; all of them go into the file of rejects."""


class Rejection(NamedTuple):
    """A record that could not be taken: where it stands, which field, why, and what it was."""

    record: Record
    field: str
    reason: str

    def __str__(self) -> str:
        field = f" {self.field}" if self.field else ""
        return f"{self.record.place}{field}: {self.reason}"

    @property
    def place(self) -> Place:
        """Where the record stands."""
        return self.record.place

    def as_line(self) -> str:
        """Return the line of a file of rejects, which can be mended and imported."""
        try:
            return json_text(self.as_json())
        except RecursionError:
            reason = f"{self.reason} (nested too deep to be written here)"
            place_alone = self.record._replace(raw=None, context={})
            return json_text(Rejection(place_alone, self.field, reason).as_json())

    def as_json(self) -> dict[str, Any]:
        """Return what the line of a file of rejects says."""
        place, record = self.place, self.record
        why = {
            "file": place.file,
            "line": place.line,
            "list": place.key or None,
            "index": place.item,
            "field": self.field or None,
            "reason": self.reason,
        }
        if isinstance(record.raw, str):
            return {REJECTED: why, "text": record.raw}
        return {
            REJECTED: why,
            "key": record.key,
            "context": dict(record.context),
            "record": record.raw,
        }


class Imported(NamedTuple):
    """What came of an import.

    Records: `read` = `recorded` + `already_there` + `skipped` + `rejected`. Events: `events`
    were recorded, `corrections` and `retractions` among them.
    """

    read: int = 0
    recorded: int = 0
    """Records that brought something new."""
    already_there: int = 0
    """Records that said nothing new."""
    skipped: int = 0
    """Records that tell of no incident, or of one that is known in a newer state."""
    rejected: int = 0
    """Records that could not be taken."""
    events: int = 0
    corrections: int = 0
    retractions: int = 0
    skipped_why: Mapping[str, int] = {}
    """Skipped records by reason."""
    rejections: tuple[Rejection, ...] = ()
    """The first rejections, without the records themselves: those may be of any size."""


class Account:
    """Counts what becomes of records while they are read."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self.read = 0
        self._counts: Counter[str] = Counter()
        self._skipped_why: Counter[str] = Counter()
        self._rejections: list[Rejection] = []

    def count(self, **more: int) -> None:
        """Count records or events more, by their names in `Imported`."""
        self._counts.update(more)

    def skip(self, why: str) -> None:
        """Count a skipped record."""
        self._counts["skipped"] += 1
        self._skipped_why[why] += 1

    def reject(self, rejection: Rejection) -> None:
        """Count a rejected record; the first ones are kept to be shown, without what they held."""
        self._counts["rejected"] += 1
        if len(self._rejections) < SHOWN:
            place_alone = rejection.record._replace(raw=None, context={})
            self._rejections.append(rejection._replace(record=place_alone))

    def imported(self) -> Imported:
        """Return what came of it by now."""
        why = dict(self._skipped_why)
        shown = tuple(self._rejections)
        return Imported(read=self.read, **self._counts, skipped_why=why, rejections=shown)


Outcome = Literal["recorded", "already there", "stale"] | Rejection
"""What became of one record that tells something."""
