"""Fetching a feed: only from public addresses, never too much, never too long.

The address that a name leads to is checked and then connected to, so that a name cannot answer one thing
to the check and another to the connection; each redirect is checked again.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.exceptions import HTTPError

from banguard.blocklists.values import Fetched, Validators
from banguard.core.errors import FeedAddressForbidden, FeedTooLarge, FeedUnreachable

MAX_REDIRECTS = 5
CHUNK = 64 * 1024
USER_AGENT = "BanGuard/1 (blocklist import; see the administrator of the requesting address)"


@dataclass(frozen=True)
class Limits:
    """``size`` in bytes, after decompression; the others in seconds, ``whole`` for the body from its first byte on."""

    size: int = 64 * 1024 * 1024
    connect: float = 10.0
    silence: float = 30.0
    whole: float = 120.0


class PinnedAdapter(IPFilterAdapter):  # type: ignore[misc] # the package has no types
    """Connects to the very address that was checked. Private ones only if the settings name their network."""

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


@contextmanager
def fetched(*, url: str, validators: Validators, limits: Limits = Limits()) -> Iterator[Fetched]:
    """The feed in a temporary file that lives as long as the block. Raises a ``FeedRefused``."""
    with NamedTemporaryFile(prefix="banguard-feed-") as file:
        try:
            found = _fetch(url, validators, limits, file)
        except (requests.RequestException, HTTPError, UnicodeError) as error:
            raise FeedUnreachable(f"The feed cannot be fetched: {_plain(error)}.", url=url) from error
        yield found


def _fetch(url: str, validators: Validators, limits: Limits, file: IO[bytes]) -> Fetched:
    with _session() as session, _request(session, url, validators, limits) as response:
        if response.status_code == 304:
            return Fetched(path=None, size=0, status=304, validators=validators)
        size = _copy(response, file, limits)
        given = Validators(_header(response, "ETag", 500), _header(response, "Last-Modified", 100))
        return Fetched(path=Path(file.name), size=size, status=response.status_code, validators=given)


def _header(response: requests.Response, name: str, longest: int) -> str:
    """A header, or nothing in place of one that is too long to be kept: a part of it would match nothing."""
    value = response.headers.get(name, "").replace("\x00", "")
    return value if len(value) <= longest else ""


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no proxy and no netrc of whoever runs us
    session.max_redirects = MAX_REDIRECTS
    session.headers["User-Agent"] = USER_AGENT
    session.mount("http://", PinnedAdapter(is_https_proto=False))
    session.mount("https://", PinnedAdapter(is_https_proto=True))
    return session


def _request(session: requests.Session, url: str, validators: Validators, limits: Limits) -> requests.Response:
    headers = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    asked = {name: value for name, value in headers.items() if value}
    response = session.get(url, headers=asked, stream=True, timeout=(limits.connect, limits.silence))
    if response.status_code not in ({200, 304} if asked else {200}):
        response.close()
        raise FeedUnreachable(f"The feed's server answered {response.status_code}.", status=response.status_code)
    return response


def _copy(response: requests.Response, file: IO[bytes], limits: Limits) -> int:
    """Write the answer to ``file``; returns its size in bytes. A drip is ended by the deadline, a flood by size."""
    end, size = time.monotonic() + limits.whole, 0
    # Whatever has come, at once: ``iter_content`` waits for full pieces, so that a drip would never meet the deadline.
    while piece := response.raw.read1(CHUNK, decode_content=True):
        size += len(piece)
        if size > limits.size:
            raise FeedTooLarge(f"The feed is larger than {limits.size / 1024**2:.0f} MB.", limit=limits.size)
        if time.monotonic() > end:
            raise FeedUnreachable(f"The feed did not end within {limits.whole:.0f} s.", limit=limits.whole)
        file.write(piece)
    file.flush()
    return size


def _plain(error: BaseException) -> str:
    """The innermost reason, without the layers of wrapping."""
    cause = error
    while cause.__context__ is not None and str(cause.__context__):
        cause = cause.__context__
    return str(cause)[:300]
