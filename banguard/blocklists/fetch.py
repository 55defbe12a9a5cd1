"""Fetching a feed: only from public addresses, never too much, never too long.

The address that a name leads to is checked and then connected to, so that a name cannot answer one thing
to the check and another to the connection; each redirect is checked again, and its body is never read.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from io import BufferedRandom
from tempfile import TemporaryFile
from typing import Any, BinaryIO
from urllib.parse import urljoin

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from banguard.blocklists import unpack
from banguard.blocklists.values import Fetched, Validators
from banguard.core.deadline import Deadline
from banguard.core.errors import (
    FeedAddressForbidden,
    FeedBomb,
    FeedRefused,
    FeedThrottled,
    FeedTooLarge,
    FeedTooSlow,
    FeedUnreachable,
)

MAX_REDIRECTS = 5
CHUNK = 64 * 1024
USER_AGENT = "BanGuard/1 (blocklist import; contact: {contact})"
NO_CONTACT = "the administrator of the requesting address"
LONGEST_WAIT = 7 * 86_400  # seconds
Progress = Callable[[int, int], None]  # bytes so far, bytes in all (0: nobody knows)


@dataclass(frozen=True)
class Limits:
    """``size`` in bytes, after decompression; the others in seconds, ``whole`` from the first connection to the end."""

    size: int = 64 * 1024 * 1024
    connect: float = 10.0
    silence: float = 30.0
    whole: float = 120.0


def _pools(deadline: Deadline) -> dict[str, type[HTTPConnectionPool]]:
    """What makes the connections for each scheme, so that the deadline knows them from before their TLS begins."""

    class Line(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return deadline.watched(super()._new_conn())

    class SecureLine(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return deadline.watched(super()._new_conn())

    class Pool(HTTPConnectionPool):
        ConnectionCls = Line

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = SecureLine

    return {"http": Pool, "https": SecurePool}


class PinnedAdapter(IPFilterAdapter):  # type: ignore[misc] # the package has no types
    """Connects to the very address that was checked. Private ones only if the settings name their network."""

    def __init__(self, *, is_https_proto: bool, deadline: Deadline) -> None:
        super().__init__(is_https_proto=is_https_proto)
        self.poolmanager.pool_classes_by_scheme = _pools(deadline)

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: bool | str, cert: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        try:
            return super().build_connection_pool_key_attributes(request, verify, cert)  # type: ignore[no-any-return]
        except InvalidIPAddress as error:
            return self._listed(error.args[0], request, verify, cert)

    def _listed(
        self,
        address: ipaddress.IPv4Address | ipaddress.IPv6Address,
        request: requests.PreparedRequest,
        verify: bool | str,
        cert: Any,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        if not any(address in network for network in settings.FEED_ALLOWED_NETWORKS):
            raise FeedAddressForbidden(
                f"This address leads to {address}, which is not public. If that is meant, name its network in "
                "BANGUARD_FEED_ALLOWED_NETWORKS.",
                address=str(address),
            )
        host, pool = HTTPAdapter.build_connection_pool_key_attributes(self, request, verify, cert)
        if self._is_https_proto:
            pool["assert_hostname"] = pool["server_hostname"] = host["host"]  # type: ignore[typeddict-unknown-key]
        host["host"] = f"[{address}]" if address.version == 6 else str(address)
        return host, pool  # type: ignore[return-value]


class PinnedSession(requests.Session):
    """Never goes through a proxy of whoever runs us, and takes the secret headers to no other server."""

    def __init__(self, secrets: Mapping[str, str], deadline: Deadline) -> None:
        super().__init__()
        self._secrets = secrets
        self.trust_env = False  # no proxy and no netrc
        self.headers["User-Agent"] = USER_AGENT.format(contact=settings.FEED_CONTACT or NO_CONTACT)
        self.mount("http://", PinnedAdapter(is_https_proto=False, deadline=deadline))
        self.mount("https://", PinnedAdapter(is_https_proto=True, deadline=deadline))

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Called for each redirect. A redirect to another server gets none of the secret headers."""
        super().rebuild_auth(prepared_request, response)  # type: ignore[no-untyped-call]
        leaves = self.should_strip_auth(response.request.url, prepared_request.url)  # type: ignore[no-untyped-call]
        if leaves:
            for name in self._secrets:
                prepared_request.headers.pop(name, None)

    def resolve_redirects(self, *_: Any, **__: Any) -> Iterator[requests.Response]:
        """None. Even told to follow no redirect, requests works out where it leads, and reads its body for that."""
        return iter(())

    def onward(self, response: requests.Response, target: str) -> requests.PreparedRequest:
        """What to ask next, after a redirect to ``target``; a cookie that it set goes along."""
        request = response.request.copy()
        request.prepare_url(urljoin(response.url, target), None)
        request.headers.pop("Cookie", None)
        request.prepare_cookies(self.cookies)
        self.rebuild_auth(request, response)
        return request


@dataclass(frozen=True)
class Wish:
    """What is to be fetched. ``secrets``: headers that only the feed's own server may see."""

    url: str
    validators: Validators = field(default_factory=Validators)
    secrets: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)


