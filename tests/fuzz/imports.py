"""Fuzzes the importers: whatever the bytes, a record is taken, skipped or rejected.

Needs `pip install atheris`. Then `python tests/fuzz/imports.py SOURCE FOLDER -max_total_time=60`
fuzzes one source, or `all`; a mapping file as SOURCE fuzzes tables read by it. FOLDER holds what
was found interesting, and goes on growing: begin with a copy of the source's samples. What begins
with `-` are libFuzzer's options.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import atheris

with atheris.instrument_imports(include=["retold.adapters.importers", "json", "csv"]):
    from retold.adapters.importers.batches import Taken, append_batch
    from retold.adapters.importers.formats import Format, Options
    from retold.adapters.importers.reading.csv_records import csv_records
    from retold.adapters.importers.reading.json_records import json_records
    from retold.adapters.importers.reading.records import Record
    from retold.adapters.importers.sources import FORMATS, format_mapped
    from retold.adapters.importers.tellings import Skipped

from retold import open_store
from retold.domain.errors import InvalidInput

OPTIONS = Options(zone=ZoneInfo("UTC"))


def found(data: bytes, chosen: Format) -> Iterator[Record]:
    """Yield the records of the bytes, read as a file of that format is."""
    raw = io.BytesIO(data)
    if chosen.takes_tables and data[:1] not in (b"{", b"["):
        yield from csv_records("fuzzed", raw)
    else:
        yield from json_records("fuzzed", raw, chosen.lists, at_once=2_000)


def take(data: bytes, chosen: Format) -> None:
    """Take what the bytes tell again and again: soon that must bring nothing new."""
    taken = []
    for record in found(data, chosen):
        chosen.recognises(record)
        if record.problem is not None:
            continue
        try:
            told = chosen.read(record, OPTIONS)
        except InvalidInput:
            continue
        if not isinstance(told, Skipped):
            taken.append(Taken(record, told))
    with open_store("memory:") as store:
        rounds = (append_batch(store, taken, chosen.infer, keep_raw=True) for _ in range(4))
        assert any(not appended.entries for appended in rounds), "it never settles"


def main() -> None:
    """Fuzz the source that the first argument names."""
    name = sys.argv.pop(1)
    if name == "all":
        chosen = list(FORMATS.values())
    else:
        chosen = [format_mapped(name) if name.endswith(".toml") else FORMATS[name]]

    def one_input(data: bytes) -> None:
        for one in chosen:
            take(data, one)

    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
