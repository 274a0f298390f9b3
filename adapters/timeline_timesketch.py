"""The timeline as JSON Lines for Timesketch.

`message`, `datetime` and `timestamp_desc` are what Timesketch must have; the other columns are
searched as they are: https://timesketch.org/guides/user/import-from-json-csv/.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from ..projections.story import Story
from .flat_forms import json_text
from .timeline_forms import timeline_values
from .timeline_remarks import remarks
from .wording import json_row, visible, with_local_times

_LISTS = ("corrected", "retraction", "links", "tombstones")
"""What is told in words in `message`, as a search index wants plain values."""


def as_timesketch(story: Story, zone: tzinfo | None = None) -> Iterator[str]:
    """Yield one line for each entry, in effective order; columns without a value are left out.

    `zone` adds local times beside those in UTC.
    """
    for entry, values in zip(story.entries, timeline_values(story), strict=True):
        row = entry.row
        said = [visible(row.text), *(f"({visible(remark)})" for remark in remarks(entry))]
        line = {
            "message": " ".join(said),
            "datetime": row.occurred_at.isoformat(timespec="microseconds"),
            "timestamp_desc": row.kind,
            **{key: value for key, value in values.items() if key not in _LISTS},
        }
        filled = json_row({key: one for key, one in line.items() if one is not None})
        yield json_text(with_local_times(filled, zone))