@contextmanager
def fetched(wish: Wish, *, progress: Progress = lambda _done, _whole: None) -> Iterator[Fetched]:
    """The feed, unpacked, in an unnamed file that lives as long as the block. Raises a ``FeedRefused``."""
    with ExitStack() as stack:
        file = stack.enter_context(TemporaryFile())
        found = _in_time(wish, file, progress)
        if found.file is not None:
            whole, packing = stack.enter_context(unpack.unpacked(found.file, limit=wish.limits.size))
            found = replace(found, file=whole, facts={**found.facts, "packed": packing})
        yield found


def _in_time(wish: Wish, file: BufferedRandom, progress: Progress) -> Fetched:
    with Deadline(wish.limits.whole) as deadline:
        try:
            return _fetch(wish, file, progress, deadline)
        except (requests.RequestException, HTTPError, UnicodeError, ValueError) as error:
            _refuse_late(deadline)
            raise _refusal(error, wish.url) from error


def _refuse_late(deadline: Deadline) -> None:
    if deadline.over:
        raise FeedTooSlow(f"The feed did not end within {deadline.seconds:.0f} s.", limit=deadline.seconds)


def _refusal(error: Exception, url: str) -> FeedRefused:
    if isinstance(error, requests.ReadTimeout):
        return FeedTooSlow("The feed's server fell silent.", url=url)
    return FeedUnreachable(f"The feed cannot be fetched: {_plain(error)}.", url=url)


def _fetch(wish: Wish, file: BufferedRandom, progress: Progress, deadline: Deadline) -> Fetched:
    with PinnedSession(wish.secrets, deadline) as session, _request(session, wish, deadline) as response:
        facts: dict[str, str | int] = {
            "redirects": len(response.history),
            "content_type": _header(response, "Content-Type", 100),
        }
        if response.status_code == 304:
            return Fetched(file=None, size=0, status=304, validators=wish.validators, facts=facts)
        size = _copy(response, file, wish.limits, progress)
        _refuse_late(deadline)  # a body of no known length ends where we hung up, too
        given = Validators(_header(response, "ETag", 500), _header(response, "Last-Modified", 100))
        facts |= {"encoding": _header(response, "Content-Encoding", 20)}
        return Fetched(file, size, response.status_code, given, facts)


def _header(response: requests.Response, name: str, longest: int) -> str:
    """A header, or nothing in place of one that is too long to be kept: a part of it would match nothing."""
    value = response.headers.get(name, "").replace("\x00", "")
    return value if len(value) <= longest else ""


def _request(session: PinnedSession, wish: Wish, deadline: Deadline) -> requests.Response:
    validators = {"If-None-Match": wish.validators.etag, "If-Modified-Since": wish.validators.last_modified}
    asked = {name: value for name, value in validators.items() if value}
    response = _answer(session, wish, {**wish.secrets, **asked}, deadline)
    if response.status_code in ({200, 304} if asked else {200}):
        return response
    response.close()
    wait = _retry_after(response)
    if response.status_code in {429, 503} and (wait or response.status_code == 429):
        raise FeedThrottled(
            f"The feed's server answered {response.status_code}: it wants to be asked less often.",
            status=response.status_code,
            retry_after=wait,
        )
    raise FeedUnreachable(f"The feed's server answered {response.status_code}.", status=response.status_code)


def _answer(session: PinnedSession, wish: Wish, headers: Mapping[str, str], deadline: Deadline) -> requests.Response:
    """What the feed's server, or where it redirects to, answers. Redirects are closed unread, however large or slow."""
    request = session.prepare_request(requests.Request("GET", wish.url, headers=headers))
    passed: list[requests.Response] = []
    while len(passed) <= MAX_REDIRECTS:
        wait = (min(wish.limits.connect, deadline.left), wish.limits.silence)
        response = session.send(request, stream=True, timeout=wait)
        target = session.get_redirect_target(response)
        if not target:
            response.history = passed
            return response
        response.close()
        _refuse_late(deadline)
        passed.append(response)
        request = session.onward(response, target)
    raise FeedUnreachable(f"The feed's server redirects more than {MAX_REDIRECTS} times.", url=wish.url)


def _retry_after(response: requests.Response) -> int:
    """Seconds that the server wants us to wait, at most a week; 0 if it does not say."""
    said = response.headers.get("Retry-After", "").strip()
    if said.isdecimal() and len(said) < 9:
        return min(int(said), LONGEST_WAIT)
    try:
        wait = parsedate_to_datetime(said).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError):
        return 0
    return max(0, min(int(wait), LONGEST_WAIT))


def _copy(response: requests.Response, file: BinaryIO, limits: Limits, progress: Progress) -> int:
    """Write the answer to ``file``; returns its size in bytes."""
    size = 0
    length = response.headers.get("Content-Length", "")
    whole = (
        int(length) if length.isdecimal() and len(length) < 15 and not response.headers.get("Content-Encoding") else 0
    )
    too_large = FeedBomb if response.headers.get("Content-Encoding") else FeedTooLarge
    # Whatever has come, at once: ``iter_content`` waits for full pieces, and nobody would see how far it is.
    while piece := response.raw.read1(CHUNK, decode_content=True):
        size += len(piece)
        if size > limits.size:
            raise too_large(f"The feed is larger than {limits.size / 1024**2:.0f} MB.", limit=limits.size)
        file.write(piece)
        progress(size, whole)
    return size


def _plain(error: BaseException) -> str:
    """The innermost reason, without the layers of wrapping."""
    cause = error
    while cause.__context__ is not None and str(cause.__context__):
        cause = cause.__context__
    return str(cause)[:300]
