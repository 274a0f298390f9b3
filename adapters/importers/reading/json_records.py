"""JSON documents and JSON Lines of any size, record by record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from .json_parsing import parsed
from .json_streaming import LongDocument
from .records import Place, Record, records_of
from .text_lines import MAX_RECORD, lines


def json_records(
    file: str, raw: BinaryIO, lists: tuple[str, ...], at_once: int = MAX_RECORD
) -> Iterator[Record]:
    """Yield the records of a JSON document, or of JSON Lines of documents.

    What takes up to `at_once` bytes, a document or a line, is read at once; a longer document is
    read item by item, so that memory does not grow with it.
    """
    head = raw.read(at_once)
    if not head.strip():
        return  # an empty export, such as of an empty store
    rest = raw.read(1)
    document = Record(Place(file), None) if rest else _parsed_record(Place(file, 1), head)
    if not rest and document.problem is None:
        yield from records_of(document.raw, document.place, lists)
    elif _begins_with_lines(head) if rest else _has_good_line(head):
        for number, line in lines(head + rest, raw, at_once):
            yield from _of_line(Place(file, number), line, lists)
    elif rest:
        yield from LongDocument(file, head + rest, raw, at_once).records(lists)
    else:
        yield document._replace(place=Place(file), raw=None)


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


def _begins_with_lines(head: bytes) -> bool:
    """Tell whether the first lines are JSON each on its own; one of three may be damaged."""
    first = [line for line in head.split(b"\n", 10)[:10] if line.strip()][:3]
    good = [_is_json_line(line) for line in first]
    return good[:1] == [True] or sum(good) > 1


def _has_good_line(text: bytes) -> bool:
    # A damaged line among good ones is one rejection; a damaged document is one as well.
    return any(map(_is_json_line, text.splitlines()))


def _is_json_line(line: bytes) -> bool:
    begins = line.lstrip()[:1] in (b"{", b"[")
    return begins and _parsed_record(Place(""), line).problem is None
