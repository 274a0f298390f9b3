"""What became of a postmortem document that was renewed, in words on stderr."""

from __future__ import annotations

from pathlib import Path

from ..postmortem_blocks import Renewal
from ..postmortem_settings import Settings
from .output import say


def say_settings(before: Settings, after: Settings, template: str | None) -> None:
    """Say how the document is told otherwise than before, and that no template is used again."""
    if before.actors != after.actors:
        say(f"people were told as {before.actors}, from now on as {after.actors}")
    if before.zone != after.zone:
        was, now = (one.zone or "UTC alone" for one in (before, after))
        say(f"local times were of {was}, from now on of {now}")
    if template is not None and Path(template).name != before.template:
        say(
            f"--template {template} is not used: the document, made from {before.template}, is"
            " renewed as it is; delete it to start over"
        )


def say_blocks(renewal: Renewal, output: Path) -> None:
    """Name the blocks that were renewed, and those that were not because somebody edited them."""
    for block in renewal.kept:
        say(
            f"{output}, line {block.line}: the block {block.name} was edited, so it is left as it"
            " is; --force replaces it"
        )
    names = ", ".join(dict.fromkeys(block.name for block in renewal.renewed))
    count = len(renewal.unchanged)
    unchanged = f"{count} block{'' if count == 1 else 's'} unchanged"
    say(f"renewed: {names}; {unchanged}" if names else f"nothing renewed; {unchanged}")
