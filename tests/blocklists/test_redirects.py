"""Redirects of a web server that means no good: followed by hand, and never read."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from banguard.blocklists.fetch import MAX_REDIRECTS, Limits, Wish, fetched
from banguard.blocklists.values import Validators
from banguard.core.errors import FeedAddressForbidden, FeedTooSlow, FeedUnreachable
from tests.blocklists.conftest import Answer, Feed

LIST = b"203.0.113.7"
FORBIDDEN = "http://169.254.169.254/latest/meta-data/"
DRIP = 0.1
Body = Callable[[], Iterator[bytes]]


def flood() -> Iterator[bytes]:
    for _ in range(300):
        yield b"\0" * 1024**2


def drip() -> Iterator[bytes]:
    for _ in range(100):
        time.sleep(DRIP)
        yield b"#"


def nothing() -> Iterator[bytes]:
    return iter(())


def redirects(feed: Feed, target: str, body: Body = nothing, *, hops: int = 1, sent: list[int] | None = None) -> Answer:
    """Answers the first ``hops`` requests by a redirect with this body, and then with ``LIST``."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        if len(feed.seen) >= hops:
            feed.serve(body=LIST)
        request.send_response(302)
        request.send_header("Location", target)
        request.send_header("Set-Cookie", "seen=yes")
        request.end_headers()
        with contextlib.suppress(OSError):
            for piece in body():
                request.wfile.write(piece)
                if sent is not None:
                    sent.append(len(piece))

    return answer


def leads_through(feed: Feed, *targets: str) -> Answer:
    """Redirects to each of these in turn."""
    left = iter(targets)

    def answer(request: BaseHTTPRequestHandler) -> None:
        redirects(feed, next(left), hops=len(targets))(request)

    return answer


def fetch(feed: Feed, limits: Limits | None = None) -> bytes:
    with fetched(Wish(feed.url, limits=limits or Limits())) as found:
        assert found.file is not None
        return found.file.read()


def test_a_huge_body_of_a_redirect_is_not_read(feed: Feed) -> None:
    sent: list[int] = []
    feed.answer = redirects(feed, "/other.txt", flood, sent=sent)
    assert fetch(feed, Limits(size=1024)) == LIST
    assert sum(sent) < 32 * 1024**2  # what the buffers of the two sockets hold


def test_a_redirect_that_drips_is_not_waited_for(feed: Feed) -> None:
    feed.answer = redirects(feed, "/other.txt", drip)
    begin = time.monotonic()
    assert fetch(feed) == LIST
    assert time.monotonic() - begin < 5  # it would drip for ten


def test_the_body_of_a_forbidden_redirect_is_not_read_either(feed: Feed) -> None:
    sent: list[int] = []
    feed.answer = redirects(feed, FORBIDDEN, flood, sent=sent)
    with pytest.raises(FeedAddressForbidden):
        fetch(feed)
    assert sum(sent) < 32 * 1024**2


def test_a_forbidden_address_is_refused_behind_a_chain_of_redirects(feed: Feed) -> None:
    feed.answer = redirects(feed, "/other.txt", hops=2)
    with fetched(Wish(feed.url)) as found:
        assert found.facts["redirects"] == 2
    feed.seen.clear()
    feed.answer = leads_through(feed, "/a", "/b", FORBIDDEN)
    with pytest.raises(FeedAddressForbidden):
        fetch(feed)
    assert len(feed.seen) == 3


def test_as_many_redirects_as_may_be_are_followed(feed: Feed) -> None:
    feed.answer = redirects(feed, "/other.txt", hops=MAX_REDIRECTS)
    assert fetch(feed) == LIST
    feed.seen.clear()
    feed.answer = redirects(feed, "/other.txt", hops=MAX_REDIRECTS + 1)
    with pytest.raises(FeedUnreachable, match=f"more than {MAX_REDIRECTS} times"):
        fetch(feed)


def test_one_deadline_stands_over_all_redirects(feed: Feed) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        time.sleep(0.3)
        redirects(feed, "/other.txt", hops=9)(request)

    feed.answer = answer
    with pytest.raises(FeedTooSlow, match="did not end"):
        fetch(feed, Limits(whole=0.5))
    assert len(feed.seen) == 2


def test_validators_and_cookies_go_along(feed: Feed) -> None:
    feed.answer = redirects(feed, "/other.txt")
    with fetched(Wish(feed.url, Validators(etag='"one"'))) as found:
        assert found.status == 200
    assert [seen.get("If-None-Match") for seen in feed.seen] == ['"one"', '"one"']
    assert [seen.get("Cookie") for seen in feed.seen] == [None, "seen=yes"]


def test_secrets_go_along_to_the_same_server_and_never_come_back_from_another(feed: Feed) -> None:
    other = feed.url.replace("127.0.0.1", "localhost")
    feed.answer = leads_through(feed, "/same.txt", other, feed.url)
    address = feed.url.replace("http://", "http://me:hunter2@")
    with fetched(Wish(address, secrets={"Key": "hush"})):
        pass
    assert [seen.get("Key") for seen in feed.seen] == ["hush", "hush", None, None]
    assert ["Authorization" in seen for seen in feed.seen] == [True, True, False, False]


def test_a_redirect_to_nowhere_is_no_feed(feed: Feed) -> None:
    feed.answer = redirects(feed, "")
    with pytest.raises(FeedUnreachable, match="302"):
        fetch(feed)


def drip_of_headers(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.flush_headers()
    with contextlib.suppress(OSError):
        for piece in drip():
            request.wfile.write(b"X: " + piece + b"\r\n")


def test_headers_that_drip_are_ended_by_the_same_deadline(feed: Feed) -> None:
    feed.answer = drip_of_headers
    begin = time.monotonic()
    with pytest.raises(FeedTooSlow, match="did not end"):
        fetch(feed, Limits(whole=0.5))
    assert time.monotonic() - begin < 5  # they would drip for ten, and none is silent for long


def test_so_is_a_feed_that_redirects_and_then_drips(feed: Feed) -> None:
    def answer(request: BaseHTTPRequestHandler) -> None:
        time.sleep(0.3)
        redirects(feed, "/other.txt")(request)
        feed.answer = drip_of_headers

    feed.answer = answer
    with pytest.raises(FeedTooSlow, match="did not end"):
        fetch(feed, Limits(whole=0.6))


def test_a_handshake_that_never_ends_is_ended_too(feed: Feed) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        wish = Wish(f"https://127.0.0.1:{silent.getsockname()[1]}/", limits=Limits(whole=0.5))
        begin = time.monotonic()
        with pytest.raises(FeedTooSlow, match="did not end"), fetched(wish):
            pass
        assert time.monotonic() - begin < 5
