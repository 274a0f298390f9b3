"""The samples of Statuspage, and the questions that its tests ask."""

import json
from functools import partial
from pathlib import Path
from typing import Any

from retold import Store

from .told import events_of, imported_from

SAMPLES = Path(__file__).parents[1] / "samples" / "statuspage"
HISTORY = SAMPLES / "history.json"

imported = partial(imported_from, "statuspage")
events = partial(events_of, "statuspage")


def document(path: Path = HISTORY) -> dict[str, Any]:
    return dict(json.loads(path.read_text()))


def kinds(store: Store, ref: str) -> list[str]:
    return [event.kind for event in events(store, ref)]


def search_of(content: dict[str, Any]) -> Any:
    [search] = [one for one in content["incidents"] if one["id"] == "p31kqzx8w5tn"]
    return search


def revised(content: dict[str, Any], moment: str) -> dict[str, Any]:
    search_of(content)["updated_at"] = content["page"]["updated_at"] = moment
    return content
