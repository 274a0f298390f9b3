"""Python's garbage collector, off while much is made and little kept."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_off() -> Iterator[None]:
    """Turn the collector off meanwhile, for the whole process; leave it as it was.

    Replaying makes hundreds of objects an incident, none of them in a cycle: looking through them
    for cycles would take a fifth of the time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
