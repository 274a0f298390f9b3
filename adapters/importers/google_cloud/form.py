"""The wire form of a Google Cloud incident in its three generations, as far as it is read."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from ....domain.values import Line, iso
from ..wire import MaybeLine, MaybeMoment, MaybeText, Moment, Wire, latest

AVAILABLE = "AVAILABLE"


def _one_line(value: object) -> object:
    return " ".join(value.split()) or None if isinstance(value, str) else value


Name = Annotated[Line | None, BeforeValidator(_one_line)]


class Titled(Wire):
    """A product or a location."""

    title: Line
    id: MaybeLine = None

    @property
    def key(self) -> str:
        """What is the same for one product throughout the incident."""
        return self.id or self.title


class Update(Wire):
    """One update: shown for `when`, put up at `created`, last changed at `modified`."""

    created: Moment
    when: Moment | None = None
    modified: Moment | None = None
    text: MaybeText = None
    status: MaybeLine = None
    affected_locations: list[Titled] | None = None

    @property
    def shown_at(self) -> datetime:
        """The time that the update speaks for."""
        return self.when or self.created

    @property
    def changed_at(self) -> datetime:
        """When the update was last changed."""
        return latest(self.created, self.modified)

    @property
    def locations(self) -> tuple[str, ...]:
        """The names of the affected locations, in alphabetical order."""
        return tuple(sorted({one.title for one in self.affected_locations or ()}))


class PageIncident(Wire):
    """One incident of the page."""

    id: MaybeLine = None
    uri: MaybeLine = None
    external_desc: Name = None
    begin: Moment
    created: Moment
    modified: Moment | None = None
    end: MaybeMoment = None
    severity: MaybeLine = None
    status_impact: MaybeLine = None
    service_name: Name = None
    affected_products: list[Titled] | None = None
    updates: list[Update] = Field(default_factory=list)

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
        return latest(self.created, self.modified, *changed)
