"""What a store remembers of measures, so that no name ever comes to mean something else."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from ..domain.errors import InvalidInput, StorageUnavailable
from ..projections.built_in import BY_NAME
from ..projections.measure_file import measures_from
from ..projections.measures import Measure
from .backend import Backend


def read_measures(file: str | Path) -> tuple[Measure, ...]:
    """Read measures from a TOML file; raises `InvalidInput` with file, line and reason."""
    try:
        text = Path(file).read_text("utf-8")
    except (OSError, UnicodeError) as error:
        raise InvalidInput(f"cannot be read: {error}", str(file)) from None
    measures = measures_from(text, str(file))
    for measure in measures:
        if measure.name in BY_NAME:
            raise InvalidInput(
                f"measures.{measure.name} is built in: choose another name", str(file)
            )
    return measures


def define(backend: Backend, measures: Sequence[Measure]) -> None:
    """Let the store remember measures; raises `InvalidInput` if it knows one otherwise.

    A store that cannot be written remembers nothing new, and refuses all the same.
    """
    known = backend.definitions()
    new = {}
    for measure in measures:
        key, definition = (measure.name, measure.version), measure.model_dump_json()
        if known.setdefault(key, definition) != definition:
            raise InvalidInput(
                f"this store has used another definition of {measure.name} version"
                f" {measure.version}: give the new one another version; it was {known[key]}"
            )
        new[key] = definition
    with suppress(StorageUnavailable):
        backend.define(new)
