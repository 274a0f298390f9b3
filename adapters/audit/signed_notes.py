"""Signed notes, texts with signatures below, as https://c2sp.org/signed-note defines them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ...domain.errors import AuditFailed, InvalidInput
from .keys import SigningKey, VerifierKey, is_key_name
from .lines import base64_of, bytes_of

MAX_NOTE = 1_000_000
"""Characters in a note that is read."""

MAX_SIGNATURES = 100
"""Signatures in a note that is read; the specification asks for at least 16."""

_DASH = "\u2014 "
_KEY_ID = 4


class Signature(NamedTuple):
    """One line below a note: who signed it by which key, and the signature."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {base64_of(self.key_id + self.signature)}\n"


class SignedNote(NamedTuple):
    """A text, which ends in a newline, and what it is signed with; `str` writes it.

    Whoever reads one knows nothing of who wrote the text: `opened_note` does.
    """

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parsed(cls, note: str) -> SignedNote:
        """Read a note; raises `InvalidInput` unless its form is exactly the specified one."""
        _check_characters(note)
        text, blank, below = note.rpartition("\n\n")
        if not blank or not below.endswith("\n"):
            raise InvalidInput("no signatures below a blank line, each on a line", "note")
        lines = below[:-1].split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise InvalidInput(f"more than {MAX_SIGNATURES} signatures", "note")
        return cls(f"{text}\n", tuple(map(_signature, lines)))

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(map(str, self.signatures))}"


class OpenedNote(NamedTuple):
    """A text, and those of the known keys that signed it, at least one."""

    text: str
    signers: tuple[VerifierKey, ...]


def signed_note(text: str, keys: Sequence[SigningKey]) -> str:
    """Return `text`, which must end in a newline, signed with each of the keys.

    Raises `InvalidInput` for a text that no note can hold, and without a key.
    """
    _check_characters(text)
    if not text.endswith("\n"):
        raise InvalidInput("the text must end in a newline", "note")
    if not keys:
        raise InvalidInput("a note needs a key that signs it", "note")
    return str(SignedNote(text, tuple(_signed(text, key) for key in keys)))


def opened_note(note: str, vkeys: Sequence[VerifierKey]) -> OpenedNote:
    """Return the text and which of `vkeys` signed it; signatures of other keys are ignored.

    Raises `InvalidInput` for what is no note. Raises `AuditFailed` if none of the keys signed
    it, or if a signature that names one of them is not that key's.
    """
    text, signatures = SignedNote.parsed(note)
    signers = []
    for name, key_id, signature in signatures:
        for vkey in vkeys:
            if (vkey.name, vkey.key_id) != (name, key_id):
                continue
            if not vkey.verifies(text, signature):
                named = f"{name}+{key_id.hex()}"
                raise AuditFailed(f"the signature of {named} is not of this text: it was changed")
            signers.append(vkey)
    if not signers:
        given = ", ".join(f"{vkey.name}+{vkey.key_id.hex()}" for vkey in vkeys)
        raise AuditFailed(f"no given key signed this note; given: {given or 'none'}")
    return OpenedNote(text, tuple(dict.fromkeys(signers)))


def _signed(text: str, key: SigningKey) -> Signature:
    return Signature(key.name, key.vkey.key_id, key.sign(text))


def _signature(line: str) -> Signature:
    where = "signature line"
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not is_key_name(name):
        raise InvalidInput("this does not read '\u2014 NAME BASE64'", where)
    signature = bytes_of(encoded, where)
    if len(signature) <= _KEY_ID:
        raise InvalidInput("this is too short for a signature", where)
    return Signature(name, signature[:_KEY_ID], signature[_KEY_ID:])


def _check_characters(note: str) -> None:
    if len(note) > MAX_NOTE:
        raise InvalidInput(f"longer than {MAX_NOTE} characters", "note")
    try:
        note.encode()
    except UnicodeEncodeError:
        raise InvalidInput("holds what UTF-8 cannot write", "note") from None
    if any(character < " " and character != "\n" for character in note):
        raise InvalidInput("holds a control character", "note")
