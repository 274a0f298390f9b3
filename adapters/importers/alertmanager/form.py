"""The wire form of an Alertmanager alert, as far as it is read; other fields are ignored."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from ....domain.values import MAX_TEXT, Instant, Line, Text, parse_instant

_NO_TIME = "0001-"
"""How Go writes that there is no time."""

_FNV_OFFSET = 0xCBF29CE484222325
_FNV_PRIME = 0x100000001B3
_SEPARATOR = b"\xff"


def _instant(value: object) -> datetime | None:
    if value is None or value == "" or (isinstance(value, str) and value.startswith(_NO_TIME)):
        return None
    if not isinstance(value, str):
        raise ValueError("expected an ISO 8601 time")  # noqa: TRY004 - pydantic collects these
    return parse_instant(value)


def _status(value: object) -> object:
    # In the API's own form it is an object, and whatever is listed there still fires.
    return "firing" if isinstance(value, dict) else value


Moment = Annotated[Instant | None, BeforeValidator(_instant)]
LabelValue = Annotated[str, StringConstraints(max_length=MAX_TEXT, pattern=r"^[^\x00]*$")]
Words = Annotated[Text | None, BeforeValidator(lambda text: text or None)]


class Alert(BaseModel):
    """One alert, from a webhook or from the API."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, alias_generator=to_camel)

    labels: dict[Line, LabelValue]
    annotations: dict[str, Words] = {}
    status: Annotated[Literal["firing", "resolved"] | None, BeforeValidator(_status)] = None
    starts_at: Moment = None
    ends_at: Moment = None
    generator_url: Words = Field(None, alias="generatorURL")
    dashboard_url: Words = Field(None, alias="dashboardURL")
    panel_url: Words = Field(None, alias="panelURL")
    given: Annotated[Line | None, BeforeValidator(lambda text: text or None)] = Field(
        None, alias="fingerprint"
    )

    @property
    def fingerprint(self) -> str:
        """What is the same for all alerts with these labels."""
        return self.given or fingerprint(self.labels)

    def annotation(self, *names: str) -> str | None:
        """Return the first annotation of these names that is there."""
        return next(filter(None, (self.annotations.get(name) for name in names)), None)

    def label(self, *names: str) -> str | None:
        """Return the first label of these names that is there."""
        return next(filter(None, (self.labels.get(name) for name in names)), None)


def fingerprint(labels: dict[str, str]) -> str:
    """Return the hash of labels that Alertmanager itself makes: FNV-1a of 64 bits."""
    pairs = sorted((name.encode(), value.encode()) for name, value in labels.items())
    text = b"".join(part + _SEPARATOR for pair in pairs for part in pair)
    number = _FNV_OFFSET
    for byte in text:
        number = (number ^ byte) * _FNV_PRIME % 2**64
    return f"{number:016x}"


def alerts_of(raw: dict[str, Any]) -> list[Any]:
    """Return the alerts of a webhook's document, or the one alert that it is."""
    listed = raw.get("alerts")
    return listed if isinstance(listed, list) else [raw]
