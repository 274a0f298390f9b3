"""One fact told twice: whichever telling comes first, the same fuller one stands."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retold import Recorded
from retold.adapters.importers.joining import each_once, joined
from retold.adapters.importers.news import news
from retold.adapters.importers.tellings import Facts, Wanted
from retold.domain.errors import InvalidInput
from retold.domain.events import Acknowledged, Detected
from retold.domain.history import effective_history
from retold.domain.records import provisional

SECOND = datetime(2026, 3, 1, 12, tzinfo=UTC)
EXACT = SECOND.replace(microsecond=482_000)


def detected(title: str = "Down", **more: object) -> Detected:
    return Detected.model_validate({"occurred_at": SECOND, "title": title, **more})


def test_what_only_one_telling_says_is_kept() -> None:
    one, other = detected(by="alerting"), detected(signal="5xx")
    whole = detected(by="alerting", signal="5xx")
    assert joined(one, other, lambda _: True) == joined(other, one) == whole


@pytest.mark.parametrize("is_newer", [True, False, None])
def test_of_one_time_the_more_exact_telling_stands_whichever_is_newer(
    is_newer: bool | None,
) -> None:
    short, exact = Acknowledged(occurred_at=SECOND), Acknowledged(occurred_at=EXACT)
    assert joined(short, exact, lambda _: is_newer) == exact
    assert joined(exact, short, lambda _: is_newer) == exact


def test_of_two_values_that_of_the_newer_telling_stands() -> None:
    assert joined(detected("Old"), detected("New"), lambda _: True) == detected("New")
    assert joined(detected("New"), detected("Old"), lambda _: False) == detected("New")


@given(st.permutations([(1, "Web"), (2, "Mail"), (3, "")]))
def test_each_field_has_the_newest_telling_that_says_it_in_any_order(
    order: list[tuple[int, str]],
) -> None:
    recorded: list[Recorded] = []
    for hour, service in order:
        event = detected(services=(service,) if service else (), by="alerting")
        told = Facts("x", "1", (Wanted("detected", event, SECOND),), SECOND.replace(hour=hour))
        after = len(recorded)
        entries = news(recorded, told)
        recorded += provisional(told.incident_id, entries, after=after, now=SECOND)
    [entry] = effective_history(recorded).entries
    assert entry.event == detected(services=("Mail",), by="alerting")


@given(st.permutations(["a", "b", "c"]), st.permutations([("x",), ("y", "x"), ()]))
def test_without_revisions_the_order_of_telling_does_not_matter(
    titles: list[str], services: list[tuple[str, ...]]
) -> None:
    tellings = [
        detected(title, services=some) for title, some in zip(titles, services, strict=True)
    ]
    there = tellings[0]
    for one in tellings[1:]:
        there = joined(there, one)  # type: ignore[assignment]
    assert there == detected("c", services=("x", "y"))


def test_what_one_slot_is_told_twice_is_one_fact() -> None:
    twice = [Wanted("ack", Acknowledged(occurred_at=SECOND), EXACT),
             Wanted("ack", Acknowledged(occurred_at=EXACT, by="on-call"), SECOND)]  # fmt: skip
    [once] = each_once(twice)
    assert (once.event, once.told_at) == (twice[1].event, SECOND)


def test_two_kinds_of_events_in_one_slot_are_refused() -> None:
    with pytest.raises(InvalidInput, match="in one place"):
        each_once(
            [Wanted("x", detected(), SECOND), Wanted("x", Acknowledged(occurred_at=SECOND), SECOND)]
        )
