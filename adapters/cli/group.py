"""The command `retold` and all its commands."""

from __future__ import annotations

from typing import Any

import click

from ... import __version__
from . import (
    correcting,
    demo,
    describing,
    erasing,
    explaining,
    exporting,
    granting,
    importing,
    keeping,
    postmortem,
    reading,
    recording,
    reporting,
    restricting,
    site,
)
from .audit import group as auditing
from .exits import one_line_errors
from .stores import groups_option, keys_option


class OneLineErrors(click.Group):
    """A group whose commands end in an exit code and at most one line, never in a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with one_line_errors():
            return super().invoke(ctx)


@click.group(cls=OneLineErrors, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="retold")
@click.option(
    "--db",
    metavar="URL",
    envvar="RETOLD_DB",
    show_envvar=True,
    default="retold.db",
    show_default=True,
    help="sqlite:///file.db, a bare path, or postgresql://…",
)
@groups_option
@keys_option
@click.pass_context
def retold(ctx: click.Context, *, db: str) -> None:
    """Record what happens in incidents; read where they stand, how long they took, what happened.

    ID is an incident's UUID, any unique beginning of it, or its source's reference, such as
    statuspage:p31kqzx8w5tn. Times are ISO 8601 with a zone. Data goes to stdout, messages to
    stderr. Exit codes: 0 done, 1 findings, 2 bad usage or input, 3 not found, 4 conflict,
    5 store corrupt or unavailable, 130 interrupted.
    """
    ctx.obj = db


for _module in (
    demo, recording, describing, correcting, importing, reading, postmortem, reporting, explaining,
    exporting, keeping, erasing, auditing, restricting, granting, site,
):  # fmt: skip
    for _command in _module.COMMANDS:
        retold.add_command(_command)
