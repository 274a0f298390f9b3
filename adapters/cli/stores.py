"""Opening the store that a command is asked about, with advice where there is none."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from pydantic import TypeAdapter

from ...domain.errors import InvalidInput, StorageUnavailable
from ...domain.values import GroupName, refusing_invalid
from ..opening import open_store
from ..reader import Reader
from ..store import Store
from .output import say

ADVICE = (
    "`retold detect TITLE` and `retold import` make one there, `retold demo` makes a sample;"
    " --db or RETOLD_DB names another"
)

_GROUPS = "retold.groups"
_KEYS = "retold.keys"
_NAMES: TypeAdapter[frozenset[str]] = TypeAdapter(frozenset[GroupName])


def _remember(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    """Keep the groups for whoever opens the store; a variable that is set but empty names none."""
    said = os.environ.get("RETOLD_GROUPS") if value is None else value
    names = frozenset(filter(None, (said or "").split(",")))
    try:
        with refusing_invalid():
            _NAMES.validate_python(names)
    except InvalidInput as error:
        raise click.BadParameter(error.problem) from None
    ctx.meta[_GROUPS] = None if said is None else names


groups_option = click.option(
    "--groups",
    metavar="NAME,…",
    envvar="RETOLD_GROUPS",
    show_envvar=True,
    expose_value=False,
    callback=_remember,
    help="Read as somebody of these groups: leave out what is restricted to others.",
)


def _remember_keys(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    ctx.meta[_KEYS] = value or None


keys_option = click.option(
    "--keys",
    metavar="URL",
    envvar="RETOLD_KEYS",
    show_envvar=True,
    expose_value=False,
    callback=_remember_keys,
    help="Seal what may be personal data with keys kept there, apart from the store: a path or"
    " postgresql://…",
)


def _keys() -> Any:  # Any: click keeps what it is given
    context = click.get_current_context(silent=True)
    return context.meta.get(_KEYS) if context else None


def _groups() -> Any:  # Any: click keeps what it is given
    context = click.get_current_context(silent=True)
    return context.meta.get(_GROUPS) if context else None


def names_groups() -> bool:
    """Tell whether the caller reads as somebody of certain groups, or of none."""
    return _groups() is not None


def say_hidden(store: Reader) -> None:
    """Say how many incidents a list leaves out, if there are any."""
    hidden = store.hidden()
    if hidden:
        say(f"{hidden} restricted incident{'s are' if hidden > 1 else ' is'} not shown")


@contextmanager
def existing_store(
    url: str, *, for_rebuild: bool = False, measures: str | None = None, to_publish: bool = False
) -> Iterator[Store]:
    """Open a store that must be there already.

    `to_publish` leaves out what is restricted also where no groups are named.
    """
    groups = _groups()
    try:
        store = open_store(
            url,
            recorded_by=who_records(),
            create=False,
            for_rebuild=for_rebuild,
            measures=measures,
            groups=frozenset() if to_publish and groups is None else groups,
            keys=_keys(),
        )
    except StorageUnavailable as error:
        if "no store" not in str(error):
            raise
        raise StorageUnavailable(f"{error}. {ADVICE}") from None
    with store:
        yield store


@contextmanager
def new_or_existing_store(url: str) -> Iterator[Store]:
    """Open a store, making it if it is not there."""
    with open_store(url, recorded_by=who_records(), groups=_groups(), keys=_keys()) as store:
        yield store


@contextmanager
def existing_or_empty_store(url: str) -> Iterator[Store]:
    """Open a store to look at; where there is none, an empty one that leaves no trace."""
    try:
        store = open_store(url, create=False, groups=_groups(), keys=_keys())
    except StorageUnavailable as error:
        if "no store" not in str(error):
            raise
        store = open_store("memory:")
    with store:
        yield store


def who_records() -> str | None:
    """Return who runs the command: $RETOLD_RECORDED_BY, else the user's login name."""
    named = os.environ.get("RETOLD_RECORDED_BY")
    if named:
        return named
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        return None
