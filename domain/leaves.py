"""What the audit's tree says of one event: the entry of its leaf, version 1 of the form.

The entry is of nearly constant length and commits to the state by its hash, so that whoever checks
it needs neither the keys to what is sealed in the state nor the state itself.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from .errors import InvalidInput
from .merkle import leaf_hash
from .records import StoredRow

HEADER = b"retold/event/v1\n"
_NUMBER = struct.Struct(">Q")
_LENGTH = struct.Struct(">I")


class LeafEntry(NamedTuple):
    """One event as its leaf commits to it.

    `HEADER`, then as big-endian numbers and texts in UTF-8: position (64 bits), incident id,
    version (64 bits), kind, `recorded_at` (ISO 8601 in UTC), each text behind its length in bytes
    (32 bits); then the SHA-256 of the stored state.
    """

    position: int
    incident: str
    """The incident's id."""
    version: int
    kind: str
    recorded_at: str
    state_sha256: bytes

    def encoded(self) -> bytes:
        """Return the bytes of the entry, whose leaf hash is in the tree."""
        return encoded(*self)

    @classmethod
    def decoded(cls, entry: bytes) -> LeafEntry:
        """Read an entry; raises `InvalidInput` unless these are the bytes of exactly one."""
        at = len(HEADER)
        try:
            (position,), at = _NUMBER.unpack_from(entry, at), at + _NUMBER.size
            incident, at = _text(entry, at)
            (version,), at = _NUMBER.unpack_from(entry, at), at + _NUMBER.size
            kind, at = _text(entry, at)
            recorded_at, at = _text(entry, at)
        except (struct.error, ValueError) as error:
            raise InvalidInput(f"this is no leaf entry of version 1: {error}", "entry") from None
        found = cls(position, incident, version, kind, recorded_at, entry[at:])
        if found.encoded() != entry or len(found.state_sha256) != sha256().digest_size:
            raise InvalidInput("this is no leaf entry of version 1", "entry")
        return found


def encoded(  # noqa: PLR0917 - the fields in their order
    position: int, incident: str, version: int, kind: str, recorded_at: str, state_sha256: bytes
) -> bytes:
    """Return the bytes of the entry of these fields."""
    incident_, kind_, recorded_at_ = incident.encode(), kind.encode(), recorded_at.encode()
    lengths = len(incident_), len(kind_), len(recorded_at_)
    return _form(*lengths).pack(
        HEADER, position, lengths[0], incident_, version, lengths[1], kind_, lengths[2],
        recorded_at_, state_sha256,
    )  # fmt: skip


@lru_cache(maxsize=256)
def _form(incident: int, kind: int, recorded_at: int) -> struct.Struct:
    """Return the form of an entry whose texts are so long in bytes."""
    return struct.Struct(f">{len(HEADER)}sQI{incident}sQI{kind}sI{recorded_at}s32s")


def entry_of(row: StoredRow) -> LeafEntry:
    """Return the entry that commits to a row of the log."""
    position, incident, version, kind, state, recorded_at = row
    return LeafEntry(position, incident, version, kind, recorded_at, sha256(state).digest())


def leaf_of(row: StoredRow) -> bytes:
    """Return the leaf hash of a row of the log."""
    position, incident, version, kind, state, recorded_at = row
    state_sha256 = sha256(state).digest()
    return leaf_hash(encoded(position, incident, version, kind, recorded_at, state_sha256))


def _text(entry: bytes, at: int) -> tuple[str, int]:
    """Return the text behind its length at that place, and the place behind it."""
    (length,) = _LENGTH.unpack_from(entry, at)
    begin = at + _LENGTH.size
    return entry[begin : begin + length].decode(), begin + length
