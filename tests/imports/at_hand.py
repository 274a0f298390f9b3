"""The sources at hand to test: each has a folder of samples under its name.

Tables have one folder for each mapping: `csv/NAME`, with the mapping in it.
"""

from pathlib import Path
from zoneinfo import ZoneInfo

from retold.adapters.importers.formats import Format, Options
from retold.adapters.importers.sources import FORMATS, format_mapped
from retold.adapters.importers.tables.format import SYSTEM as TABLES

SAMPLES = Path(__file__).parents[1] / "samples"


def sources_at_hand() -> list[str]:
    """Return the names of the sources; each must have samples."""
    tables = [f"{TABLES}/{folder.name}" for folder in (SAMPLES / TABLES).iterdir()]
    return sorted({*FORMATS, *tables} - {TABLES})


def format_and_options(name: str) -> tuple[Format, Options]:
    """Return how to read a source's samples."""
    mapping = SAMPLES / name / "mapping.toml"
    chosen = format_mapped(mapping) if name.startswith(f"{TABLES}/") else FORMATS[name]
    has_zone = mapping.exists() and "zone = " in mapping.read_text()
    return chosen, Options(zone=None if has_zone else ZoneInfo("UTC"))


def samples_of(name: str) -> list[str]:
    """Return the sample files of a source, those with malformed records left out."""
    files = sorted((SAMPLES / name).iterdir())
    return [str(one) for one in files if "malformed" not in one.name and one.suffix != ".toml"]
