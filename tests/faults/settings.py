"""How much to inject and by which dice: from the environment, said on every run."""

import os
import random
import zlib

COUNT = "RETOLD_FAULTS"
SEED = "RETOLD_SEED"


def faults(normally: int) -> int:
    """Return how many faults to inject: what the suite does normally, times RETOLD_FAULTS."""
    return max(1, round(normally * float(os.environ.get(COUNT, "1"))))


def dice(name: str) -> random.Random:
    """Return the dice of the test of that name; what it prints, pytest shows on failure."""
    seed = int(os.environ.get(SEED, random.SystemRandom().randrange(10**9)))
    print(f"{name}: run again with {SEED}={seed}")  # noqa: T201 - shown when the test fails
    return random.Random(seed ^ zlib.crc32(name.encode()))
