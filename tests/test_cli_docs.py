"""What is written of commands and measures, held against what there is."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from retold.adapters.cli.group import retold
from retold.projections.built_in import TIMED
from retold.projections.measures import Measure

DOCS = Path(__file__).parent.parent / "docs"
COMMANDS = (DOCS / "command-line.md").read_text()
MEASURES = (DOCS / "measures.md").read_text()
SHARED = {"form", "raw", "as_of", "known_at", "recorded_at", "tz", "at", "by", "event_id"}


def commands(group: click.Group, prefix: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield the commands of a group and of the groups in it, each under its whole name."""
    for name, command in sorted(group.commands.items()):
        yield f"{prefix}{name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix}{name} ")


ALL = dict(commands(retold))
GROUPS = {name for name, command in ALL.items() if isinstance(command, click.Group)}


@pytest.mark.parametrize("name", [name for name in ALL if name not in GROUPS])
def test_every_command_is_documented_with_its_own_options(name: str) -> None:
    [line] = re.findall(rf"^(?:\| )?`{name}[ `].*", COMMANDS, re.MULTILINE)[:1]
    for parameter in ALL[name].params:
        if isinstance(parameter, click.Option) and parameter.name not in SHARED:
            assert parameter.opts[0] in line


@pytest.mark.parametrize("name", ALL)
def test_every_command_has_help_with_an_example(name: str) -> None:
    command = ALL[name]
    assert command.help
    assert re.match(rf"Examples?: retold {name}", command.epilog or "")


def test_every_shared_option_is_documented() -> None:
    for command in ALL.values():
        for parameter in command.params:
            if isinstance(parameter, click.Option) and parameter.name in SHARED:
                assert f"`{parameter.opts[0]}" in COMMANDS


def in_words(measure: Measure) -> str:
    start, end = (
        f"`{anchor.name}` in force"
        if anchor.occurrence == "in-force"
        else f"{anchor.occurrence} `{anchor.name}`"
        for anchor in (measure.start, measure.end)
        if anchor is not None
    )
    return f"| `{measure.name}` | {measure.title} | {start} | {end} | {measure.form} |"


def test_the_table_of_measures_is_the_one_of_the_code() -> None:
    table = re.findall(r"^\| `\w+` \| .* \| (?:span|active) \|$", MEASURES, re.MULTILINE)
    assert table == [in_words(measure) for measure in TIMED]
