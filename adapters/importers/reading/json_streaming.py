"""A JSON document of any size, item by item."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from json import JSONDecodeError
from typing import Any, BinaryIO

from ....domain.errors import InvalidInput
from .json_parsing import DECODER
from .records import Place, Record, is_one

_SPACE = re.compile(r"[ \t\r\n]*")


class LongDocument:
    """A document too long to be read at once, as a window on its text that moves along."""

    def __init__(self, file: str, head: bytes, raw: BinaryIO, at_once: int) -> None:
        self._file = file
        self._raw = raw
        self._at_once = at_once
        self._undecoded = head
        self._text = ""
        self._at = 0

    def records(self, lists: tuple[str, ...]) -> Iterator[Record]:
        """Yield the records of the list that it is, or of the lists in the object that it is."""
        try:
            self._more(first=True)
            if self._next() == "{":
                yield from self._members(lists)
            else:
                yield from self._items("", {})
            self._take("")
        except InvalidInput as error:
            yield Record(Place(self._file), None, problem=f"cannot be read on: {error.problem}")

    def _members(self, lists: tuple[str, ...]) -> Iterator[Record]:
        context: dict[str, Any] = {}
        was_listed = False
        self._take("{")
        while self._next() != "}":
            key = str(self._value())
            self._take(":")
            if key in lists and self._next() == "[" and not is_one(context):
                was_listed = True
                yield from self._items(key, context)
            else:
                context[key] = self._value()
                if was_listed and (isinstance(context[key], dict) or is_one({key: None})):
                    raise InvalidInput(f"{key!r} stands behind a long list: put it before")
            if self._next() == ",":
                self._take(",")
        self._take("}")
        if is_one(context) and not was_listed:
            raise InvalidInput(f"a record is longer than {self._at_once} characters")
        if not was_listed:
            raise InvalidInput(f"holds none of {', '.join(lists)}")

    def _items(self, key: str, context: dict[str, Any]) -> Iterator[Record]:
        self._take("[")
        for index in count():
            if self._next() == "]":
                break
            yield Record(Place(self._file, None, key, index), self._value(), key, context)
            if self._next() != "]":
                self._take(",")
        self._take("]")

    def _next(self) -> str:
        while True:
            self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr] # "" fits
            if self._at < len(self._text) or not self._more():
                return self._text[self._at : self._at + 1]

    def _take(self, sign: str) -> None:
        """Step over a sign, which must come next; none is the end."""
        found = self._next()
        if found != sign:
            expected = sign or "the end"
            raise InvalidInput(f"no JSON: {found or 'the end'} where {expected} is expected")
        self._at += len(sign)

    def _value(self) -> Any:
        self._next()
        while True:
            try:
                value, end = DECODER.raw_decode(self._text, self._at)
            except JSONDecodeError as error:
                if not self._more():
                    raise InvalidInput(f"no JSON: {error.msg}") from None
            except (ValueError, RecursionError) as error:
                raise InvalidInput(f"no JSON: {error}") from None
            else:
                # At the end of the window a number may go on behind it.
                if end == len(self._text) and self._more():
                    continue
                self._at = end
                return value

    def _more(self, *, first: bool = False) -> bool:
        """Move the window on; tell whether there was more."""
        waiting = len(self._text) - self._at
        if waiting > self._at_once:
            raise InvalidInput(f"a record is longer than {self._at_once} characters, or no JSON")
        read = b"" if first else self._raw.read(max(min(65_536, self._at_once), waiting))
        if not read and not first:
            return False
        data, self._undecoded = self._undecoded + read, b""
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            if error.end < len(data) or error.reason != "unexpected end of data":
                raise InvalidInput(f"no JSON: not UTF-8 ({error.reason})") from None
            text, self._undecoded = data[: error.start].decode(), data[error.start :]
        if first:
            text = text.removeprefix("\ufeff")
        self._text, self._at = self._text[self._at :] + text, 0
        return True
