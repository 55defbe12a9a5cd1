"""Fetching from a web server that means no good."""

from __future__ import annotations

import contextlib
import gzip
import ipaddress
import os
import socket
import time
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from banguard.blocklists.fetch import Limits, Wish, fetched
from banguard.blocklists.values import Validators
from banguard.core.errors import (
    FeedAddressForbidden,
    FeedBomb,
    FeedRefused,
    FeedThrottled,
    FeedTooLarge,
    FeedTooSlow,
    FeedUnreachable,
)
from tests.blocklists.conftest import Feed

SMALL = Limits(size=100_000, connect=1.0, silence=1.0, whole=0.5)


def body(feed: Feed, limits: Limits = SMALL, url: str = "") -> bytes:
    with fetched(Wish(url or feed.url, limits=limits)) as found:
        assert found.file is not None
        return found.file.read()


def test_a_feed_arrives_whole_and_is_gone_afterwards(feed: Feed) -> None:
    feed.serve("203.0.113.7", "203.0.113.8")
    with fetched(Wish(feed.url)) as found:
        assert found.file is not None
        assert found.file.read() == b"203.0.113.7\n203.0.113.8"
        assert os.fstat(found.file.fileno()).st_nlink == 0  # it has no name that could outlive a killed process
        assert (found.size, found.status) == (23, 200)
    assert found.file.closed
    assert feed.seen[0]["User-Agent"].startswith("BanGuard")


def test_a_packed_feed_is_unpacked(feed: Feed) -> None:
    feed.serve(body=gzip.compress(b"203.0.113.7\n" * 5_000), Content_Encoding="gzip")
    assert body(feed) == b"203.0.113.7\n" * 5_000


def test_a_feed_in_pieces_of_unknown_length_arrives_whole(feed: Feed) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.protocol_version = "HTTP/1.1"
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        for piece in (b"203.0.113.7\n", b"203.0.113.8\n", b""):
            request.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))

    feed.answer = answer
    assert body(feed) == b"203.0.113.7\n203.0.113.8\n"


def test_the_validators_go_there_and_back(feed: Feed) -> None:
    feed.serve("203.0.113.7", ETag='"one"', Last_Modified="Thu, 01 Jan 2026 00:00:00 GMT")
    with fetched(Wish(feed.url)) as first:
        pass
    assert "If-None-Match" not in feed.seen[0]
    feed.serve(status=304)
    with fetched(Wish(feed.url, first.validators)) as second:
        assert (second.file, second.status, second.validators) == (None, 304, first.validators)
    assert feed.seen[1]["If-None-Match"] == '"one"'
    assert feed.seen[1]["If-Modified-Since"] == "Thu, 01 Jan 2026 00:00:00 GMT"


def test_a_validator_too_long_to_keep_is_not_kept_in_part(feed: Feed) -> None:
    feed.serve("203.0.113.7", ETag='"' + "x" * 600 + '"', Last_Modified="y" * 200)
    with fetched(Wish(feed.url)) as found:
        assert found.validators == Validators()


@pytest.mark.parametrize("status", [201, 204, 206, 304, 401, 403, 404, 410, 500, 503])
def test_any_other_status_is_no_feed(feed: Feed, status: int) -> None:
    feed.serve(status=status)
    with pytest.raises(FeedUnreachable, match=str(status)):
        body(feed)


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]:80/",
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://[::ffff:10.0.0.1]/",
        "http://[fd00::1]/",
        "http://0.0.0.0/",
        "http://100.64.0.1/",
        "http://2130706433.1/",
    ],
)
def test_a_redirect_to_a_private_address_is_refused(feed: Feed, target: str) -> None:
    feed.serve(status=302, Location=target)
    with pytest.raises(FeedRefused) as refused:
        body(feed)
    assert isinstance(refused.value, FeedAddressForbidden) or target.endswith("2130706433.1/")


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://203.0.113.1/", "gopher://127.0.0.1/", "//", "http://"])
def test_a_redirect_elsewhere_than_to_the_web_is_refused(feed: Feed, target: str) -> None:
    feed.serve(status=302, Location=target)
    with pytest.raises(FeedUnreachable):
        body(feed)


def test_a_redirect_without_an_end_is_refused(feed: Feed) -> None:
    feed.serve(status=302, Location=feed.url)
    with pytest.raises(FeedUnreachable, match="redirects more than 5 times"):
        body(feed)
    assert len(feed.seen) == 6


