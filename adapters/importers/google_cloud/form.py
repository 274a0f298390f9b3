"""The wire form of a Google Cloud incident in its three generations, as far as it is read."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

from ....domain.values import Line, iso
from ..statuspage.form import Body, Moment

AVAILABLE = "AVAILABLE"


def _one_line(value: object) -> object:
    return " ".join(value.split()) or None if isinstance(value, str) else value


def _nothing(value: object) -> object:
    return None if value == "" else value


Name = Annotated[Line | None, BeforeValidator(_one_line)]
Word = Annotated[Line | None, BeforeValidator(_nothing)]


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class Titled(_Wire):
    """A product or a location."""

    title: Line
    id: Word = None

    @property
    def key(self) -> str:
        """What is the same for one product throughout the incident."""
        return self.id or self.title


class Update(_Wire):
    """One update: shown for `when`, put up at `created`, last changed at `modified`."""

    created: Moment
    when: Moment | None = None
    modified: Moment | None = None
    text: Body = None
    status: Word = None
    affected_locations: list[Titled] | None = None

    @property
    def shown_at(self) -> datetime:
        """The time that the update speaks for."""
        return self.when or self.created

    @property
    def changed_at(self) -> datetime:
        """When the update was last changed."""
        return max(self.created, self.modified or self.created)

    @property
    def locations(self) -> tuple[str, ...]:
        """The names of the affected locations, in alphabetical order."""
        return tuple(sorted({one.title for one in self.affected_locations or ()}))


class PageIncident(_Wire):
    """One incident of the page."""

    id: Word = None
    uri: Word = None
    external_desc: Name = None
    begin: Moment
    created: Moment
    modified: Moment | None = None
    end: Annotated[Moment | None, BeforeValidator(_nothing)] = None
    severity: Word = None
    status_impact: Word = None
    service_name: Name = None
    affected_products: list[Titled] | None = None
    updates: list[Update] = []

    @property
    def ref(self) -> str:
        """The incident's id; in the oldest form, which has none, what follows `/incident/`."""
        path = (self.uri or "").strip("/")
        return self.id or path.removeprefix("incidents/").removeprefix("incident/")

    @property
    def products(self) -> list[Titled]:
        """The affected products, or else the one service that the incident is filed under."""
        filed_under = [Titled(title=self.service_name)] if self.service_name else []
        products = self.affected_products or filed_under
        return list({one.key: one for one in products}.values())

    @property
    def in_order(self) -> list[tuple[str, Update]]:
        """The updates as they follow each other, each with its key: when it was put up.

        Updates have no id; where two were put up in the same second, the later one is numbered.
        """
        # The page lists the newest first; among equal times its order is the only one there is.
        oldest_first = self.updates[::-1]
        keyed, seen = [], Counter[str]()
        for update in sorted(oldest_first, key=lambda update: update.shown_at):
            second = iso(update.created)
            keyed.append((f"{second} {seen[second]}" if seen[second] else second, update))
            seen[second] += 1
        return keyed

    @property
    def changed_at(self) -> datetime:
        """When the incident or one of its updates was last changed."""
        changed = [update.changed_at for update in self.updates]
        return max(self.created, self.modified or self.created, *changed)
