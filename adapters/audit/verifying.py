"""Verifying a store: the log, its tree, what was signed of it, and what is told from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256

from ...domain.errors import RetoldError, StorageUnavailable, StoreMismatch
from ..backend import CONTRACT_VIEWS, UNKNOWN, Backend, log_rows
from ..reader import Reader
from ..sealing.explained import unexplained
from ..sealing.sealed import Sealed
from ..trees import Tree
from ..wrapped import Wrapped
from .anchored import Audit
from .findings import Finding, Verdict
from .keys import VerifierKey
from .tree_check import PAGE, TreeCheck
from .view_check import view_findings

Progress = Callable[[int, float | None], object]
"""Gets how much is done, and the share of all where it is known."""


def _unseen(_done: int, _share: float | None) -> None:
    """Show nothing."""


def verify_store(
    store: Reader,
    anchors: Sequence[tuple[str, str]],
    vkeys: Sequence[VerifierKey],
    *,
    with_views: bool = True,
    progress: Progress = _unseen,
) -> Verdict:
    """Check a store against itself and against signed checkpoints that were kept elsewhere.

    `anchors` are names with signed notes, `vkeys` the public keys to believe. Whoever can write
    to the database and rewrites all of it, tree included, is found by an anchor alone. Raises
    `InvalidInput` for a store that is opened for some groups of readers.
    """
    audit = Audit(anchors, vkeys)
    log = whole_log(store.backend)
    _check_log(audit, log, progress)
    _check_guards(audit, log)
    _check_raw_records(audit, log)
    _check_erasures(audit, store)
    if with_views:
        _check_views(audit, store, progress)
    else:
        audit.unchecked.append("whether readers' tables say what a replay says")
    return audit.verdict()


def whole_log(backend: Backend) -> Backend:
    """Return the log itself; raises `InvalidInput` if `backend` hides some of it from somebody."""
    _ = backend.tree  # which whatever hides anything refuses
    return innermost(backend)


def innermost(backend: Backend) -> Backend:
    """Return the log itself, behind whatever stands in front of it: stored bytes as they are."""
    while isinstance(backend, Wrapped):
        backend = backend.inner
    return backend


def _check_log(audit: Audit, log: Backend, progress: Progress) -> None:
    tree = TreeCheck(log.tree)
    end = max(log.last_position(), _last_leaf_position(audit, log.tree))
    after = 0
    while rows := [row for row in log.read_log(after, PAGE) if row.position <= end]:
        completed, findings = audit.log.take(rows, log.event_ids(after, len(rows)))
        audit.found.add_all(findings)
        audit.found.add_all(tree.compare(rows, completed))
        after = rows[-1].position
        progress(audit.log.frontier.size, after / end)
    audit.found.add_all(tree.finish(end))
    audit.checked.append(
        f"{audit.log.frontier.size:,} events: every stored byte against its leaf, the tree over"
        " the leaves, positions in order, versions without holes, no id twice"
    )


def _last_leaf_position(audit: Audit, tree: Tree) -> int:
    try:
        last = tree.leaves(max(tree.size() - 1, 0), 1)
    except StoreMismatch as error:
        audit.found.add(Finding(str(error)))
        return 0
    return last[0].position if last else 0


def _check_guards(audit: Audit, log: Backend) -> None:
    for check in log.health():
        if check.name in {"guards", "first position", CONTRACT_VIEWS} and not check.is_fine:
            audit.found.add(Finding(f"{check.value}: {check.advice}", field=check.name))
        if check.name == CONTRACT_VIEWS:
            where = audit.unchecked if check.value == UNKNOWN else audit.checked
            where.append("that the views of the SQL contract are as they were made")
    audit.checked.append("that the database refuses to change or delete events")


def _check_raw_records(audit: Audit, log: Backend) -> None:
    count = 0
    for record in log.raw_records():
        count += 1
        # SQLite takes anything in any column.
        is_text = isinstance(record.text, str)
        if not is_text or sha256(record.text.encode()).hexdigest() != record.sha256:
            what = f"the record kept as {record.sha256} has another hash"
            audit.found.add(Finding(what, field="raw_sha256"))
    if count:
        audit.checked.append(f"{count:,} records of sources against their hashes")


def _check_erasures(audit: Audit, store: Reader) -> None:
    sealed = _sealed_in(store)
    if sealed is None:
        return
    if sealed.keys is None:
        audit.unchecked.append("whether every erasure is explained: that takes the keys")
        return
    with _told_if_unreadable(audit):
        for one in unexplained(log_rows(sealed), sealed.keys):
            audit.found.add(Finding(one.what, one.position, str(one.incident_id), f"key {one.kid}"))
        audit.checked.append("that every key that is gone was erased, and no erased key is back")


def _sealed_in(store: Reader) -> Sealed | None:
    backend = store.backend
    while isinstance(backend, Wrapped) and not isinstance(backend, Sealed):
        backend = backend.inner
    return backend if isinstance(backend, Sealed) else None


def _check_views(audit: Audit, store: Reader, progress: Progress) -> None:
    sealed = _sealed_in(store)
    if sealed is not None and sealed.keys is None:
        audit.unchecked.append(
            "whether readers' tables say what a replay says: that takes the keys"
        )
        return
    with _told_if_unreadable(audit):
        audit.found.add_all(view_findings(store, lambda done: progress(done, None)))
        audit.checked.append("that readers' tables say what a replay says, field by field")


@contextmanager
def _told_if_unreadable(audit: Audit) -> Iterator[None]:
    """Make a finding of whatever cannot be read; a database that does not answer is none."""
    try:
        yield
    except StorageUnavailable:
        raise
    except _DAMAGE as error:
        audit.found.add(Finding(f"the log or the tables cannot be read: {error}"))


_DAMAGE = (RetoldError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading raises where SQLite was made to hold what Retold never writes."""
