"""Generated blocks among what people wrote: found, told from edited ones, renewed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retold import InvalidInput
from retold.adapters.postmortem_blocks import block_text, blocks_in, digest_of, renewed

NAMES = ("header", "timeline", "follow-ups")
FIRST = {"header": "# Title", "timeline": "| a |\n| --- |\n| b |", "follow-ups": "*Nothing.*"}
SECOND = {"header": "# Other", "timeline": "| a |\n| --- |\n| c |\n\nmore", "follow-ups": "- one"}


def document(*between: str, contents: dict[str, str] = FIRST) -> str:
    """A document whose blocks stand between pieces of human text."""
    first, *rest = between
    named = zip(NAMES, rest, strict=True)
    return first + "".join(f"{block_text(name, contents[name])}\n{text}" for name, text in named)


def outside(text: str) -> list[str]:
    """What stands around the blocks, by a reading of its own."""
    block = r"<!-- retold:begin [a-z-]+ sha256:[0-9a-f]+ -->(?s:.*?)<!-- retold:end [a-z-]+ -->"
    return re.split(block, text)


PLAIN = document("Before.\n\n", "\nBetween.\n\n", "\n", "\nAfter.")


# Renewing


def test_a_document_with_the_same_contents_is_the_same() -> None:
    renewal = renewed(PLAIN, FIRST, force=False)
    assert renewal.text == PLAIN
    assert [one.name for one in renewal.unchanged] == list(NAMES)


def test_other_contents_take_the_place_of_the_old_ones() -> None:
    renewal = renewed(PLAIN, SECOND, force=False)
    assert renewal.text == document(
        "Before.\n\n", "\nBetween.\n\n", "\n", "\nAfter.", contents=SECOND
    )
    assert [one.name for one in renewal.renewed] == list(NAMES)


human = st.text(
    alphabet=st.one_of(
        st.sampled_from("\r\n\t \x00\x0b\x0c\x1c\x85\u2028\u2029\ufeff<!->#|`"),
        st.characters(codec="utf-8"),
    ),
    max_size=40,
).filter(lambda text: not re.search(r"<!--\s*retold:", text))


@given(human, human, human, human, st.booleans())
def test_what_people_wrote_between_blocks_stays_to_the_byte(
    first: str, second: str, third: str, last: str, force: bool
) -> None:
    text = document(f"{first}\n", f"{second}\n", f"{third}\r\n", last)
    told = renewed(text, SECOND, force=force).text
    assert [one.encode() for one in outside(told)] == [one.encode() for one in outside(text)]
    assert told == document(f"{first}\n", f"{second}\n", f"{third}\r\n", last, contents=SECOND)


@given(st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["", "\ufeff"]))
def test_a_block_takes_the_line_endings_of_its_document(ending: str, mark: str) -> None:
    text = mark + PLAIN.replace("\n", ending)
    told = renewed(text, SECOND, force=False)
    assert told.kept == ()
    expected = document("Before.\n\n", "\nBetween.\n\n", "\n", "\nAfter.", contents=SECOND)
    assert told.text == mark + expected.replace("\n", ending)


def test_the_same_block_may_be_there_twice() -> None:
    twice = f"{block_text('header', 'old')}\n\nand again\n\n{block_text('header', 'old')}"
    told = renewed(twice, SECOND, force=False)
    assert told.text.count("# Other") == 2
    assert [one.line for one in told.renewed] == [1, 9]


def test_a_block_that_is_taken_out_stays_out() -> None:
    without = document("Mine.\n", "", "", "").replace(block_text("timeline", FIRST["timeline"]), "")
    assert "timeline" not in renewed(without, SECOND, force=True).text


# Edited blocks


EDITED = PLAIN.replace("| b |", "| b, by hand |")


def test_an_edited_block_stays_as_it_is_and_the_others_are_renewed() -> None:
    told = renewed(EDITED, SECOND, force=False)
    assert "| b, by hand |" in told.text
    assert "# Other" in told.text
    assert [one.name for one in told.kept] == ["timeline"]


def test_an_edited_block_is_named_with_the_line_it_has_afterwards() -> None:
    longer = SECOND | {"header": "# Other\n\nof more\n\nlines"}
    told = renewed(EDITED, longer, force=False)
    [kept] = told.kept
    assert "retold:begin timeline" in told.text.split("\n")[kept.line - 1]


def test_an_edited_block_is_named_again_the_next_time() -> None:
    once = renewed(EDITED, SECOND, force=False).text
    assert [one.name for one in renewed(once, SECOND, force=False).kept] == ["timeline"]


def test_force_replaces_an_edited_block() -> None:
    told = renewed(EDITED, SECOND, force=True)
    assert told.kept == ()
    assert told.text == renewed(PLAIN, SECOND, force=False).text


def test_an_edit_to_what_is_generated_now_is_none() -> None:
    told = renewed(PLAIN.replace(FIRST["timeline"], SECOND["timeline"]), SECOND, force=False)
    assert told.kept == ()
    assert renewed(told.text, SECOND, force=False).renewed == ()


@pytest.mark.parametrize(
    "changed",
    [
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("| b |\n", "| b |  \t\n"),
        PLAIN.replace("# Title\n", "# Title\n\n\n"),
        PLAIN.replace(" -->\n", " --> \n"),
    ],
)
def test_what_editors_change_by_themselves_is_no_edit(changed: str) -> None:
    told = renewed(changed, FIRST, force=False)
    assert told.text == changed
    assert len(told.unchanged) == 3


@given(st.text(min_size=1))
def test_any_character_added_within_a_block_is_an_edit(added: str) -> None:
    assert (digest_of(f"| b{added} |") == digest_of("| b |")) is (added == "")


# Markers that are damaged


def at(line: int, text: str) -> None:
    with pytest.raises(InvalidInput) as error:
        blocks_in(text, NAMES)
    assert error.value.where == f"line {line}"


BEGIN, END = block_text("timeline", "x").split("\n")[0], "<!-- retold:end timeline -->"


def test_an_end_without_a_beginning_is_refused() -> None:
    at(3, f"one\ntwo\n{END}\n")


def test_lines_are_counted_as_editors_do() -> None:
    at(4, f"a\u2028b\x85c\x0bd\r\ne\rf\n{END}")


def test_a_beginning_without_an_end_is_refused() -> None:
    at(2, f"one\r{BEGIN}\rthree")


def test_blocks_within_blocks_are_refused() -> None:
    at(2, f"{BEGIN}\n{BEGIN}\n{END}\n{END}")


def test_an_end_of_another_block_is_refused() -> None:
    at(2, f"{BEGIN}\n<!-- retold:end header -->")


@pytest.mark.parametrize(
    "line",
    [
        "<!-- retold:begin timeline -->",
        "<!-- retold:begin timeline sha256:0123 -->",
        "<!-- retold:begin timeline sha256:0123456789ABCDEF -->",
        "<!-- retold:begin timeline md5:0123456789abcdef -->",
        "<!-- retold:begin timeline sha256:0123456789abcdef",
        "<!--retold:begin timeline sha256:0123456789abcdef -->",
        "<!-- retold:begin-->",
        f"said {BEGIN}",
        f"{BEGIN} said",
        f"\t{BEGIN}",
        f"    {BEGIN}",
        f"\ufeff{BEGIN}",
        BEGIN.replace("begin", "start"),
        BEGIN.replace("timeline", "timelime"),
    ],
)
def test_a_marker_that_is_damaged_or_unknown_is_refused(line: str) -> None:
    at(2, f"one\n{line}\n{END}\n")


def test_an_unknown_block_says_which_one_may_be_meant() -> None:
    with pytest.raises(InvalidInput, match="did you mean timeline"):
        blocks_in(BEGIN.replace("timeline", "timelime") + f"\n{END}", NAMES)


def test_a_marker_in_a_fence_of_code_is_one_all_the_same() -> None:
    at(2, f"```\n{END}\n```\n")


def test_text_that_only_speaks_of_markers_is_text() -> None:
    assert blocks_in("retold:end timeline, <!- retold: and <!-- see retold:end -->", NAMES) == []
