"""Writers killed at any point, several at once on one SQLite file."""

import time
from pathlib import Path

import pytest

from .faults.settings import dice, faults
from .faults.world import check_still_writes, check_world
from .faults.writers import Nursery

PER_FILE = 10


@pytest.mark.parametrize("life", range(faults(30) // PER_FILE or 1))
def test_nothing_acknowledged_is_lost_when_writers_on_one_file_are_killed(
    tmp_path: Path, life: int
) -> None:
    chance = dice(f"killed writers {life}")
    url = str(tmp_path / "incidents.db")
    with Nursery(tmp_path) as nursery:
        for _ in range(min(PER_FILE, faults(30))):
            writers = [nursery.start("write", url, seed=chance.random()) for _ in range(3)]
            time.sleep(chance.uniform(0.0, 0.15))
            for writer in writers:
                writer.kill()
                time.sleep(chance.uniform(0.0, 0.05))
            assert all(writer.wait() for writer in writers)
            assert [writer.troubles() for writer in writers] == [[], [], []]
            check_world(url, nursery.acknowledged())
            check_still_writes(url)
        assert nursery.acknowledged()
