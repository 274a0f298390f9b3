"""What was corrected, retracted or added late is to be seen in a timeline's picture, and said."""

from xml.etree import ElementTree as ET

import pytest
from retold.domain import events as ev

from .pictures import (
    acknowledged,
    corrected,
    detected,
    marked,
    note,
    picture,
    resolved,
    retracted,
    texts,
)

CROWD = [detected(), *(note(60 + n / 1000) for n in range(20)), resolved(600)]


def shapes(root: ET.Element, name: str) -> list[ET.Element]:
    """The small signs of a name that are in marks."""
    return [one for mark in marked(root, "mark") for one in marked(mark, name)]


@pytest.mark.parametrize(
    ("change", "sign", "says", "strikes"),
    [
        (retracted(9), "ring", "one of them retracted", 1),
        (corrected(9, "saw"), "ring", "one of them corrected", 0),
    ],
)
def test_a_crowd_shows_that_it_holds_one_that_was_changed(
    change: ev.AnyEvent, sign: str, says: str, strikes: int
) -> None:
    root = picture(*CROWD, change)
    assert len(shapes(root, sign)) == 1
    assert len(shapes(root, "strike")) == strikes
    assert says in texts(root, "word")
    plain = picture(*CROWD)
    assert not shapes(plain, sign)
    assert says not in texts(plain, "word")


def test_one_that_stands_alone_shows_it_by_its_shape_and_needs_no_sign() -> None:
    root = picture(detected(), note(20), note(40), corrected(2, "saw"), retracted(3), resolved(60))
    assert not shapes(root, "ring")
    assert not {"one of them corrected", "one of them retracted"} & set(texts(root, "word"))


def test_an_entry_that_was_added_late_has_a_sign_alone_and_in_a_crowd() -> None:
    # All is put on record at the time of the detection.
    early = [note(-600), *(note(-300 + n / 1000) for n in range(9))]
    root = picture(*early, note(-50), detected(), acknowledged(5), resolved(100))
    assert len(shapes(root, "late")) == 2
    assert "added over 1 h later" in texts(root, "word")
    assert "added over 1 h later" not in texts(picture(note(-50), detected(), resolved(9)), "word")


def test_signs_are_told_when_pointed_at_and_to_those_who_cannot_see_them() -> None:
    root = picture(note(-150), *CROWD, retracted(9), corrected(11, "saw"))
    pointed = [mark[0].text or "" for mark in marked(root, "mark")]
    assert pointed[1].endswith("· observation · looked (added 2h 30m later)")
    [crowd] = [said for said in pointed if "20 entries" in said]
    assert crowd.endswith("; rows 3-22; 1 corrected; 1 retracted")
    assert "Of them 1 corrected, 1 retracted, 1 added later." in (root[1].text or "")
