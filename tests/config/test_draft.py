"""Texts on their way to the files lose no byte, whatever the package ships."""

from __future__ import annotations

from pathlib import Path

import pytest

from banguard.config import draft
from banguard.core import inifile
from tests.config.conftest import STOCK

SHIPPED = sorted(path for path in STOCK.rglob("*") if path.is_file())


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_every_file_goes_through_draft_and_back_byte_for_byte(path: Path) -> None:
    content = path.read_bytes()
    assert draft.content_of(draft.text_of(content)) == content
    sent = draft.text_of(content).replace("\n", "\r\n")  # as a browser sends it
    assert draft.content_of(sent, like=content) == content


@pytest.mark.parametrize("path", [path for path in SHIPPED if path.suffix == ".conf"], ids=lambda path: path.name)
def test_options_set_to_what_they_are_change_nothing(path: Path) -> None:
    content = path.read_bytes()
    for option in inifile.options_of(draft.text_of(content)):
        text = inifile.with_option(draft.text_of(content), option.section, option.name, option.value)
        assert text.encode("utf-8", "surrogateescape") == content


def test_ends_of_lines_stay_those_of_the_file() -> None:
    assert draft.content_of("a\nb\r\n", like=b"x\r\n") == b"a\r\nb\r\n"
    assert draft.content_of("a\r\nb\r\n") == b"a\nb\n"


def test_a_difference_tells_a_missing_end() -> None:
    assert "+b (no newline at the end)" in draft.difference(b"a\n", b"a\nb")
    assert draft.difference(b"a\n", b"a\n") == ""
    assert "-a" in draft.difference(b"a\n", None)
