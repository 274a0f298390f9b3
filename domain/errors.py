"""Everything that can go wrong, as one tree sorted by what the caller can do about it.

::

    RetoldError
    ├── RuleBroken          the decision is not allowed now: look at the incident, decide again
    ├── InvalidInput        the input can never be accepted: mend it, `where` says which part
    ├── IncidentNotFound    no such incident or event: check the reference
    ├── ConcurrentChange    somebody else wrote first: read again, decide again
    ├── UnreadableEvent     the log holds what this version cannot read: upgrade, or investigate
    ├── StorageUnavailable  the database cannot be reached or written now: try again later
    ├── StoreMismatch       the database is not a store this version may use: `str(error)` says why
    └── AuditFailed         the history does not prove what it should: keep it and investigate
"""


class RetoldError(Exception):
    """The root of every error that Retold raises on purpose."""


class RuleBroken(RetoldError):
    """A live decision that the incident's present state does not allow."""


class InvalidInput(RetoldError, ValueError):
    """Input that can never be accepted as it is.

    `where` names the file, line or field as far as it is known.
    """

    def __init__(self, problem: str, where: str = "") -> None:
        super().__init__(f"{where}: {problem}" if where else problem)
        self.problem = problem
        self.where = where


class IncidentNotFound(RetoldError, LookupError):
    """No incident or event answers to the reference."""


class ConcurrentChange(RetoldError):
    """Another writer appended to the incident first; nothing of this append was stored."""


class UnreadableEvent(RetoldError):
    """A stored event of unknown kind, newer shape or damaged bytes, at `position` in the log."""

    def __init__(self, position: int, problem: str) -> None:
        super().__init__(f"event at position {position} cannot be read: {problem}")
        self.position = position


class StorageUnavailable(RetoldError):
    """The database did not answer, is locked, read-only or full.

    An append that raises this may or may not have been stored: append again with the same
    event ids, which is a success that changes nothing where it was.
    """


class StoreMismatch(RetoldError):
    """The database is not a Retold store, is of another schema version, or is set up unsafely."""


class AuditFailed(RetoldError):
    """History does not agree with its proof, or a view does not agree with history."""
