"""What an audit gathers until its verdict, and the signed anchors that it is held against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ...domain.errors import AuditFailed, InvalidInput
from .checkpoints import Checkpoint, opened_checkpoint
from .findings import Finding, Findings, Verdict
from .keys import VerifierKey
from .log_check import LogCheck


class Anchor(NamedTuple):
    """A checkpoint that was kept elsewhere, and what to call it."""

    name: str
    checkpoint: Checkpoint


class Audit:
    """Gathers what is checked, what is not, and what is found, until the verdict."""

    def __init__(self, anchors: Sequence[tuple[str, str]], vkeys: Sequence[VerifierKey]) -> None:
        """Open the anchors, each a name and a signed note; those that do not hold are findings."""
        self.found = Findings()
        self.checked: list[str] = []
        self.unchecked: list[str] = []
        self.anchors = list(self._opened(anchors, vkeys))
        self.log = LogCheck({one.checkpoint.size for one in self.anchors})

    def _opened(
        self, anchors: Sequence[tuple[str, str]], vkeys: Sequence[VerifierKey]
    ) -> Iterator[Anchor]:
        for name, note in anchors:
            try:
                yield Anchor(name, opened_checkpoint(note, vkeys))
            except (AuditFailed, InvalidInput) as error:
                self.found.add(Finding(f"{name}: {error}", field="signature"))
        if anchors:
            self.checked.append(f"the signature of each checkpoint from elsewhere: {len(anchors)}")

    def verdict(self) -> Verdict:
        """Hold the roots against the anchors, and say what it all comes to."""
        vouched = self._vouched()
        events = self.log.frontier.size
        return Verdict(
            events, vouched, self.log.frontier.root, tuple(self.checked), tuple(self.unchecked),
            tuple(self.found.told), self.found.more,
        )  # fmt: skip

    def _vouched(self) -> int:
        """Return how many events the largest anchor vouches for with which the log agrees."""
        vouched = after = 0
        for name, (_, size, root) in sorted(self.anchors, key=lambda one: one.checkpoint.size):
            ours = self.log.roots.get(size)
            if ours is None:
                what = (
                    f"{name} was signed over {size:,} events, here are {self.log.frontier.size:,}:"
                    " cut off, or an old backup was restored"
                )
                self.found.add(Finding(what, field="size"))
            elif ours.root != root:
                what = (
                    f"{name} was signed over other events: something at positions"
                    f" {after + 1:,} to {ours.position:,} was changed since"
                )
                self.found.add(Finding(what, field="root"))
            else:
                vouched, after = size, ours.position
        if self.anchors:
            self.checked.append("that the log still begins with what each of them was signed over")
        return vouched
