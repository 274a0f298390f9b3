"""The audit: verifying a log, proving an event of it, and a thousand tamperings with it."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from databases import Database
from loading import tell
from results import Floor, Result
from retold.adapters.audit.checkpoints import signed_checkpoint
from retold.adapters.audit.keys import SigningKey
from retold.adapters.audit.proofs import Proof
from retold.adapters.audit.tree import checkpoint_of, included, leaf_index_of
from retold.adapters.audit.verifying import verify_store
from retold.domain.leaves import entry_of
from retold_side import Retold
from rounds import in_turn, rate, seconds
from setting import Setting
from tampering import found_tamperings
from workload import EVENTS, stories

PROVED = 100
KEY = SigningKey("example.com/incidents", bytes(32))
NOTE = "without the replay of views; with one anchor over all events"


def measure(setting: Setting) -> Iterator[Result]:
    """Measure verifying and proving on each database, tampering on copies of a SQLite file."""
    for database in setting.databases:
        yield from _on(setting, database)
    yield found_tamperings(KEY)


def _on(setting: Setting, database: Database) -> Iterator[Result]:
    retold = Retold(database.fresh().retold)
    tell(retold.store, stories(setting.events // EVENTS, "audit"))
    size = f"{setting.events:,} events"
    tree = retold.store.backend.tree
    anchor = signed_checkpoint(checkpoint_of(tree, KEY.name), [KEY])

    def verify(_: int) -> float:
        return rate(tree.size(), lambda: _verify(retold, anchor))

    figures = in_turn(setting.rounds, {"retold": verify})
    floor = Floor(100_000, "least") if database.name == "SQLite" else None
    yield Result(f"audit verify, {size}", database.name, "events/s", figures, floor, NOTE)

    rows = retold.store.backend.read_log(0, setting.events)
    proved = Random(1).choices(rows, k=PROVED)
    proofs: list[str] = []

    def prove(_: int) -> float:
        return seconds(lambda: proofs.extend(_proof(retold, row, anchor) for row in proved)) * 10

    figures = in_turn(setting.rounds, {"retold": prove})
    yield Result(f"prove an event, {size}", database.name, "ms", figures, Floor(10, "most"))
    sizes = {"retold": [float(max(map(len, map(str.encode, proofs))))]}
    yield Result(f"its proof, {size}", database.name, "bytes", sizes, Floor(2_000, "most"))
    retold.close()


def _verify(retold: Retold, anchor: str) -> None:
    verdict = verify_store(retold.store, [("anchor", anchor)], [KEY.vkey], with_views=False)
    if not verdict.is_verified:
        raise RuntimeError(f"{verdict.conclusion}: {verdict.findings[:2]}")


def _proof(retold: Retold, row: object, anchor: str) -> str:
    tree = retold.store.backend.tree
    index = leaf_index_of(tree, row.position)  # type: ignore[attr-defined]
    hashes = included(tree, index, tree.size())
    return str(Proof(index, hashes, anchor, extra=entry_of(row).encoded()))  # type: ignore[arg-type]
