"""What a drafted mapping does not know: it says so, and guesses nothing that could be false."""

import tomllib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from retold import open_store
from retold.adapters.importers.accounts import Imported
from retold.adapters.importers.formats import Options
from retold.adapters.importers.importing import How, import_files
from retold.adapters.importers.sources import format_mapped
from retold.adapters.importers.tables import sample
from retold.adapters.importers.tables.suggesting import suggested
from retold.domain.errors import InvalidInput

HEAD = "id,title,opened,closed\n"
LOCAL = f"{HEAD}1,a,2026-02-03 10:00,2026-02-03 11:00\n"


def text_of(folder: Path, table: str, zone: str | None = None) -> str:
    (folder / "outages.csv").write_text(table)
    return suggested([str(folder / "outages.csv")], ZoneInfo(zone) if zone else None)


def drafted(folder: Path, table: str) -> dict[str, Any]:
    return tomllib.loads(text_of(folder, table))


def imported(folder: Path, draft: str, zone: str | None = None) -> Imported:
    """Import the table that was drafted from with a draft as it is."""
    (folder / "draft.toml").write_text(draft)
    how = How(Options(zone=ZoneInfo(zone) if zone else None))
    form = format_mapped(folder / "draft.toml")
    return import_files(open_store("memory:"), form, [str(folder / "outages.csv")], how)


def test_a_zone_that_nobody_named_is_left_open_and_the_import_refused_until_it_is(
    tmp_path: Path,
) -> None:
    draft = text_of(tmp_path, LOCAL)
    assert "zone" not in tomllib.loads(draft)
    assert "# 1 of its 1 rows can be read so, once the zone is written." in draft
    assert "has no time zone" in str(imported(tmp_path, draft).rejections[0])
    assert imported(tmp_path, draft, "Europe/Berlin").recorded == 1
    assert imported(tmp_path, draft.replace("# zone", "zone")).recorded == 1


def test_a_zone_that_was_named_is_written(tmp_path: Path) -> None:
    draft = text_of(tmp_path, LOCAL, "Asia/Tokyo")
    assert tomllib.loads(draft)["zone"] == "Asia/Tokyo"
    assert imported(tmp_path, draft).recorded == 1


def test_times_that_all_say_utc_leave_no_zone_open(tmp_path: Path) -> None:
    draft = text_of(tmp_path, f"{HEAD}1,a,2026-02-03 10:00 UTC,2026-02-03 11:00 UTC\n")
    assert "zone" not in draft
    assert imported(tmp_path, draft).recorded == 1


def test_times_of_which_some_say_utc_leave_the_zone_of_the_others_open(tmp_path: Path) -> None:
    draft = text_of(tmp_path, f"{HEAD}1,a,2026-02-03 10:00 UTC,2026-02-03 11:00\n")
    assert "zone" not in tomllib.loads(draft)
    assert "has no time zone" in str(imported(tmp_path, draft).rejections[0])


ODD = (
    "1,a,01/03/2026 10:00,01/03/2026 11:00\n2,b,13/03/2026 10:00,14/3 11:15\n"
    "3,c,14/03/2026 10:00,16.03.26 13h20\n4,d,15/03/2026 10:00,pending\n"
    "5,e,15/03/2026 10:00,15/03/2026 11:00\n6,f,16/03/2026 10:00,16/03/2026 11:00\n"
)


def test_what_has_digits_and_cannot_be_read_is_not_called_missing(tmp_path: Path) -> None:
    draft = text_of(tmp_path, HEAD + ODD)
    assert tomllib.loads(draft)["missing"] == ["pending"]
    assert '# No times as time_format says, in "closed": "14/3 11:15", "16.03.26 13h20"' in draft
    assert "# 4 of its 6 rows can be read so" in draft
    assert imported(tmp_path, draft, "UTC").rejected == 2


def test_damaged_rows_are_counted_as_rows_that_cannot_be_read(tmp_path: Path) -> None:
    draft = text_of(tmp_path, f"{LOCAL}2,b\n3,c,2026-02-03 10:00,,,\n")
    assert "# 1 of its 3 rows can be read so" in draft
    assert "outages.csv:3: has 2 columns" in draft


@pytest.mark.parametrize(
    "name",
    ["Due date", "SLA end", "Expected resolution", "plannedEnd", "Scheduled end", "Closing target",
     "Next SLA breach", "ETA fix", "closing_deadline", "Estimated fix"],
)  # fmt: skip
def test_what_is_expected_did_not_happen(tmp_path: Path, name: str) -> None:
    draft = drafted(
        tmp_path,
        f"id,title,opened,{name}\n1,a,2026-02-03T10:00Z,2026-02-04T10:00Z\n2,b,,2026-02-04T10:00Z\n",
    )
    assert draft["events"] == {"detected": {"at": "opened"}}


