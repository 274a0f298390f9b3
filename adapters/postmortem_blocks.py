"""The generated blocks of a postmortem document: found, told from edited ones, and renewed.

The marker that begins a block carries a digest of what stands in it, so that an edit shows. Sixteen
hexadecimal digits are enough for that and keep the line short: two texts have the same by chance
once in 2^64. The digest guards against accidents; whoever can edit a block can edit its digest.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from hashlib import sha256
from itertools import chain
from typing import NamedTuple

from ..domain.errors import InvalidInput
from .postmortem_markers import Marker, marker, markers_in

DIGITS = 16
SETTINGS = "document"
"""The word of the marker that holds the document's settings."""

_BEGIN = re.compile(rf"([a-z-]+) sha256:([0-9a-f]{{{DIGITS}}})")
_NAME = re.compile(r"[a-z-]+")
_LINE_END = re.compile("\r\n|\r|\n")


class Block(NamedTuple):
    """A generated block as it stands in a document."""

    name: str
    line: int
    """Of the marker that begins it, from 1."""
    digest: str
    """What the marker says."""
    digest_at: int
    """Where the digest begins, in characters of the text."""
    start: int
    """Where its content begins."""
    content: str
    ending: str
    """What ends its lines."""


class Renewal(NamedTuple):
    """A document with its blocks brought up to date, and what became of each."""

    text: str
    renewed: tuple[Block, ...]
    kept: tuple[Block, ...]
    """Those that somebody edited, left as they are, with their lines in the new text."""
    unchanged: tuple[Block, ...]


def digest_of(content: str) -> str:
    """Return the digest of a block's content.

    What editors and Git change by themselves does not count: how lines end, white space at their
    ends, empty lines around the whole.
    """
    lines = [line.rstrip(" \t") for line in _LINE_END.split(content)]
    return sha256("\n".join(lines).strip("\n").encode()).hexdigest()[:DIGITS]


def block_text(name: str, content: str) -> str:
    """Return a block between its markers, without an ending of the last line."""
    begin = marker("begin", name, f"sha256:{digest_of(content)}")
    return f"{begin}\n{_inside(content)}{marker('end', name)}"


def blocks_in(text: str, names: Collection[str]) -> list[Block]:
    """Return the blocks of a document in order; the same one may be there more than once.

    Raises `InvalidInput` with the line where a marker cannot be read, names a block that there is
    not, or has no partner.
    """
    return list(_blocks(text, names))


def renewed(text: str, contents: Mapping[str, str], *, force: bool) -> Renewal:
    """Bring the blocks of a document up to date; all else stays as it is, to the character.

    A block that somebody edited stays, too, and so does its digest, which shows the edit again the
    next time; with `force` it is replaced. An edit to what would be generated now is none. Raises
    as `blocks_in` does.
    """
    changed, kept, unchanged = list[Block](), list[int](), list[Block]()
    for place, block in enumerate(blocks_in(text, contents)):
        now, new = digest_of(block.content), digest_of(contents[block.name])
        if now == new == block.digest:
            unchanged.append(block)
        elif now in (new, block.digest) or force:
            changed.append(block)
        else:
            kept.append(place)
    told = "".join(chain.from_iterable(_pieces(text, changed, contents)))
    again = blocks_in(told, contents)  # as lines may lie elsewhere now
    return Renewal(told, tuple(changed), tuple(again[n] for n in kept), tuple(unchanged))


def _pieces(
    text: str, changed: list[Block], contents: Mapping[str, str]
) -> Iterator[tuple[str, ...]]:
    done = 0
    for block in changed:
        content = contents[block.name]
        yield (
            text[done : block.digest_at],
            digest_of(content),
            text[block.digest_at + DIGITS : block.start],
            _inside(content).replace("\n", block.ending),
        )
        done = block.start + len(block.content)
    yield (text[done:],)


def _inside(content: str) -> str:
    """Return what stands between the markers: apart from them, as some renderers need it."""
    return f"\n{content}\n\n"


def _blocks(text: str, names: Collection[str]) -> Iterator[Block]:
    begun: Marker | None = None
    for one in markers_in(text):
        where = f"line {one.line}"
        if one.word == "begin":
            if begun is not None:
                raise InvalidInput(f"{_unended(begun)} before the next one begins", where)
            begun = one
        elif one.word == "end":
            yield _block(text, begun, one, names)
            begun = None
        elif one.word != SETTINGS or begun is not None:
            raise InvalidInput(f"{marker(one.word)} is no marker that belongs here", where)
    if begun is not None:
        raise InvalidInput(f"{_unended(begun)}; restore {_end_of(begun)}", f"line {begun.line}")


def _block(text: str, begun: Marker | None, end: Marker, names: Collection[str]) -> Block:
    where = f"line {end.line}"
    if begun is None:
        raise InvalidInput(
            f"a block ends here that has not begun: {marker('end', end.said)}", where
        )
    said = _BEGIN.fullmatch(begun.said)
    if said is None:
        problem = f"a block's beginning is damaged: {marker('begin', begun.said)}"
        raise InvalidInput(problem, f"line {begun.line}")
    name, digest = said.groups()
    if name not in names:
        raise InvalidInput(unknown_block(name, names), f"line {begun.line}")
    if end.said != name:
        raise InvalidInput(f"{_unended(begun)} where {end.said or 'nothing'} does", where)
    content = text[begun.end : end.start]
    digest_at = begun.said_at + said.start(2)
    return Block(name, begun.line, digest, digest_at, begun.end, content, begun.ending)


def unknown_block(name: str, names: Collection[str]) -> str:
    """Say that there is no such block, and which one may be meant."""
    [*close] = get_close_matches(name, names, n=1)
    meant = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"
    return f"there is no block {name!r}: {meant}"


def _unended(begun: Marker) -> str:
    return f"the block {begun.said.partition(' ')[0]} that begins in line {begun.line} does not end"


def _end_of(begun: Marker) -> str:
    name = _NAME.match(begun.said)
    return marker("end", name[0] if name else "NAME")
