"""The wire form of an Alertmanager alert, as far as it is read; other fields are ignored."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from ....domain.values import MAX_TEXT, Line
from ..wire import CamelWire, MaybeLine, MaybeText, MomentOrYearOne

_FNV_OFFSET = 0xCBF29CE484222325
_FNV_PRIME = 0x100000001B3
_SEPARATOR = b"\xff"


def _status(value: object) -> object:
    # In the API's own form it is an object, and whatever is listed there still fires.
    return "firing" if isinstance(value, dict) else value


LabelValue = Annotated[str, StringConstraints(max_length=MAX_TEXT, pattern=r"^[^\x00]*$")]


class Alert(CamelWire):
    """One alert, from a webhook or from the API."""

    labels: dict[Line, LabelValue]
    annotations: dict[str, MaybeText] = Field(default_factory=dict)
    status: Annotated[Literal["firing", "resolved"] | None, BeforeValidator(_status)] = None
    starts_at: MomentOrYearOne = None
    ends_at: MomentOrYearOne = None
    generator_url: MaybeText = Field(None, alias="generatorURL")
    dashboard_url: MaybeText = Field(None, alias="dashboardURL")
    panel_url: MaybeText = Field(None, alias="panelURL")
    given: MaybeLine = Field(None, alias="fingerprint")

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
