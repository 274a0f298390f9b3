"""From what went wrong to one line on stderr and the exit code that says so."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import click

from ...domain.errors import (
    AuditFailed,
    ConcurrentChange,
    IncidentNotFound,
    InvalidInput,
    RetoldError,
    RuleBroken,
    StorageUnavailable,
    StoreMismatch,
    UnreadableEvent,
)
from .output import say

FINDINGS = 1
BAD_INPUT = 2
INTERRUPTED = 130
DEFECT = 70

CODES: dict[type[RetoldError], int] = {
    InvalidInput: BAD_INPUT,
    RuleBroken: BAD_INPUT,
    IncidentNotFound: 3,
    ConcurrentChange: 4,
    UnreadableEvent: 5,
    StorageUnavailable: 5,
    StoreMismatch: 5,
    AuditFailed: FINDINGS,
}

_BAD_PATHS = (
    FileNotFoundError, FileExistsError, PermissionError, IsADirectoryError, NotADirectoryError,
)  # fmt: skip

_BAD_NAMES = (errno.ENAMETOOLONG, errno.ELOOP)


def code_of(error: RetoldError) -> int:
    """Return the exit code that tells a caller what to do about an error."""
    return next(code for kind, code in CODES.items() if isinstance(error, kind))


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn every error into a line and an exit code; click keeps its own."""
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except BrokenPipeError:
        _forget_streams()
        raise click.exceptions.Exit(0) from None
    except KeyboardInterrupt:
        raise _ended("interrupted", INTERRUPTED) from None
    except RetoldError as error:
        raise _ended(str(error), code_of(error)) from None
    except OSError as error:
        raise _ended(_said(error), _code_of_os(error)) from None
    except Exception as error:  # nobody at a prompt is helped by a traceback
        if "RETOLD_TRACEBACK" in os.environ:
            raise
        message = f"a defect in Retold: {type(error).__name__}: {error}"
        raise _ended(f"{message} (RETOLD_TRACEBACK=1 shows where)", DEFECT) from None


def _said(error: OSError) -> str:
    if isinstance(error, _BAD_PATHS) or error.filename:
        return f"{error.filename or 'file'}: {error.strerror}"
    return str(error)


def _code_of_os(error: OSError) -> int:
    is_bad_path = isinstance(error, _BAD_PATHS) or error.errno in _BAD_NAMES
    return BAD_INPUT if is_bad_path else CODES[StorageUnavailable]


def _ended(message: str, code: int) -> click.exceptions.Exit:
    with suppress(BrokenPipeError):
        say(f"retold: {message}")
    return click.exceptions.Exit(code)


def _forget_streams() -> None:
    """Let what is still buffered for a closed pipe go nowhere, silently, at exit."""
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a descriptor is wanted
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                os.dup2(nowhere.fileno(), stream.fileno())