def test_a_redirect_within_what_is_allowed_is_followed(feed: Feed) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        feed.serve("203.0.113.7")
        request.send_response(301)
        request.send_header("Location", "/other.txt")
        request.end_headers()

    feed.answer = answer
    assert body(feed) == b"203.0.113.7"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.0.0.1", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_this_machine_is_refused_unless_it_is_listed(feed: Feed, settings: Any, host: str) -> None:
    settings.FEED_ALLOWED_NETWORKS = ()
    with pytest.raises(FeedAddressForbidden, match="BANGUARD_FEED_ALLOWED_NETWORKS"):
        body(feed, url=f"http://{host}:{feed.server.server_port}/")
    assert feed.seen == []


@pytest.mark.parametrize(
    "url",
    ["http://name.invalid/", "http://127.0.0.1:1/", "http://\x00/", "http://a..b/", "http:///x", "http://" + "a" * 300],
)
def test_a_server_that_is_not_there_is_unreachable(feed: Feed, url: str) -> None:
    with pytest.raises(FeedUnreachable):
        body(feed, url=url)


def test_a_flood_is_cut_off(feed: Feed) -> None:
    feed.serve(body=b"203.0.113.7\n" * 20_000)
    with pytest.raises(FeedTooLarge):
        body(feed)


def test_a_bomb_is_cut_off_before_it_unfolds(feed: Feed) -> None:
    feed.serve(body=gzip.compress(b"\n" * 50_000_000), Content_Encoding="gzip")
    with pytest.raises(FeedBomb):
        body(feed)


def test_a_stream_without_an_end_is_cut_off(feed: Feed) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        with contextlib.suppress(OSError):
            while True:
                request.wfile.write(b"203.0.113.7\n" * 1_000)

    feed.answer = answer
    with pytest.raises(FeedTooLarge):
        body(feed)


@pytest.mark.parametrize(("said", "seconds"), [("120", 120), ("", 0), ("soon", 0), ("9" * 30, 0), ("9999999", 604_800)])
def test_a_server_that_asks_for_patience_is_told_apart(feed: Feed, said: str, seconds: int) -> None:
    feed.serve(status=429, Retry_After=said)
    with pytest.raises(FeedThrottled) as refused:
        body(feed)
    assert refused.value.details["retry_after"] == seconds


def resolve(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """A name that leads to each of these in turn, and to the last for ever after; what was answered."""
    given: list[str] = []

    def lookup(host: str, port: int, *_: object, **__: object) -> list[object]:
        address = host if host[0].isdigit() else answers[min(len(given), len(answers) - 1)]
        given.append(address)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return given


def test_a_name_that_changes_its_answer_is_asked_once(
    feed: Feed, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FEED_ALLOWED_NETWORKS = (ipaddress.ip_network("127.0.0.1/32"),)
    given = resolve(monkeypatch, "127.0.0.1", "127.0.0.2")
    feed.serve("203.0.113.7")
    assert body(feed, url=f"http://changes.example:{feed.server.server_port}/") == b"203.0.113.7"
    assert [address for address in given if address != "127.0.0.1"] == []


def test_a_name_that_led_elsewhere_before_is_refused(
    feed: Feed, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FEED_ALLOWED_NETWORKS = (ipaddress.ip_network("127.0.0.1/32"),)
    resolve(monkeypatch, "127.0.0.2", "127.0.0.1")
    with pytest.raises(FeedAddressForbidden):
        body(feed, url=f"http://changes.example:{feed.server.server_port}/")
    assert feed.seen == []


def test_a_secret_header_is_sent_but_never_to_another_server(feed: Feed) -> None:
    other = feed.url.replace("127.0.0.1", "localhost")

    def answer(request: BaseHTTPRequestHandler) -> None:
        feed.serve("203.0.113.7")
        request.send_response(302)
        request.send_header("Location", other)
        request.end_headers()

    feed.answer = answer
    with fetched(Wish(feed.url, secrets={"Key": "hush"})):
        pass
    assert [seen.get("Key") for seen in feed.seen] == ["hush", None]


def test_broken_packing_is_refused(feed: Feed) -> None:
    feed.serve(body=b"203.0.113.7", Content_Encoding="gzip")
    with pytest.raises(FeedUnreachable):
        body(feed)


def test_half_an_answer_is_refused(feed: Feed) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "1000")
        request.end_headers()
        request.wfile.write(b"203.0.113.7\n")

    feed.answer = answer
    with pytest.raises(FeedUnreachable):
        body(feed)


def test_a_drip_is_ended_by_the_deadline(feed: Feed) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(100):
                request.wfile.write(b"#")
                time.sleep(0.1)

    feed.answer = answer
    begin = time.monotonic()
    with pytest.raises(FeedTooSlow, match="did not end"):
        body(feed)
    assert time.monotonic() - begin < 8  # it would drip for ten


def test_silence_is_ended_too(feed: Feed) -> None:
    feed.answer = lambda _request: time.sleep(3)
    with pytest.raises(FeedTooSlow):
        body(feed, Limits(silence=0.3))
