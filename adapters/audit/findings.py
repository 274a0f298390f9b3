"""What an audit found, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

MOST_TOLD = 100
"""Findings that are told one by one; the rest is counted."""


class Finding(NamedTuple):
    """One thing that is not as it should be, and where, as far as that can be said."""

    what: str
    position: int | None = None
    incident_id: str | None = None
    field: str | None = None


class Verdict(NamedTuple):
    """What an audit checked, what it could not, and what it found wrong.

    `vouched` of the `events` are the ones that a signed checkpoint from elsewhere covers.
    """

    events: int
    vouched: int
    root: bytes
    checked: tuple[str, ...]
    unchecked: tuple[str, ...]
    findings: tuple[Finding, ...]
    more: int

    @property
    def is_verified(self) -> bool:
        """Whether nothing is wrong and somebody outside vouches for it."""
        return not self.findings and self.vouched > 0

    @property
    def conclusion(self) -> str:
        """What it comes to, in a sentence."""
        if self.findings:
            return f"failed: {len(self.findings) + self.more:,} findings"
        if not self.vouched:
            return (
                "not verified: nothing is wrong, but no signed checkpoint from elsewhere vouches"
                " for it (give --anchor and --vkey)"
            )
        later = self.events - self.vouched
        behind = f"; for what was recorded since, {later:,} more, nobody vouches" if later else ""
        return f"verified: the first {self.vouched:,} events are as they were signed{behind}"


class Findings:
    """Gathers findings: the first ones as they are, and how many more there were."""

    def __init__(self) -> None:
        """Begin with none."""
        self.told: list[Finding] = []
        self.more = 0

    def add(self, finding: Finding) -> None:
        """Take notice of one."""
        if len(self.told) < MOST_TOLD:
            self.told.append(finding)
        else:
            self.more += 1

    def add_all(self, findings: Iterable[Finding]) -> None:
        """Take notice of several."""
        for one in findings:
            self.add(one)
