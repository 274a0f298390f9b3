"""Retold: an embeddable, event-sourced incident timeline store."""

from .adapters.audit.schedule import Checkpoints
from .adapters.opening import open_store
from .adapters.store import Store
from .domain.errors import (
    AuditFailed,
    ConcurrentChange,
    IncidentNotFound,
    InvalidInput,
    RetoldError,
    RuleBroken,
    StorageUnavailable,
    StoreMismatch,
    UnreadableEvent,
)
from .domain.history import Cut, effective_history
from .domain.incident import Incident
from .domain.records import Entry, Recorded

__all__ = [
    "AuditFailed",
    "Checkpoints",
    "ConcurrentChange",
    "Cut",
    "Entry",
    "Incident",
    "IncidentNotFound",
    "InvalidInput",
    "Recorded",
    "RetoldError",
    "RuleBroken",
    "StorageUnavailable",
    "Store",
    "StoreMismatch",
    "UnreadableEvent",
    "effective_history",
    "open_store",
]

__version__ = "0.1.0"
