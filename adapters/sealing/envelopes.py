"""One value in an envelope: AES-256-GCM, bound to its incident, version and field.

An envelope is `{"sealed": 1, "kid": …, "nonce": …, "ct": …}`: the id of its key, a fresh 96-bit
nonce, and the value's JSON text encrypted with its 128-bit tag behind it, both in base64 (NIST SP
800-38D; RFC 4648). What else it is bound to is the additional authenticated data.
"""

from __future__ import annotations

import base64
import secrets
from typing import Any
from uuid import UUID

from pydantic_core import from_json, to_json

from ...domain.personal import Path
from .keys import Key

NONCE_BYTES = 12
MARK = b'"sealed":'
"""Stands in every stored event that holds an envelope, and in no other but by rare chance."""


class Bound:
    """What an envelope is bound to, so that it opens in its own place only."""

    def __init__(self, incident: str, version: int) -> None:
        """Begin with the event's incident and version."""
        self._event = f"{incident}|{version}|"

    def to(self, path: Path) -> bytes:
        """Return the additional authenticated data of a field."""
        return (self._event + field_of(path)).encode()


def field_of(path: Path) -> str:
    """Write a path with dots, as in `event.links.0`."""
    return ".".join(map(str, path))


def sealed(value: object, key: Key, bound_to: bytes) -> dict[str, Any]:
    """Return a value in an envelope; the key must have its secret."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    ciphertext = _cipher(key).encrypt(nonce, to_json(value), bound_to)
    return {
        "sealed": 1,
        "kid": str(key.kid),
        "nonce": base64.b64encode(nonce).decode(),
        "ct": base64.b64encode(ciphertext).decode(),
    }


def is_envelope(value: object) -> bool:
    """Tell whether a value in JSON form is an envelope, whatever it holds."""
    return isinstance(value, dict) and value.keys() == {"sealed", "kid", "nonce", "ct"}


def kid_of(envelope: dict[str, Any]) -> UUID:
    """Return the id of an envelope's key; raises `ValueError` where it is damaged."""
    if envelope["sealed"] != 1:
        raise ValueError("a newer Retold sealed it; upgrade")
    return UUID(str(envelope["kid"]))


def opened(envelope: dict[str, Any], key: Key, bound_to: bytes) -> Any:
    """Return the value of an envelope; the key must have its secret.

    Raises `ValueError` where it is damaged, or comes from another place.
    """
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - an extra

    try:
        nonce, ciphertext = (
            base64.b64decode(envelope[part], validate=True) for part in ("nonce", "ct")
        )
        return from_json(_cipher(key).decrypt(nonce, ciphertext, bound_to))
    except InvalidTag:
        raise ValueError("its envelope is damaged, or was taken from another place") from None
    except TypeError as error:
        raise ValueError(f"its envelope is damaged: {error}") from None


def _cipher(key: Key) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - an extra

    if key.secret is None:
        raise ValueError("the key was destroyed")
    return AESGCM(key.secret)
