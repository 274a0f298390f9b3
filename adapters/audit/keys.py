"""Ed25519 keys, written as Go's `golang.org/x/mod/sumdb/note` and C2SP signed-note write them."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from types import ModuleType
from typing import NamedTuple

from ...domain.errors import InvalidInput
from .lines import base64_of, bytes_of

_ED25519 = b"\x01"
_KEY = 32
_KEY_ID = 4
_PRIVATE = "PRIVATE+KEY+"


def is_key_name(name: str) -> bool:
    """Tell whether signed notes allow the name: not empty, no Unicode space, no plus sign."""
    return bool(name) and "+" not in name and not any(map(str.isspace, name))


class VerifierKey(NamedTuple):
    """A public key and its name; `str` writes it as a vkey, `NAME+HASH+BASE64`.

    The format is that of https://c2sp.org/signed-note, section "Verifier keys".
    """

    name: str
    public: bytes

    @classmethod
    def parsed(cls, text: str, where: str = "verifier key") -> VerifierKey:
        """Read a vkey; raises `InvalidInput` unless its hash is that of its name and key."""
        if text.startswith(_PRIVATE):
            raise InvalidInput("this is a private key; checking needs the public one", where)
        name, key_hash, public = _parts(text, "NAME+HASH+BASE64", where)
        key = cls(name, public)
        _check_hash(key, key_hash, where)
        return key

    @property
    def key_id(self) -> bytes:
        """The four bytes that tell keys of one name apart."""
        named = self.name.encode() + b"\n" + _ED25519 + self.public
        return sha256(named).digest()[:_KEY_ID]

    def verifies(self, text: str, signature: bytes) -> bool:
        """Tell whether the signature over `text` is this key's."""
        key = _ed25519().Ed25519PublicKey.from_public_bytes(self.public)
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - an extra

        try:
            key.verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64_of(_ED25519 + self.public)}"


@dataclass(frozen=True)
class SigningKey:
    """A private key and its name, which is the origin of the log whose checkpoints it signs."""

    name: str
    seed: bytes = field(repr=False)

    @classmethod
    def generated(cls, name: str) -> SigningKey:
        """Return a new key; raises `InvalidInput` for a name that keys cannot have."""
        _check_name(name, "name")
        return cls(name, _ed25519().Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parsed(cls, text: str, where: str = "private key") -> SigningKey:
        """Read a key written by `secret_text`; raises `InvalidInput`, which never shows it."""
        if not text.startswith(_PRIVATE):
            raise InvalidInput(f"a private key begins with {_PRIVATE}", where)
        wanted = f"{_PRIVATE}NAME+HASH+BASE64"
        name, key_hash, seed = _parts(text.removeprefix(_PRIVATE), wanted, where)
        key = cls(name, seed)
        _check_hash(key.vkey, key_hash, where)
        return key

    @property
    def vkey(self) -> VerifierKey:
        """The public key, by which others check what this one signed."""
        key = _ed25519().Ed25519PrivateKey.from_private_bytes(self.seed)
        return VerifierKey(self.name, key.public_key().public_bytes_raw())

    @property
    def secret_text(self) -> str:
        """The key as its file holds it: `PRIVATE+KEY+NAME+HASH+BASE64`."""
        private = base64_of(_ED25519 + self.seed)
        return f"{_PRIVATE}{self.name}+{self.vkey.key_id.hex()}+{private}"

    def sign(self, text: str) -> bytes:
        """Return the 64 bytes of the signature over `text`, always the same ones."""
        key = _ed25519().Ed25519PrivateKey.from_private_bytes(self.seed)
        return bytes(key.sign(text.encode()))


def _parts(text: str, wanted: str, where: str) -> tuple[str, str, bytes]:
    """Return the name, the hash and the 32 bytes of an Ed25519 key."""
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise InvalidInput(f"a key reads {wanted}", where)
    name, key_hash, encoded = parts
    _check_name(name, where)
    key = bytes_of(encoded, where)
    if key[:1] != _ED25519 or len(key) != 1 + _KEY:
        raise InvalidInput("this is no Ed25519 key, the only kind that Retold uses", where)
    return name, key_hash, key[1:]


def _check_hash(key: VerifierKey, key_hash: str, where: str) -> None:
    if key.key_id.hex() != key_hash:
        raise InvalidInput("the hash is not that of name and key; a character is wrong", where)


def _check_name(name: str, where: str) -> None:
    if not is_key_name(name) or not name.isprintable():
        problem = "is no name for a key; take one such as example.com/incidents"
        raise InvalidInput(
            f"{name!r} {problem}, without spaces, plus signs and control characters", where
        )


def _ed25519() -> ModuleType:
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - an extra
    except ImportError:
        raise InvalidInput(
            "signatures need the extra 'audit': pip install 'retold[audit]'"
        ) from None
    return ed25519