def test_columns_that_are_empty_by_now_are_offered(tmp_path: Path) -> None:
    table = "id,opened,first response at,due date,closed by,solved at\n1,2026-02-03T10:00Z,,,,\n"
    draft = text_of(tmp_path, table)
    assert draft.count("This column is empty by now") == 2
    assert '# [events.acknowledged]\n# at = "first response at"' in draft
    assert '# [events.resolved]\n# at = "solved at"' in draft
    taken = tomllib.loads(draft.replace("# [", "[").replace("# at", "at"))
    assert set(taken["events"]) == {"detected", "acknowledged", "resolved"}


@pytest.mark.parametrize("name", ["Old status", "from_state", "previousStatus", "Status before"])
def test_the_state_before_a_change_is_no_part_of_the_state(tmp_path: Path, name: str) -> None:
    rows = "".join(
        f"{n},2026-02-03T1{hour}:00Z,{before},{now}\n"
        for n in range(3)
        for hour, before, now in ((0, "", "Open"), (1, "Open", "Closed"), (2, "Closed", "Open"))
    )
    draft = drafted(tmp_path, f"ticket,time,{name},New status\n{rows}")
    assert draft["state"] == "New status"
    assert draft["states"] == {"Open": "open", "Closed": "resolved"}
    assert draft["keep"] == [name]


@pytest.mark.parametrize(
    "title", ["Outage log 2026,,,\n", "Outage log 2026,,,\n,,,\n", "Outage log 2026\n"]
)
def test_a_title_above_the_header_is_said_to_be_one(tmp_path: Path, title: str) -> None:
    with pytest.raises(InvalidInput, match="seems to be a title: delete the lines above"):
        text_of(tmp_path, title + LOCAL)


UNSURE = "# Day and month may be the other way round"


@pytest.mark.parametrize(
    ("opened", "closed", "said"),
    [
        ("7/1/2026 10:05", "7/13/2026 11:05", '# Day and month are in the order that "closed"'),
        ("7/1/2026 10:05", "7/2/2026 11:05", UNSURE),
        ("7/14/2026 10:05", "7/15/2026 11:05", None),
        ("13/7/2026 10:05", "7/15/2026 11:05", "# Careful: the month stands first in some"),
    ],
)
def test_what_is_said_of_day_and_month_is_true(
    tmp_path: Path, opened: str, closed: str, said: str | None
) -> None:
    draft = text_of(tmp_path, f"{HEAD}1,a,{opened},{closed}\n2,b,{opened},7/2/2026 11:05\n")
    assert said is None or said in draft
    assert (UNSURE in draft) == (said == UNSURE)


def test_a_time_that_is_only_due_tells_the_order_of_day_and_month_all_the_same(
    tmp_path: Path,
) -> None:
    table = "id,opened,due date\n1,7/1/2026 10:05,7/15/2026 10:00\n"
    draft = text_of(tmp_path, table)
    assert tomllib.loads(draft)["time_format"] == "%m/%d/%Y %H:%M"
    assert '# Day and month are in the order that "due date" tells.' in draft
    assert UNSURE not in draft


def test_that_no_day_tells_is_said_only_after_looking_at_all(tmp_path: Path) -> None:
    rows = [f"{n},a,0{1 + n % 9}/02/2026 10:{n // 60:02}:{n % 60:02}," for n in range(400)]
    table = "\n".join([HEAD.strip(), *rows, "400,a,02/28/2026 10:00:00,", ""])
    draft = text_of(tmp_path, table)
    assert UNSURE not in draft


def test_one_column_never_has_day_and_month_in_both_orders(tmp_path: Path) -> None:
    rows = "".join(f"{n},a,{n + 12}/02/2026 10:00,\n" for n in range(9))
    draft = text_of(tmp_path, f"{HEAD}{rows}9,a,02/28/2026 10:00,\n")
    assert tomllib.loads(draft)["time_format"] == "%d/%m/%Y %H:%M"
    assert '"02/28/2026 10:00"' in draft


def test_no_more_of_a_table_is_looked_at_than_is_bearable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample, "ENOUGH_BYTES", 100_000)
    rows = "".join(f"{n},{'a' * 1_000},2026-02-03T10:00Z,\n" for n in range(1_000))
    draft = text_of(tmp_path, HEAD + rows)
    count = int(draft.split(" of its ")[1].split(" rows")[0].replace(",", ""))
    assert 50 < count < 400
