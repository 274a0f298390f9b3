"""The words that events are made of: instants, texts, labels, sources."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
    model_validator,
)

from .errors import InvalidInput

MAX_TEXT = 65_536
MAX_LINE = 1_000


class Frozen(BaseModel):
    """A value: immutable, strict about types, closed to unknown fields.

    Whoever holds one holds a valid one: pydantic's ways around validation validate here.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return this value with some fields replaced; raises `ValidationError`."""
        return type(self).model_validate(self.__dict__ | dict(update or {}))

    @classmethod
    def model_construct(  # type: ignore[override] # pydantic's plugin sees a signature a class
        cls, _fields_set: set[str] | None = None, **values: Any
    ) -> Self:
        """Return a value of these fields; raises `ValidationError`."""
        return cls.model_validate(values)

    def but(self, updates: dict[str, Any]) -> Self:
        """Return this value with some fields replaced, which are not validated again.

        In half the time of pydantic's own copy: folds take this step for every event.
        """
        value = object.__new__(type(self))
        object.__setattr__(value, "__dict__", self.__dict__ | updates)
        object.__setattr__(value, "__pydantic_fields_set__", self.__pydantic_fields_set__)
        object.__setattr__(value, "__pydantic_extra__", None)
        object.__setattr__(value, "__pydantic_private__", None)
        return value

    @classmethod
    def assembled(cls, fields: dict[str, Any]) -> Self:
        """Return a value of these fields, every one given and known to be valid.

        In a fifth of the time of pydantic's `model_construct`, which looks for defaults.
        """
        value = object.__new__(cls)
        object.__setattr__(value, "__dict__", fields)
        object.__setattr__(value, "__pydantic_fields_set__", set(fields))
        object.__setattr__(value, "__pydantic_extra__", None)
        object.__setattr__(value, "__pydantic_private__", None)
        return value


def _in_utc(moment: datetime) -> datetime:
    if not 1970 <= moment.year < 9999:
        raise ValueError(
            "the year must lie between 1970 and 9998; sources write other years for 'no time'"
        )
    return moment.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A moment, timezone-aware, kept in UTC with microseconds."""

_NO_NUL = r"^[^\x00]*$"

Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT, pattern=_NO_NUL)]
"""What somebody wrote: at most 65,536 characters, no NUL."""

Line = Annotated[str, StringConstraints(min_length=1, max_length=MAX_LINE, pattern=_NO_NUL)]
"""A name, title or label: at most 1,000 characters, no NUL."""


def _storable(value: JsonValue) -> JsonValue:
    match value:
        case str():
            if "\x00" in value:
                raise ValueError("holds a character that is not allowed here, such as NUL")
            value.encode()  # fails on a lone surrogate
        case int() if not -(2**63) <= value < 2**63:
            raise ValueError("a whole number must fit into 64 bits")
        case list():
            for one in value:
                _storable(one)
        case dict():
            for key, one in value.items():
                _storable(key)
                _storable(one)
    return value


Json = Annotated[JsonValue, AfterValidator(_storable)]
"""Any value in JSON form that every database can keep."""

Severity = Line
"""How bad, on the organisation's own scale: `sev2`, `critical`…"""

Concern = Line
"""What users lack: availability, latency, correctness, freshness, durability, or your own word."""

Confidence = Literal["low", "medium", "high"]

System = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
"""The short name of a source, as in `statuspage:x0ljvc9m1wxj`."""


def _group_name(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,39}", name, re.ASCII):
        raise ValueError("a group's name is a lower case letter and up to 39 more, digits, - or _")
    return name


GroupName = Annotated[str, AfterValidator(_group_name)]
"""The short name of a group of readers; with what leads it, it must fit a PostgreSQL role's."""


class Source(Frozen):
    """Where an imported fact was read.

    `ref` is the source's own id of the incident, `part` that of the piece of it, and
    `revised_at` the source's own time of the revision that was read. `raw_sha256` is the SHA-256
    of the record that it was read from, where that was kept.
    """

    system: System
    ref: Line
    part: Line | None = None
    revised_at: Instant | None = None
    raw_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None


class UsersAffected(Frozen):
    """How many users, as a range, and how that was known."""

    at_least: Annotated[int, Field(ge=0, lt=2**53)] | None = None
    at_most: Annotated[int, Field(ge=0, lt=2**53)] | None = None
    basis: Literal["measured", "estimated", "reported"]

    @model_validator(mode="after")
    def _range(self) -> Self:
        if None not in (self.at_least, self.at_most) and self.at_least > self.at_most:  # type: ignore[operator]
            raise ValueError("at_least is more than at_most")
        return self


def micros(moment: datetime) -> int:
    """Return `moment` as integer microseconds since 1970-01-01 UTC, without rounding."""
    delta = moment - EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def iso(moment: datetime) -> str:
    """Return `moment` in UTC as ISO 8601 of fixed width, so that text sorts as time does."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def parse_instant(text: str, where: str = "") -> datetime:
    """Read an ISO 8601 time with a zone.

    Raises `InvalidInput` for other forms and for times without a zone.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput(
            f"{text!r} is not an ISO 8601 time such as 2026-03-01T14:02:00Z", where
        ) from None
    if moment.tzinfo is None:
        in_utc = f"{text}Z" if len(text) > len("2026-03-01") else f"{text}T00:00Z"
        raise InvalidInput(f"{text!r} has no time zone; write {in_utc} if it is UTC", where)
    try:
        return _in_utc(moment)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(f"{text!r}: {error}", where) from None


@contextmanager
def refusing_invalid(where: str = "") -> Iterator[None]:
    """Turn pydantic's refusal into `InvalidInput` that names the field."""
    try:
        yield
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        place = " ".join(part for part in (where, field) if part)
        raise InvalidInput(_plain(first["type"], first["msg"]), place) from None


def _plain(kind: str, message: str) -> str:
    return {
        "timezone_aware": "the time has no time zone",
        "string_pattern_mismatch": "holds a character that is not allowed here, such as NUL",
        "string_unicode": "holds a lone surrogate, which is no character",
        "extra_forbidden": "no such field",
    }.get(kind, message.removeprefix("Value error, "))
