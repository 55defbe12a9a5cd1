"""The kinds of values that settings have: what each must look like, and what is said when it does not."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, IPvAnyNetwork

ROOT = Path(__file__).resolve().parent.parent
ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?")


def _commas(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _exact_origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    for origin in origins:
        if "*" in origin:
            raise ValueError(
                "a wildcard would let every website use the sessions of people who are signed in here; name each origin"
            )
        if not ORIGIN.fullmatch(origin):
            raise ValueError(f"{origin[:80]!r} is not an origin: write https://host or https://host:port, no path")
    return origins


def _from_root(value: object) -> object:
    return ROOT / value if isinstance(value, str) else value


def is_safe_from_eavesdroppers(url: str) -> bool:
    """Whether secrets may be sent there: over TLS, or without leaving this machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
        if "@" in parts.netloc or not host or not url.isprintable() or " " in url:
            return False
        return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    return host == "localhost" or (
        re.fullmatch(r"[0-9a-f.:]+", host) is not None and ipaddress.ip_address(host).is_loopback
    )


def _issuer(url: str) -> str:
    if not is_safe_from_eavesdroppers(url) or "?" in url or "#" in url:
        raise ValueError(
            "write https://host or https://host/path, as the provider spells it (http on this machine only)"
        )
    return url.rstrip("/")


def _path_prefix(path: str) -> str:
    path = path.rstrip("/")
    if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)*", path) or re.search(r"/\.{1,2}(/|$)", path):
        raise ValueError("write a path such as /banguard: letters, digits and . _ ~ - between slashes")
    return path


class OpenIDProvider(NamedTuple):
    """Through which people may sign in, and who we are there."""

    issuer: str
    client_id: str
    client_secret: str
    name: str


SHIPPING = re.compile(r"(syslog\+(?:tcp|tls)|(?:otlp|elasticsearch)\+https?)://")


def _shipping_url(url: str) -> str:
    scheme = SHIPPING.match(url)
    if not scheme:
        raise ValueError("write syslog+tcp://, syslog+tls://, otlp+https:// or elasticsearch+https://, and host:port")
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        named = False
    if not named or not url.isprintable() or " " in url:
        raise ValueError("it names no host, or a port that is none")
    return url


def _headers(value: object) -> object:
    pairs = [part.partition("=") for part in _commas(value)] if isinstance(value, str) else value  # type: ignore[attr-defined]
    if isinstance(pairs, list) and not all(name.strip() and content for name, _, content in pairs):
        raise ValueError("write NAME=VALUE, separated by commas")
    return tuple((name.strip(), content.strip()) for name, _, content in pairs) if isinstance(pairs, list) else pairs


class Tracing(NamedTuple):
    """Where traces go, with which headers, and which share of them."""

    endpoint: str
    headers: tuple[tuple[str, str], ...]
    share: float


def _tracing_url(url: str) -> str:
    if not is_safe_from_eavesdroppers(url) and not re.match(r"http://[^/@]+(/|$)", url):
        raise ValueError("write https://host/path or http://host:port; keys go into BANGUARD_TRACING_HEADERS")
    return url if urlsplit(url).path.strip("/") else url.rstrip("/") + "/v1/traces"


Issuer = Annotated[str, Field(max_length=200), AfterValidator(_issuer)]
PathPrefix = Annotated[str, Field(max_length=200), AfterValidator(_path_prefix)]
CommaSeparated = Annotated[tuple[str, ...], BeforeValidator(_commas)]
Origins = Annotated[tuple[str, ...], BeforeValidator(_commas), AfterValidator(_exact_origins)]
CommaSeparatedNetworks = Annotated[tuple[IPvAnyNetwork, ...], BeforeValidator(_commas)]
CommaSeparatedPaths = Annotated[tuple[Path, ...], BeforeValidator(_commas)]
FolderFromRoot = Annotated[Path, BeforeValidator(_from_root)]
ShippingUrl = Annotated[str, Field(max_length=2_000), AfterValidator(_shipping_url)]
TracingUrl = Annotated[str, Field(max_length=2_000), AfterValidator(_tracing_url)]
OrNothing = BeforeValidator(lambda value: value or None)  # containers pass on what is not set as an empty text
Headers = Annotated[tuple[tuple[str, str], ...], BeforeValidator(_headers)]
