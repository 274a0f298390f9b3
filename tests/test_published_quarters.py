"""A team's published quarterly means, as Retold reports the same durations by quarter."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from retold import Incident, Store, open_store
from retold.projections.periods import label
from retold.projections.report import Summary

REAL = Path(__file__).parents[2] / "shared" / "data" / "cloud-platform"
MINUTE = 60_000_000
NOW = datetime(2026, 6, 1, tzinfo=UTC)

pytestmark = pytest.mark.skipif(
    not REAL.is_dir(), reason="the real incidents in ../shared/data are not part of the project"
)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((REAL / "incidents.json").read_text())
    return found


@pytest.fixture(params=["repair", "resolve"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def quarters(document: dict[str, Any], kind: str) -> Iterator[dict[str, Summary]]:
    """Each incident as it was published: in their quarter, over after the published minutes."""
    incidents = {one["file"].partition(".")[0]: one for one in document["incidents"]}
    with open_store("memory:", clock=lambda: NOW) as store:
        for quarter in document["quarters"]:
            for name in quarter["incidents"]:
                minutes = incidents[name][f"published_time_to_{kind}_min"]
                _record(store, name, _first_day(quarter["quarter"]), minutes)
        yield {
            group: found
            for found in store.report("ttr_detected", by=["quarter"]).summaries
            if isinstance(found, Summary) and (group := found.group[0]) is not None
        }


def _first_day(quarter: str) -> datetime:
    number, year = quarter.removeprefix("Q").split()
    return datetime(int(year), 3 * int(number) - 2, 1, tzinfo=UTC)


def _record(store: Store, name: str, began: datetime, minutes: int) -> None:
    incident = store.detect(name, at=began).incident_id
    store.record(incident, Incident.resolve, at=began + timedelta(minutes=minutes))


def published(document: dict[str, Any], kind: str) -> dict[str, int]:
    """Return the published means in minutes, named as Retold names quarters."""
    return {
        named(quarter["quarter"]): mean
        for quarter in document["quarters"]
        if (mean := quarter[f"published_mtt_{kind}_min"]) is not None
    }


def named(quarter: str) -> str:
    return "-".join(reversed(quarter.split()))


def means(quarters: dict[str, Summary]) -> dict[str, int]:
    """Return the means of the incidents that are listed, cut to the minute as they cut theirs."""
    return {
        name: sum(one.duration_us for one in found.values) // len(found.values) // MINUTE
        for name, found in quarters.items()
        if found.values
    }


def test_the_incidents_listed_by_quarter_have_the_published_means(
    document: dict[str, Any], kind: str, quarters: dict[str, Summary]
) -> None:
    theirs, ours = published(document, kind), means(quarters)
    assert ours.keys() == theirs.keys() - {"2020-Q3"}
    differing = {name: (theirs[name], ours[name]) for name in ours if theirs[name] != ours[name]}
    # Their mean of three incidents is not that of the durations that they published of these.
    assert differing == {"2020-Q1": {"repair": (82, 100), "resolve": (156, 162)}[kind]}


def test_only_the_quarter_with_six_incidents_has_a_mean_of_its_own(
    document: dict[str, Any], kind: str, quarters: dict[str, Summary]
) -> None:
    """Fewer are listed, because a mean of one to three incidents says nothing of the next one."""
    told = {
        name: found.statistics.mean_us // MINUTE
        for name, found in quarters.items()
        if found.statistics.mean_us is not None
    }
    assert told == {"2020-Q3": published(document, kind)["2020-Q3"]}


def test_one_incident_of_august_was_published_under_the_second_quarter(
    document: dict[str, Any],
) -> None:
    elsewhere = {
        name: (named(quarter["quarter"]), own)
        for quarter in document["quarters"]
        for name in quarter["incidents"]
        if (own := label(datetime.fromisoformat(name[:10]).replace(tzinfo=UTC), "quarter", UTC))
        != named(quarter["quarter"])
    }
    assert elsewhere == {"2020-08-04": ("2020-Q2", "2020-Q3")}
