"""Fetching a feed: only from public addresses, never too much, never too long.

The address that a name leads to is checked and then connected to, so that a name cannot answer one thing
to the check and another to the connection; each redirect is checked again.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter

from banguard.blocklists.values import Fetched, Validators
from banguard.core.errors import FeedAddressForbidden, FeedTooLarge, FeedUnreachable

MAX_BYTES = 64 * 1024 * 1024  # after decompression
DEADLINE = 120  # seconds for the whole answer
TIMEOUT = (10, 30)  # seconds to connect, and between two pieces
MAX_REDIRECTS = 5
CHUNK = 64 * 1024
USER_AGENT = "BanGuard/1 (blocklist import; see the administrator of the requesting address)"


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
def fetched(*, url: str, validators: Validators) -> Iterator[Fetched]:
    """The feed in a temporary file that lives as long as the block. Raises a ``FeedRefused``."""
    try:
        with _session() as session, _request(session, url, validators) as response:
            answer = Validators(response.headers.get("ETag", "")[:500], response.headers.get("Last-Modified", "")[:100])
            if response.status_code == 304:
                yield Fetched(path=None, size=0, status=304, validators=validators)
                return
            with NamedTemporaryFile(prefix="banguard-feed-") as file:
                size = _copy(response, file)
                yield Fetched(path=Path(file.name), size=size, status=response.status_code, validators=answer)
    except requests.RequestException as error:
        raise FeedUnreachable(f"The feed cannot be fetched: {_plain(error)}.", url=url) from error


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # no proxy and no netrc of whoever runs us
    session.max_redirects = MAX_REDIRECTS
    session.headers["User-Agent"] = USER_AGENT
    session.mount("http://", PinnedAdapter(is_https_proto=False))
    session.mount("https://", PinnedAdapter(is_https_proto=True))
    return session


def _request(session: requests.Session, url: str, validators: Validators) -> requests.Response:
    headers = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    asked = {name: value for name, value in headers.items() if value}
    response = session.get(url, headers=asked, stream=True, timeout=TIMEOUT)
    if response.status_code not in {200, 304}:
        response.close()
        raise FeedUnreachable(f"The feed's server answered {response.status_code}.", status=response.status_code)
    return response


def _copy(response: requests.Response, file: IO[bytes]) -> int:
    """Write the answer to ``file``; returns its size in bytes. A drip is ended by the deadline, a flood by size."""
    end, size = time.monotonic() + DEADLINE, 0
    for chunk in response.iter_content(CHUNK):
        size += len(chunk)
        if size > MAX_BYTES:
            raise FeedTooLarge(f"The feed is larger than {MAX_BYTES // 1024**2} MB.", limit=MAX_BYTES)
        if time.monotonic() > end:
            raise FeedUnreachable(f"The feed did not end within {DEADLINE} s.", limit=DEADLINE)
        file.write(chunk)
    file.flush()
    return size


def _plain(error: requests.RequestException) -> str:
    """The innermost reason, without the layers of wrapping."""
    cause: BaseException = error
    while cause.__context__ is not None and str(cause.__context__):
        cause = cause.__context__
    return str(cause)[:300]
