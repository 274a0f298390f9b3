"""What a postmortem document says of itself in its first line."""

from typing import get_args
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from retold import InvalidInput
from retold.adapters.postmortem_settings import Settings, settings_in, with_settings
from retold.projections.actors import Actors

ONE = Settings(UUID(int=1), "full", "names")
TWO = Settings(UUID(int=2), "a -- b --> c <!-- d", "hidden", ZoneInfo("Europe/Berlin"))


@given(
    st.builds(
        Settings,
        st.builds(uuid4),
        st.text(min_size=1),
        st.sampled_from(get_args(Actors)),
        st.sampled_from([None, ZoneInfo("Europe/Berlin"), ZoneInfo("Etc/GMT+5")]),
    )
)
@example(TWO)
@example(ONE._replace(template="\udcff.md"))
def test_settings_are_read_as_they_were_written(settings: Settings) -> None:
    assert settings.line.isascii()
    assert settings.line.count("--") == 2
    found = settings_in(f"{settings.line}\nmore")
    assert found is not None
    assert found.settings == settings


def test_settings_may_stand_below_front_matter() -> None:
    found = settings_in(f"---\nowner: storage\n---\n{ONE.line}\n")
    assert found is not None
    assert found.line == 4


def test_other_settings_change_nothing_but_their_marker() -> None:
    text = f"\ufeff---\r\n  {ONE.line}  \r\nmore \r text"
    assert with_settings(text, TWO) == text.replace(ONE.line, TWO.line)
    assert with_settings(text, ONE) == text


def test_a_text_without_settings_is_no_document() -> None:
    assert settings_in("# Notes\n") is None


@pytest.mark.parametrize(
    "line",
    [
        f"{ONE.line}\n{ONE.line}",
        f"\n{ONE.line.replace('actors=names', 'actors=everybody')}",
        f"\n{ONE.line.replace('actors=names', '')}",
        f"\n{ONE.line.replace('actors=names', 'actors=hidden actors=names')}",
        f"\n{ONE.line.replace('actors=names', 'actors=names more')}",
        f"\n{ONE.line.replace('actors=names', 'actors=names colour=red')}",
        f"\n{ONE.line.replace('actors=names', 'actors=names tz=Moon/Sea')}",
        f"\n{ONE.line.replace('actors=names', 'actors=names tz=../../etc/passwd')}",
        f"\n{ONE.line.replace('00000001', '0000000x')}",
        f"\n{ONE.line.replace('postmortem/1', 'postmortem/2')}",
        "\n<!-- retold:document -->",
    ],
)
def test_settings_that_are_damaged_or_said_twice_are_refused_with_their_line(line: str) -> None:
    with pytest.raises(InvalidInput) as error:
        settings_in(line)
    assert error.value.where == "line 2"


def test_a_document_of_a_newer_form_is_named_as_such() -> None:
    with pytest.raises(InvalidInput, match=r"postmortem/2 is not retold\.postmortem/1"):
        settings_in(ONE.line.replace("postmortem/1", "postmortem/2"))
