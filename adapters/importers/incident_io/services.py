"""Which services an incident.io incident affects, as its custom fields name them."""

from __future__ import annotations

from .form import Incident

SERVICE_FIELDS = frozenset(
    f"{which}{word}" for which in ("", "affected ", "impacted ") for word in ("service", "services")
)
"""Names of custom fields that list the services which an incident affects."""


def services(incident: Incident) -> tuple[str, ...]:
    """Return what the custom fields for affected services name, in alphabetical order."""
    named = [
        value.name
        for entry in incident.custom_field_entries or ()
        if entry.custom_field.name.strip().casefold() in SERVICE_FIELDS
        for value in entry.values
    ]
    return tuple(sorted({name for name in named if name}))
