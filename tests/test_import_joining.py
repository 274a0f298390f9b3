"""One fact told twice: whichever telling comes first, the same fuller one stands."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retold.adapters.importers.joining import each_once, joined
from retold.adapters.importers.tellings import Wanted
from retold.domain.errors import InvalidInput
from retold.domain.events import Acknowledged, Detected

SECOND = datetime(2026, 3, 1, 12, tzinfo=UTC)
EXACT = SECOND.replace(microsecond=482_000)


def detected(title: str = "Down", **more: object) -> Detected:
    return Detected.model_validate({"occurred_at": SECOND, "title": title, **more})


def test_what_only_one_telling_says_is_kept() -> None:
    one, other = detected(by="alerting"), detected(signal="5xx")
    whole = detected(by="alerting", signal="5xx")
    assert joined(one, other, is_newer=True) == joined(other, one, is_newer=None) == whole


def test_of_one_time_the_more_exact_telling_stands_whichever_is_newer() -> None:
    short, exact = Acknowledged(occurred_at=SECOND), Acknowledged(occurred_at=EXACT)
    for is_newer in (True, False, None):
        assert joined(short, exact, is_newer=is_newer) == exact
        assert joined(exact, short, is_newer=is_newer) == exact


def test_of_two_values_that_of_the_newer_telling_stands() -> None:
    assert joined(detected("Old"), detected("New"), is_newer=True) == detected("New")
    assert joined(detected("New"), detected("Old"), is_newer=False) == detected("New")


@given(st.permutations(["a", "b", "c"]), st.permutations([("x",), ("y", "x"), ()]))
def test_without_revisions_the_order_of_telling_does_not_matter(
    titles: list[str], services: list[tuple[str, ...]]
) -> None:
    tellings = [
        detected(title, services=some) for title, some in zip(titles, services, strict=True)
    ]
    there = tellings[0]
    for one in tellings[1:]:
        there = joined(there, one, is_newer=None)  # type: ignore[assignment]
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
