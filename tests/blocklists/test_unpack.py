"""Feeds that come packed as a file, whatever they are called."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from io import BytesIO

import pytest

from banguard.core.errors import FeedBomb, FeedUnreadable
from tests.blocklists.conftest import Feed
from tests.blocklists.test_fetch import body


def zipped(*members: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, content in enumerate(members):
            archive.writestr(f"{number}.txt", content)
    return out.getvalue()


@pytest.mark.parametrize("pack", [gzip.compress, zipped])
def test_a_packed_file_is_unpacked_whatever_it_is_called(feed: Feed, pack: Callable[[bytes], bytes]) -> None:
    feed.serve(body=pack(b"203.0.113.7\n"))
    assert body(feed) == b"203.0.113.7\n"


@pytest.mark.parametrize("pack", [gzip.compress, zipped])
def test_a_packed_bomb_is_cut_off_too(feed: Feed, pack: Callable[[bytes], bytes]) -> None:
    feed.serve(body=pack(b"\n" * 20_000_000))
    with pytest.raises(FeedBomb):
        body(feed)


@pytest.mark.parametrize(
    "packed", [zipped(), zipped(b"1", b"2"), zipped(b"203.0.113.7")[:-30], b"\x1f\x8b" + b"x" * 30]
)
def test_a_packed_file_that_is_none_is_unreadable(feed: Feed, packed: bytes) -> None:
    feed.serve(body=packed if packed[:4] != b"PK\x05\x06" else b"PK\x03\x04")
    with pytest.raises(FeedUnreadable):
        body(feed)
