"""What a team published as its times to repair and to resolve, and what its own entries give.

The team defines time to repair as running from the declaration, or from when it became aware, until
the service is restored, and time to resolve from the fault until all is done; both "only include
hours of support". Here both are taken as defined, and nothing is fitted: an entry for the repair or
the fault that is missing is replaced by that of the resolution or the detection.
"""

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from retold.projections.calendars import calendar_from
from retold.projections.working_time import working_us

REAL = Path(__file__).parents[2] / "shared" / "data" / "cloud-platform"
MINUTE = 60_000_000
LONDON = ZoneInfo("Europe/London")

pytestmark = pytest.mark.skipif(
    not REAL.is_dir(), reason="the real incidents in ../shared/data are not part of the project"
)

DAYS = ["mon", "tue", "wed", "thu", "fri"]
TABLE = {"version": 1, "zone": LONDON.key, "days": DAYS, "hours": ["10:00-17:00"]}
SUPPORT = calendar_from("support", TABLE)  # no bank holiday lies in any of these incidents
ELAPSED = calendar_from(
    "elapsed", TABLE | {"days": [*DAYS, "sat", "sun"], "hours": ["00:00-24:00"]}
)


class Published(NamedTuple):
    """A published duration, and what its entries give in hours of support and in elapsed time."""

    of: str
    minutes: int
    support: list[int]
    elapsed: list[int]

    @property
    def verdict(self) -> str:
        if not self.support:
            return "cannot be read"
        if self.minutes in self.support:
            return "as published in hours of support"
        return "as published in elapsed time" if self.minutes in self.elapsed else "otherwise"


def published(incident: dict[str, Any], kind: str) -> Published:
    """Measure from each start that the definition allows."""
    end = moment(
        incident, "repaired" if kind == "repair" and "repaired" in incident else "resolved"
    )
    fault = "fault_occurs" if "fault_occurs" in incident else "detected"
    fields = ("declared", "detected") if kind == "repair" else (fault,)
    starts = [start for field in fields if (start := moment(incident, field))]
    support, elapsed = (
        [working_us(calendar, start, end) // MINUTE for start in starts] if end else []
        for calendar in (SUPPORT, ELAPSED)
    )
    minutes = incident[f"published_time_to_{kind}_min"]
    return Published(f"{incident['file'][:10]} {kind}", minutes, support, elapsed)


def moment(incident: dict[str, Any], field: str) -> datetime | None:
    """Read an entry; some are missing, or have a date alone."""
    text = incident.get(field, "")
    return datetime.fromisoformat(text).replace(tzinfo=LONDON) if "T" in text else None


@pytest.fixture(scope="module")
def durations() -> list[Published]:
    incidents = json.loads((REAL / "incidents.json").read_text())["incidents"]
    return [published(one, kind) for one in incidents for kind in ("repair", "resolve")]


def of(durations: list[Published], verdict: str) -> list[Published]:
    return [one for one in durations if one.verdict == verdict]


def test_more_than_half_come_out_to_the_minute_in_hours_of_support(
    durations: list[Published],
) -> None:
    assert Counter(one.verdict for one in durations) == {
        "as published in hours of support": 24,
        "as published in elapsed time": 8,
        "otherwise": 11,
        "cannot be read": 1,
    }
    by_kind = Counter(one.of[11:] for one in of(durations, "as published in hours of support"))
    assert by_kind == {"repair": 13, "resolve": 11}


def test_hours_of_support_decide_three_of_them(durations: list[Published]) -> None:
    right = of(durations, "as published in hours of support")
    assert [one.of for one in right if one.minutes not in one.elapsed] == [
        "2020-02-25 resolve",
        "2020-04-15 resolve",
        "2021-05-10 resolve",  # the published text does not say that it is in hours of support
    ]


def test_two_of_the_four_that_say_hours_of_support_are_right() -> None:
    incidents = json.loads((REAL / "incidents.json").read_text())["incidents"]
    saying = [one for one in incidents if "support hours" in one["published_time_to_resolve"]]
    found = {one["file"][:10]: published(one, "resolve") for one in saying}
    assert {day: one.minutes - one.support[0] for day, one in found.items()} == {
        "2020-02-25": 0,
        "2020-04-15": 0,
        "2020-08-04": -30,
        "2020-08-07": 240,
    }


def test_what_began_or_ended_outside_the_hours_was_published_as_elapsed_time(
    durations: list[Published],
) -> None:
    assert [
        (one.of, one.minutes, one.support) for one in of(durations, "as published in elapsed time")
    ] == [
        ("2020-09-21 repair", 38, [0, 0]),  # a Monday evening
        ("2020-09-21 resolve", 194, [0]),
        ("2020-10-06 repair", 128, [41, 41]),  # 08:33 to 10:41
        ("2020-10-06 resolve", 526, [420]),  # 08:33 to 17:19
        ("2021-11-05 repair", 77, [46, 46]),  # 09:29 to 10:46
        ("2021-11-05 resolve", 77, [46]),
        ("2022-01-22 repair", 122, [0, 0]),  # a Saturday
        ("2022-01-22 resolve", 161, [0]),
    ]


def test_the_rest_is_slips_and_hours_that_nobody_states(durations: list[Published]) -> None:
    rest = of(durations, "otherwise") + of(durations, "cannot be read")
    assert {one.of: (one.minutes, one.support, one.elapsed) for one in rest} == {
        # Two hours short of the time from the declaration: as if resolved at 15:07, not 17:07.
        "2020-02-25 repair": (249, [362, 420], [369, 571]),
        # Slips of 4 and of 30 minutes against the definition.
        "2020-08-04 repair": (308, [312, 376], [312, 1323]),
        "2020-08-04 resolve": (556, [586], [1606]),
        # Four hours too many: its four whole days counted as eight hours each, not seven.
        "2020-08-07 resolve": (1995, [1755], [9735]),
        # Two minutes short of the elapsed time.
        "2021-07-12 resolve": (1203, [185], [1205]),
        # A Saturday night to Sunday noon, counted from 07:00 on Sunday.
        "2021-09-04 repair": (316, [0, 0], [-37, 851]),
        "2021-09-04 resolve": (327, [0], [862]),
        # Overnight: more than the hours of support hold and less than elapsed.
        "2021-09-30 repair": (303, [29, 118], [1023, 1138]),
        "2021-09-30 resolve": (463, [278], [1298]),
        # Seven minutes short of the elapsed time.
        "2022-07-11 repair": (387, [356, 367], [356, 394]),
        "2022-07-11 resolve": (387, [367], [394]),
        # The entry "2022-03-10 11.56" has no time that can be read.
        "2022-03-10 resolve": (8, [], []),
    }
