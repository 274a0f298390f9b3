"""Stores with keys, and what there is in them to erase."""

from datetime import UTC, datetime
from uuid import UUID

from retold import (
    Incident,
    Store,
)
from retold.adapters.sealing.sealed import Sealed
from retold.domain.events import PersonalDataErased

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def told(store: Store, who: str = "anastasia") -> UUID:
    incident_id = store.detect("Checkout fails", by="bob", services=("checkout",)).incident_id
    store.record(incident_id, Incident.acknowledge, by=who)
    store.record(incident_id, Incident.assign_role, by="bob", role="commander", holder=who)
    store.record(incident_id, Incident.assess, by="bob", assessor=who.upper(),
                 severity="sev1", basis="payments are down")  # fmt: skip
    store.record(incident_id, Incident.note, by="bob", text="the pool is exhausted")
    return incident_id


def sealed(store: Store) -> Sealed:
    assert isinstance(store.backend, Sealed)
    return store.backend


def whys(store: Store, incident_id: UUID) -> list[str]:
    return [one.event.why for one in store.recorded(incident_id)
            if isinstance(one.event, PersonalDataErased)]  # fmt: skip


def agree(store: Store) -> bool:
    """Tell whether the views are what a replay gives."""
    return all(
        store.status(one.incident.incident_id) == one.incident
        and store.durations(one.incident.incident_id) == one.durations
        for one in store.replay()
    )
