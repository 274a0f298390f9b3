"""What the audit's text formats share: base64, numbers and hashes, each written one way only."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode

from ...domain.errors import InvalidInput
from ...domain.merkle import DIGEST

MAX_NUMBER = 2**63 - 1
"""The largest size or index that programs in other languages can be trusted to read."""

_NUMBER = re.compile("0|[1-9][0-9]{0,18}")


def base64_of(data: bytes) -> str:
    """Return `data` as base64 (RFC 4648, section 4)."""
    return b64encode(data).decode()


def bytes_of(text: str, where: str) -> bytes:
    """Read base64; raises `InvalidInput` unless it is written as `base64_of` writes it.

    The same bytes could else be written in several ways, so that a changed file would pass.
    """
    try:
        data = b64decode(text)
    except ValueError:
        data = None
    if data is None or base64_of(data) != text:
        raise InvalidInput("this is not base64 as RFC 4648 writes it", where)
    return data


def hash_of(text: str, where: str) -> bytes:
    """Read a SHA-256 in base64; raises `InvalidInput`."""
    digest = bytes_of(text, where)
    if len(digest) != DIGEST:
        raise InvalidInput(f"a hash has {DIGEST} bytes, this has {len(digest)}", where)
    return digest


def number_of(text: str, where: str) -> int:
    """Read a decimal number without sign or leading zeros; raises `InvalidInput`."""
    number = int(text) if _NUMBER.fullmatch(text) else -1
    if not 0 <= number <= MAX_NUMBER:
        raise InvalidInput("this is not a decimal number from 0 to 2^63 - 1", where)
    return number
