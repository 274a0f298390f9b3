"""The sources at hand to test: each has a folder of samples under its name."""

from pathlib import Path
from zoneinfo import ZoneInfo

from retold.adapters.importers.formats import Format, Options
from retold.adapters.importers.sources import FORMATS

SAMPLES = Path(__file__).parents[1] / "samples"


def sources_at_hand() -> list[str]:
    """Return the names of the sources; each must have samples."""
    return sorted(FORMATS)


def format_and_options(name: str) -> tuple[Format, Options]:
    """Return how to read a source's samples."""
    return FORMATS[name], Options(zone=ZoneInfo("UTC"))


def samples_of(name: str) -> list[str]:
    """Return the sample files of a source, those with malformed records left out."""
    files = sorted((SAMPLES / name).iterdir())
    return [str(file) for file in files if "malformed" not in file.name]
