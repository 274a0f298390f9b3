"""A log as evidence: a folder that an auditor checks without our database and our program."""

from __future__ import annotations

import json
import os
import shutil
from base64 import b64encode
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from tempfile import mkdtemp

from jinja2 import Environment, StrictUndefined

from ...domain.errors import AuditFailed, InvalidInput
from ...domain.leaves import entry_of
from ...domain.records import Entry
from ..backend import Backend
from .checkpoints import Checkpoint
from .keys import VerifierKey

EVENTS = "events.jsonl"
ENTRIES = "entries.txt"
CHECKPOINT = "checkpoint"
KEYS = "keys.txt"
SCHEMA = "schema.json"
README = "README.md"
PAGE = 1_000

Progress = Callable[[int, float | None], object]


def write_bundle(
    log: Backend,
    folder: Path,
    signed: tuple[Checkpoint, str],
    *,
    vkeys: Sequence[VerifierKey],
    progress: Progress,
) -> None:
    """Write the events that a checkpoint covers into a new folder, whole or not at all.

    `signed` is the checkpoint and the note that signs it. Raises `InvalidInput` if something
    is there already, and `AuditFailed` if the log no longer holds so many events, or holds one
    that is no line of text.
    """
    checkpoint, note = signed
    if os.path.lexists(folder):
        raise InvalidInput("is there already: name a new folder", str(folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(mkdtemp(prefix=".retold-", dir=folder.parent))
    try:
        _write_events(log, beside, checkpoint.size, progress)
        (beside / CHECKPOINT).write_text(note, encoding="utf-8")
        (beside / KEYS).write_text("".join(f"{vkey}\n" for vkey in vkeys), encoding="utf-8")
        schema = json.dumps(Entry.model_json_schema(), indent=1, ensure_ascii=False)
        (beside / SCHEMA).write_text(f"{schema}\n", encoding="utf-8")
        (beside / README).write_text(_readme(checkpoint), encoding="utf-8")
        beside.chmod(0o755)
        beside.replace(folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _write_events(log: Backend, folder: Path, size: int, progress: Progress) -> None:
    after = done = 0
    with (folder / EVENTS).open("xb") as events, (folder / ENTRIES).open("xb") as entries:
        while done < size and (rows := log.read_log(after, min(PAGE, size - done))):
            for row in rows:
                if b"\n" in row.state:
                    what = "holds a line end, which no Retold writes"
                    raise AuditFailed(f"the event at position {row.position} {what}")
                events.write(row.state + b"\n")
                entries.write(b64encode(entry_of(row).encoded()) + b"\n")
            done, after = done + len(rows), rows[-1].position
            progress(done, done / size)
    if done < size:
        raise AuditFailed(f"the checkpoint is of {size:,} events, the log holds {done:,}")


def _readme(checkpoint: Checkpoint) -> str:
    page = files(__package__).joinpath("../templates/audit-bundle.md").read_text("utf-8")
    template = Environment(undefined=StrictUndefined, autoescape=False).from_string(page)  # noqa: S701 - Markdown, of our own values
    return template.render(checkpoint=checkpoint, root=checkpoint.root.hex()) + "\n"
