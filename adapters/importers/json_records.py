"""JSON documents and JSON Lines of any size, record by record."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import count
from json import JSONDecodeError
from typing import Any, BinaryIO, NoReturn

from ...domain.errors import InvalidInput
from .records import Place, Record, records_of
from .text_lines import MAX_RECORD, lines


def json_records(file: str, raw: BinaryIO, lists: tuple[str, ...]) -> Iterator[Record]:
    """Yield the records of a JSON document, or of JSON Lines of documents.

    What takes up to 16 MiB, a document or a line, is read at once; a longer document is read
    item by item, so that memory does not grow with it.
    """
    head = raw.read(MAX_RECORD)
    rest = raw.read(1)
    document = Record(Place(file), None) if rest else _parsed_record(Place(file, 1), head)
    if not rest and document.problem is None:
        yield from records_of(document.raw, document.place, lists)
    elif _is_json(head.partition(b"\n")[0]) or (not rest and _has_good_line(head)):
        for number, line in lines(head + rest, raw):
            yield from _of_line(Place(file, number), line, lists)
    elif rest:
        yield from _Streamed(file, head + rest, raw).records(lists)
    else:
        yield document._replace(place=Place(file), raw=None)


def parsed(text: bytes | str) -> Any:
    """Parse JSON strictly: no NaN, no key twice, no bottomless nesting; raises `ValueError`."""
    if isinstance(text, bytes):
        text = text.decode("utf-8-sig")
    try:
        return _DECODER.decode(text)
    except JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"{error.msg} at {where}") from None
    except RecursionError:
        raise ValueError("nested too deep") from None


def _of_line(place: Place, line: bytes, lists: tuple[str, ...]) -> Iterator[Record]:
    if not line.strip():
        return
    record = _parsed_record(place, line)
    if record.problem is None:
        yield from records_of(record.raw, place, lists)
    else:
        yield record


def _parsed_record(place: Place, text: bytes) -> Record:
    try:
        return Record(place, _unwrapped(parsed(text)))
    except ValueError as error:
        return Record(place, text.decode(errors="replace"), problem=f"no JSON: {error}")


def _unwrapped(document: Any) -> Any:
    match document:
        case {"rejected": {}, "text": str(text)}:  # a reject that was no JSON, mended by now
            return parsed(text)
        case _:
            return document


def _is_json(text: bytes) -> bool:
    return _parsed_record(Place(""), text).problem is None


def _has_good_line(text: bytes) -> bool:
    # A damaged line among good ones is one rejection; a damaged document is one as well.
    return any(line.lstrip()[:1] in (b"{", b"[") and _is_json(line) for line in text.splitlines())


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice!r} stands twice in one object")
    return found


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, object_pairs_hook=_each_once)


_SPACE = re.compile(r"[ \t\r\n]*")


class _Streamed:
    """A document too long to be read at once, as a window on its text that moves along."""

    def __init__(self, file: str, head: bytes, raw: BinaryIO) -> None:
        self._file = file
        self._raw = raw
        self._undecoded = head
        self._text = ""
        self._at = 0
        self._more(first=True)

    def records(self, lists: tuple[str, ...]) -> Iterator[Record]:
        """Yield the records of the list that it is, or of the lists in the object that it is."""
        try:
            if self._next() == "{":
                yield from self._members(lists)
            else:
                yield from self._items("", {})
        except InvalidInput as error:
            yield Record(Place(self._file), None, problem=f"cannot be read on: {error.problem}")

    def _members(self, lists: tuple[str, ...]) -> Iterator[Record]:
        context: dict[str, Any] = {}
        was_listed = False
        self._take("{")
        while self._next() != "}":
            key = str(self._value())
            self._take(":")
            if key in lists and self._next() == "[":
                was_listed = True
                yield from self._items(key, context)
            else:
                context[key] = self._value()
                if was_listed and isinstance(context[key], dict):
                    raise InvalidInput(f"{key!r} stands behind a long list: put it before")
            if self._next() == ",":
                self._take(",")
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
        found = self._next()
        if found != sign:
            raise InvalidInput(f"no JSON: {found or 'the end'} where {sign} is expected")
        self._at += 1

    def _value(self) -> Any:
        self._next()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
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
        if waiting > MAX_RECORD:
            raise InvalidInput(f"a record is longer than {MAX_RECORD} characters, or no JSON")
        read = b"" if first else self._raw.read(max(65_536, waiting))
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
