"""What must hold after any fault, in one function."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import islice, pairwise

from retold import Store, open_store
from retold.adapters.audit.checkpoints import signed_checkpoint
from retold.adapters.audit.keys import SigningKey
from retold.adapters.audit.tree import checkpoint_of
from retold.adapters.audit.verifying import verify_store
from retold.adapters.loading import load_document

from .appends import Acknowledgement, incident, notes
from .tables import LogRow, Tables, expected_views, tables

_PART = re.compile(r"append (.+) of (\d+)")


def check_world(url: str, acknowledged: Collection[Acknowledgement]) -> Tables:
    """Assert every promise about the store at `url`, where nobody may be writing.

    `acknowledged` is what writers were told. Opening the store is all the repair there is.
    Returns the tables, for what else a test wants to know.
    """
    with open_store(url) as store:
        world = tables(url)
        assert world.damage == []
        _check_acknowledged(world.log, acknowledged)
        _check_log(world.log)
        _check_whole_or_absent(world.log)
        _check_readers(store, world.log)
        _check_views(url, store, world)
        _check_audit(url, store)
    return world


def check_still_writes(url: str) -> None:
    """Assert that the store takes one more append."""
    with open_store(url) as store:
        _, last = store.append(incident(0), notes(f"once more {store.backend.last_position()}", 2))
        assert store.backend.last_position() == last.position


def _check_acknowledged(log: Sequence[LogRow], acknowledged: Iterable[Acknowledgement]) -> None:
    rows = {row.event_id: row for row in log}
    for told in acknowledged:
        row = rows.get(told.event_id)
        assert row is not None, f"an acknowledged event is lost: {told}"
        assert Acknowledgement(
            row.event_id, row.incident_id, row.version, row.position, row.recorded_at,
            row.state.decode(),
        ) == told  # fmt: skip


def _check_log(log: Sequence[LogRow]) -> None:
    assert all(earlier.position < later.position for earlier, later in pairwise(log))
    assert [one for one, times in Counter(row.event_id for row in log).items() if times > 1] == []
    for row in log:
        assert json.loads(row.state)["event_id"] == row.event_id
    for incident_id, versions in _by_incident(log).items():
        assert versions == list(range(1, len(versions) + 1)), f"versions of {incident_id}"


def _check_whole_or_absent(log: Sequence[LogRow]) -> None:
    parts = defaultdict(list)
    for row in log:
        text = json.loads(row.state)["event"].get("text") or ""
        if part := _PART.fullmatch(text):
            parts[part.groups()].append(row)
    for (name, size), rows in parts.items():
        first = rows[0].version
        whole = list(range(first, first + int(size)))
        assert [row.version for row in rows] == whole, f"half of append {name}"
        assert len({row.recorded_at for row in rows}) == 1


def _check_readers(store: Store, log: Sequence[LogRow]) -> None:
    order = [row.event_id for row in log]
    assert [str(one.event_id) for one in store.events()] == order
    assert [str(one.event_id) for one in islice(store.follow(), len(order))] == order


def _check_views(url: str, store: Store, world: Tables) -> None:
    expected = expected_views(url, store.replay())
    for table, rows in world.views.items():
        assert rows == expected[table], f"{table} is not what a replay tells"
    for views in store.replay():
        loaded = load_document(store.backend, views.incident.incident_id)
        assert loaded == views.document, "the snapshot is not what a replay tells"


def _check_audit(url: str, store: Store) -> None:
    """Hold the log against its tree and all that was signed of it at earlier checks."""
    anchors = _ISSUED[url]
    anchors.append((f"check {len(anchors)}", _signed(store)))
    verdict = verify_store(store, anchors, [_KEY.vkey], with_views=False)
    assert verdict.findings == ()
    assert verdict.vouched == verdict.events == store.backend.tree.size()


def _signed(store: Store) -> str:
    return signed_checkpoint(checkpoint_of(store.backend.tree, _KEY.name), [_KEY])


_KEY = SigningKey("example.com/faults", bytes(range(32)))
_ISSUED: dict[str, list[tuple[str, str]]] = defaultdict(list)
"""The checkpoints that were signed of the store at each URL, as somebody elsewhere keeps them."""


def _by_incident(log: Sequence[LogRow]) -> dict[str, list[int]]:
    versions = defaultdict(list)
    for row in log:
        versions[row.incident_id].append(row.version)
    return versions
