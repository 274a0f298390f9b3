"""A site of many incidents: what its pages say, and what becomes of its files."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from retold import Cut, Entry, Incident, InvalidInput, Store
from retold.adapters.pages.site import Made, make_site
from retold.adapters.pages.site_rows import Asked
from retold.adapters.visibility import VisibleTo
from retold.domain import events as ev
from retold.domain.values import Source

from .sites import board, dead_links, files, parsed, row

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOW = NOON + timedelta(days=2)
CHECKOUT, SEARCH, OTHER, SECRET = (UUID(int=number << 96) for number in (1, 2, 3, 4))


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def given(store: Store, incident: UUID, *events: ev.AnyEvent, ref: str | None = None) -> None:
    version = len(store.backend.read(incident))
    for number, event in enumerate(events, start=version + 1):
        source = Source(system="tool", ref=ref) if ref else None
        event_id = UUID(int=incident.int + number)
        store.append(incident, [Entry(event_id=event_id, event=event, source=source)])


def detected(minutes: float, title: str, *services: str) -> ev.Detected:
    return ev.Detected(occurred_at=at(minutes), title=title, services=services)


def resolved(minutes: float) -> ev.Resolved:
    return ev.Resolved(occurred_at=at(minutes), summary="rolled back")


@pytest.fixture
def incidents(store: Store) -> Store:
    """One that is over, and one that is open."""
    given(
        store, CHECKOUT,
        detected(0, "Checkout fails", "checkout", "payments"),
        ev.Acknowledged(occurred_at=at(4), by="ana"),
        ev.Declared(occurred_at=at(5), severity="SEV1"),
        ev.Mitigated(occurred_at=at(42)),
        resolved(72),
        ref="C-7",
    )  # fmt: skip
    given(
        store, SEARCH,
        detected(24 * 60, "Search is slow", "search"),
        ev.Declared(occurred_at=at(24 * 60 + 1)),
        ev.SeverityAssessed(occurred_at=at(24 * 60 + 2), assessor="support", severity="SEV1"),
        ev.SeverityAssessed(occurred_at=at(24 * 60 + 3), assessor="bob", severity="SEV2"),
        ev.RoleAssigned(occurred_at=at(24 * 60 + 4), role="commander", holder="bob"),
        ev.NoteAdded(occurred_at=at(24 * 60 + 30), text="Half of the shards are back", by="ana"),
    )  # fmt: skip
    return store


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site"


def public(store: Store, *groups: str) -> Store:
    """The store as a site that names these groups sees it."""
    return Store(VisibleTo(store.backend, groups), lambda: NOW)


def made(store: Store, site: Path, asked: Asked = Asked()) -> Made:  # noqa: B008 - frozen
    return make_site(public(store), site, asked, NOW)


def everything(site: Path) -> str:
    return "\n".join(one.decode() for one in files(site).values())


# What the pages say


def test_there_is_an_index_a_page_of_reports_and_a_page_of_each(
    incidents: Store, site: Path
) -> None:
    made(incidents, site)
    pages = {f"incidents/{one}.html" for one in (CHECKOUT, SEARCH)}
    assert set(files(site)) == {"index.html", "reports.html"} | pages
    assert "Checkout fails" in (site / "incidents" / f"{CHECKOUT}.html").read_text()


def test_the_index_says_of_what_and_as_of_when_it_is(incidents: Store, site: Path) -> None:
    made(incidents, site, Asked(title="Example Cloud"))
    said = parsed(site).said
    assert said[0] == "Example Cloud"
    for fact in (
        "2 incidents",
        "detected 2026-03-01 to 2026-03-02",
        "as of 2026-03-03 12:00:00 UTC",
        "People: by the names recorded.",
    ):
        assert fact in said
    last = incidents.backend.last_position()
    assert any(f"its log read up to position {last}." in one for one in said)


def test_the_board_tells_each_open_incident(incidents: Store, site: Path) -> None:
    made(incidents, site)
    [card] = board(site)
    assert card == [
        "Search is slow",
        "open for", "1d 00h", "since 2026-03-02 12:00 UTC",
        "phase", "unmitigated", "for 23h 59m",
        "severity", "SEV2,", "assessors differ:", "SEV1, SEV2",
        "services", "search",
        "led by", "bob",
        "23h 30m ago, ana:", "Half of the shards are back",
    ]  # fmt: skip


def test_a_board_without_open_incidents_says_so(store: Store, site: Path) -> None:
    given(store, CHECKOUT, detected(0, "Checkout fails"), resolved(9))
    made(store, site)
    assert "No incident is open." in parsed(site).said


def test_the_list_tells_each_incident_the_latest_first(incidents: Store, site: Path) -> None:
    made(incidents, site, Asked(zone=ZoneInfo("Europe/Berlin")))
    assert row(site, CHECKOUT) == [
        "2026-03-01 12:00", "2026-03-01 13:00", "Checkout fails", "SEV1", "resolved",
        "checkout, payments", "42m 00s", "1h 12m", "tool C-7",
    ]  # fmt: skip
    assert row(site, SEARCH) == [
        "2026-03-02 12:00", "2026-03-02 13:00", "Search is slow", "SEV2 assessors differ",
        "declared", "search", "open", "open", "recorded here",
    ]  # fmt: skip
    text = (site / "index.html").read_text()
    assert text.index(f"i-{SEARCH}") < text.index(f"i-{CHECKOUT}")


def test_what_is_not_recorded_is_said_and_never_nothing_or_zero(store: Store, site: Path) -> None:
    given(store, CHECKOUT, resolved(9))
    given(store, SEARCH, detected(0, "Search is slow"), resolved(0))
    given(store, OTHER, detected(5, "Old"), ev.Mitigated(occurred_at=at(1)), resolved(20))
    made(store, site)
    nothing = "not recorded"
    assert row(site, CHECKOUT) == [
        nothing, "Incident without a title", nothing, "resolved", nothing, nothing, nothing,
        "recorded here",
    ]  # fmt: skip
    assert row(site, SEARCH)[5:7] == [nothing, "odd: same time"]
    assert row(site, OTHER)[5:7] == ["odd: ends first", "15m 00s"]


def test_what_became_of_an_incident_is_told(store: Store, site: Path) -> None:
    given(
        store, CHECKOUT, detected(0, "Checkout fails"), resolved(1),
        ev.Reopened(occurred_at=at(2)), resolved(3),
    )  # fmt: skip
    given(store, SEARCH, detected(0, "Drill"), ev.Dismissed(occurred_at=at(1), reason="drill"))
    given(store, OTHER, detected(0, "Same"), ev.Merged(occurred_at=at(1), into=CHECKOUT))
    made(store, site)
    assert row(site, CHECKOUT)[3] == "resolved , reopened once"
    assert row(site, SEARCH)[3:7] == ["dismissed : drill", "not recorded", *["not counted"] * 2]
    assert row(site, OTHER)[3] == "merged into another"
    assert parsed(site).links.count(f"incidents/{CHECKOUT}.html") == 2


def test_durations_are_from_the_first_impact_where_that_is_known(store: Store, site: Path) -> None:
    started = ev.ImpactStarted(occurred_at=at(-30), service="checkout")
    given(store, CHECKOUT, started, detected(0, "Checkout fails"), resolved(10))
    made(store, site)
    assert row(site, CHECKOUT)[6] == "40m 00s"
    assert any("To resolve: from the first start of an impact" in one for one in parsed(site).said)


def test_every_link_leads_to_a_page_and_an_anchor_that_are_there(
    incidents: Store, site: Path
) -> None:
    given(incidents, OTHER, detected(0, "Same"), ev.Merged(occurred_at=at(1), into=CHECKOUT))
    made(incidents, site)
    assert dead_links(site) == []
    assert parsed(site, f"incidents/{OTHER}.html").links[1] == "../index.html"


def test_reports_have_charts_and_say_why_others_have_none(store: Store, site: Path) -> None:
    for number in range(1, 8):
        given(
            store, UUID(int=number << 64), detected(60 * 24 * 9 * number, "Checkout fails"),
            ev.Declared(occurred_at=at(60 * 24 * 9 * number), severity=f"SEV{number % 2}"),
            resolved(60 * 24 * 9 * number + 10 * number),
        )  # fmt: skip
    made(store, site)
    page = parsed(site, "reports.html")
    for anchor in ("ttr_detected", "ttr_detected-by-severity", "ttr_detected-by-month", "reopens"):
        assert anchor in page.anchors
    assert [tag for tag, _ in page.elements].count("svg") >= 3
    assert "Half are over within 40m 00s (95 % interval 10m 00s to 1h 10m)." in page.said
    assert {"SEV0", "SEV1", "2026-03", "2026-04"} <= set(page.said)
    assert "ttd, time to detect: n=0 of 7: 7 no impact-started recorded." in page.said
    assert "median time to resolve, from detection (n=7)" in parsed(site).said


def test_a_site_of_no_incident_is_a_site(store: Store, site: Path) -> None:
    made(store, site)
    assert {"0 incidents", "There are none."} <= set(parsed(site).said)
    assert dead_links(site) == []


# Which incidents


def test_a_period_goes_by_detection_and_says_what_it_leaves_out(
    incidents: Store, site: Path
) -> None:
    given(incidents, OTHER, ev.NoteAdded(occurred_at=at(0), text="never detected"))
    made(incidents, site)
    asked = Asked(since=NOON, until=NOON + timedelta(days=1))
    assert made(incidents, site, asked).removed == 2
    assert [name for name in files(site) if "/" in name] == [f"incidents/{CHECKOUT}.html"]
    said = parsed(site).said
    for words in (
        "1 incident",
        "those detected from 2026-03-01 12:00:00 UTC to before 2026-03-02 12:00:00 UTC",
        "1 incident is in no period, as no detection is recorded, and not shown.",
        "1 more open incident is not shown, detected before or after the period.",
        "No incident is open.",
    ):
        assert words in said
    assert "n=1 of 1." in parsed(site, "reports.html").said
    made(incidents, site, Asked(since=NOON + timedelta(days=1)))
    assert [name for name in files(site) if "/" in name] == [f"incidents/{SEARCH}.html"]
    assert "n=1 of 1." in parsed(site, "reports.html").said


def test_a_cut_tells_all_as_it_was_then(incidents: Store, site: Path) -> None:
    made(incidents, site, Asked(cut=Cut(as_of=at(20))))
    [card] = board(site)
    assert card[:4] == ["Checkout fails", "open for", "20m 00s", "since 2026-03-01 12:00 UTC"]
    assert "as of 2026-03-01 12:20:00 UTC" in parsed(site).said
    assert f"incidents/{SEARCH}.html" not in files(site)


def test_people_are_told_by_role_or_not_at_all(incidents: Store, site: Path) -> None:
    made(incidents, site, Asked(actors="roles"))
    assert "commander" in board(site)[0]
    for actors in ("roles", "hidden"):
        made(incidents, site, Asked(actors=actors))
        assert not {"ana", "bob"} & set(everything(site).replace("<", " ").split())


# What is restricted


@pytest.fixture
def with_secret(incidents: Store) -> Store:
    given(
        incidents, SECRET, detected(3, "Unheard-of leak", "vault"),
        ev.AccessRestricted(occurred_at=at(4), group="legal", why="a customer may sue"),
    )  # fmt: skip
    return incidents


def test_what_is_restricted_is_counted_and_nowhere(with_secret: Store, site: Path) -> None:
    given(with_secret, OTHER, detected(0, "Same"), ev.Merged(occurred_at=at(1), into=SECRET))
    assert made(with_secret, site).found.hidden == 1
    assert not any(one in everything(site) for one in ("Unheard-of", "vault", "sue"))
    assert f"incidents/{SECRET}.html" not in files(site)
    assert "1 restricted incident is not shown and in no figure." in parsed(site).said
    assert row(site, OTHER)[3] == "merged"


def test_readers_of_its_group_see_it_and_to_whom_it_is_restricted(
    with_secret: Store, site: Path
) -> None:
    make_site(public(with_secret, "legal"), site, Asked(), NOW)
    assert row(site, SECRET)[1] == "Unheard-of leak restricted to legal"


def test_the_page_of_what_is_restricted_since_is_removed_whatever_fails_later(
    with_secret: Store, site: Path
) -> None:
    make_site(public(with_secret, "legal"), site, Asked(), NOW)
    in_the_way = site / "incidents" / f"{CHECKOUT}.html"
    in_the_way.write_text("somebody's own")
    with pytest.raises(InvalidInput, match="not made by Retold"):
        made(with_secret, site)
    assert "Unheard-of" not in everything(site)
    assert "reports.html" not in files(site)
    assert any("This page is being made." in one for one in parsed(site).said)
    assert in_the_way.read_text() == "somebody's own"
    in_the_way.unlink()
    made(with_secret, site)
    assert dead_links(site) == []


def test_what_is_restricted_while_a_site_is_made_is_not_in_it(
    incidents: Store, site: Path, clock: Callable[[], datetime]
) -> None:
    def restrict(done: int) -> None:
        if done == 2:
            incidents.record(CHECKOUT, Incident.restrict, group="legal", why="a customer may sue")

    make_site(public(incidents), site, Asked(), NOW, restrict)
    assert "Checkout fails" not in everything(site)
    assert "1 incident" in parsed(site).said


# What becomes of files


def test_making_it_again_touches_nothing_that_stays(incidents: Store, site: Path) -> None:
    assert made(incidents, site).written == 4
    before = {one: one.stat().st_mtime_ns for one in site.rglob("*.html")}
    again = made(incidents, site)
    assert (again.written, again.unchanged, again.removed) == (0, 4, 0)
    assert {one: one.stat().st_mtime_ns for one in site.rglob("*.html")} == before


def test_what_is_recorded_of_one_incident_changes_its_page_and_no_other(
    incidents: Store, site: Path
) -> None:
    made(incidents, site)
    before = files(site)
    given(incidents, SEARCH, ev.NoteAdded(occurred_at=at(1500), text="All shards are back"))
    made(incidents, site)
    changed = {name for name, data in files(site).items() if before[name] != data}
    assert changed == {f"incidents/{SEARCH}.html", "index.html", "reports.html"}


def test_the_same_events_and_moment_give_the_same_bytes(
    incidents: Store, site: Path, tmp_path: Path
) -> None:
    made(incidents, site)
    made(incidents, tmp_path / "other")
    assert files(site) == files(tmp_path / "other")


@pytest.mark.parametrize("name", ["notes.txt", "index.html", "incidents/1.html"])
def test_a_folder_of_somebody_else_is_refused_and_left_alone(
    store: Store, site: Path, name: str
) -> None:
    (site / name).parent.mkdir(parents=True)
    (site / name).write_text("mine")
    with pytest.raises(InvalidInput, match="Retold"):
        made(store, site)
    assert files(site) == {name: b"mine"}


def test_a_folder_of_pages_that_is_a_link_is_refused_and_what_it_leads_to_left_alone(
    store: Store, site: Path, tmp_path: Path
) -> None:
    site.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (site / "incidents").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InvalidInput, match="is a link"):
        made(store, site)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_what_others_put_into_a_site_stays(incidents: Store, site: Path) -> None:
    (site / ".git").mkdir(parents=True)
    made(incidents, site)
    theirs = ("CNAME", "incidents/notes.html", f"incidents/{OTHER}.html", ".git/config")
    for name in theirs:
        (site / name).write_text("mine")
    made(incidents, site, Asked(until=NOON))
    assert {name: files(site)[name] for name in theirs} == dict.fromkeys(theirs, b"mine")


def test_what_a_killed_run_left_behind_is_removed(incidents: Store, site: Path) -> None:
    made(incidents, site)
    for name in (".index.html.4711", f"incidents/.{SECRET}.html.4711"):
        (site / name).write_text("half a page")
    made(incidents, site)
    assert all(not name.endswith("4711") for name in files(site))


def test_a_first_run_that_failed_can_be_run_again(incidents: Store, site: Path) -> None:
    def fail(_done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_site(public(incidents), site, Asked(), NOW, fail)
    assert any("This page is being made." in one for one in parsed(site).said)
    made(incidents, site)
    assert dead_links(site) == []


def test_no_page_asks_for_anything_else(incidents: Store, site: Path) -> None:
    made(incidents, site)
    for name in files(site):
        page = parsed(site, name)
        assert not {"link", "img", "iframe", "object", "base"} & {tag for tag, _ in page.elements}
        assert not any("src" in names or "style" in names for _, names in page.elements)
