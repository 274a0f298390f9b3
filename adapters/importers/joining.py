"""Two tellings of one fact as one, whichever came first."""

from __future__ import annotations

import json
from typing import Any

from ...domain.events import STORY, StoryEvent


def joined(old: StoryEvent, new: StoryEvent, *, is_newer: bool | None) -> StoryEvent:
    """Return the event that tells what both of one kind tell.

    What only one says is kept; lists are united; of two values that of the newer telling stands,
    and where neither is newer the greater, which among times is the more exact one.
    """
    before, after = old.model_dump(mode="json"), new.model_dump(mode="json")
    fields = {name: _joined(before[name], after[name], is_newer) for name in before}
    return STORY.validate_json(json.dumps(fields))


def _joined(old: Any, new: Any, is_newer: bool | None) -> Any:
    if old == new or new in (None, [], False):
        return old
    if old in (None, [], False):
        return new
    if isinstance(old, list) and is_newer is None:
        return sorted({*old, *new})
    if is_newer is None:
        return max(old, new, key=json.dumps)
    return new if is_newer else old
