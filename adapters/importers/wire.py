"""What the wire forms of all sources share: their base, and the words for values as they come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict
from pydantic.alias_generators import to_camel

from ...domain.values import Instant, Line, Text, parse_instant


class Wire(BaseModel):
    """A form of which only the fields that are read are known; other fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class CamelWire(Wire):
    """A form whose source writes the names of fields in camelCase."""

    model_config = ConfigDict(alias_generator=to_camel)


def _moment(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("expected an ISO 8601 time")  # noqa: TRY004 - pydantic collects these
    return parse_instant(value)


def _unless_empty(value: object) -> object:
    return None if value == "" else value


def _unless_year_one(value: object) -> object:
    return None if isinstance(value, str) and value.startswith("0001-") else value


Moment = Annotated[Instant, BeforeValidator(_moment)]
"""A time with a zone."""

MaybeMoment = Annotated[Moment | None, BeforeValidator(_unless_empty)]
"""A time that may be missing: null or empty."""

MomentOrYearOne = Annotated[MaybeMoment, BeforeValidator(_unless_year_one)]
"""A time that may be missing: null, empty, or in the year 1, as Go writes that there is none."""

MaybeLine = Annotated[Line | None, BeforeValidator(_unless_empty)]
"""A name, title or label that may be missing: null or empty."""

MaybeText = Annotated[Text | None, BeforeValidator(_unless_empty)]
"""What somebody wrote, which may be missing: null or empty."""


def latest(*times: datetime | None) -> datetime:
    """Return the latest of the times that are there."""
    return max(filter(None, times))


def distinct(things: str) -> AfterValidator:
    """Refuse a list where two have the same `id`; `things` is what the refusal calls them."""

    def each_once(found: Sequence[Any]) -> Sequence[Any]:
        if len({one.id for one in found}) < len(found):
            raise ValueError(f"two {things} have the same id")
        return found

    return AfterValidator(each_once)
