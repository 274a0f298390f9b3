"""The audit's tree in PostgreSQL: the statement that appends events adds their leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .trees import Leaf

LEAVES = """
CREATE TABLE {s}.retold_leaves (
    leaf_index bigint PRIMARY KEY,
    position bigint NOT NULL,
    nodes bytea NOT NULL
);
CREATE TRIGGER retold_leaves_no_change BEFORE UPDATE OR DELETE ON {s}.retold_leaves
    FOR EACH ROW EXECUTE FUNCTION {s}.retold_refuse();
CREATE TRIGGER retold_leaves_no_truncate BEFORE TRUNCATE ON {s}.retold_leaves
    FOR EACH STATEMENT EXECUTE FUNCTION {s}.retold_refuse();

-- Adds the leaf of the event at a position, given by its hash, to the audit's tree. The caller
-- holds the lock of appends and calls in log order; being volatile, the function sees what was
-- committed before that. A leaf completes as many subtrees as its index has ones at the end, in
-- binary: each lies over the one below and its left neighbour, which is in the row of the leaf
-- that completed it.
CREATE FUNCTION {s}.retold_add_leaf(event_position bigint, hash bytea) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    size bigint;
    left_nodes bytea;
    completed bytea := hash;
    level int := 0;
BEGIN
    SELECT leaf_index + 1, nodes INTO size, left_nodes
    FROM {s}.retold_leaves ORDER BY leaf_index DESC LIMIT 1;
    size := coalesce(size, 0);
    WHILE (size >> level) & 1 = 1 LOOP
        IF level > 0 THEN
            SELECT nodes INTO STRICT left_nodes
            FROM {s}.retold_leaves WHERE leaf_index = ((size >> level) << level) - 1;
        END IF;
        hash := sha256('\\x01'::bytea || substr(left_nodes, level * 32 + 1, 32) || hash);
        completed := completed || hash;
        level := level + 1;
    END LOOP;
    INSERT INTO {s}.retold_leaves VALUES (size, event_position, completed);
    RETURN size;
END $$;
"""

# The hash of the leaf of a row of the log; the form is told in domain/leaves.py.
LEAF_HASH = r"""sha256('\x00'::bytea || 'retold/event/v1\012'::bytea
    || int8send(notification_id)
    || int4send(36) || convert_to(originator_id::text, 'UTF8')
    || int8send(originator_version)
    || int4send(octet_length(convert_to(topic, 'UTF8'))) || convert_to(topic, 'UTF8')
    || int4send(27) || convert_to(to_char(recorded_at AT TIME ZONE 'UTC',
        'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'UTF8')
    || sha256(state))"""

# For the log of an older Retold, which kept no tree.
FILL_LEAVES = f"""
SELECT count({{s}}.retold_add_leaf(notification_id, leaf)) FROM (
    SELECT notification_id, {LEAF_HASH} AS leaf FROM {{s}}.retold_events ORDER BY notification_id
) AS log;
"""

_LEAVES = "SELECT leaf_index, position, nodes FROM {s}.retold_leaves"


class PostgresTree:
    """A `Tree` in one table."""

    def __init__(self, fetch: Callable[[str, tuple[Any, ...]], list[Any]]) -> None:
        """Read through `fetch`, which runs a query in the store's schema."""
        self._fetch = fetch

    def size(self) -> int:
        """Return how many leaves there are."""
        # Not counted, which would take longer with every leaf: indices have no holes.
        size = "SELECT coalesce(max(leaf_index) + 1, 0) FROM {s}.retold_leaves"
        return int(self._fetch(size, ())[0][0])

    def leaves(self, first: int, limit: int) -> list[Leaf]:
        """Return leaves from an index on; see `Tree`."""
        where = "WHERE leaf_index >= %s ORDER BY leaf_index LIMIT %s"
        return list(map(Leaf._make, self._fetch(f"{_LEAVES} {where}", (first, limit))))

    def at(self, indices: Sequence[int]) -> dict[int, Leaf]:
        """Return the leaves at those indices."""
        found = self._fetch(f"{_LEAVES} WHERE leaf_index = ANY(%s)", (list(indices),))
        return {leaf.leaf_index: leaf for leaf in map(Leaf._make, found)}
