"""Where a request comes from: its sender, or whom a proxy that we know says it speaks for."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from banguard.core.networks import Address, Network

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED")


class TrustedProxies:
    """Makes ``REMOTE_ADDR`` the caller's own address, and drops what strangers claim about themselves.

    ``X-Forwarded-For`` grows on its right: from there, the first address that is not one of our proxies is the
    caller; what stands left of it is what the caller wrote. It comes first, so that all others read one address.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        sender = request.META.get("REMOTE_ADDR", "")
        if _is_one_of(_parsed(sender), settings.TRUSTED_PROXIES):
            sender = caller_behind(sender, request.META.get("HTTP_X_FORWARDED_FOR", ""), settings.TRUSTED_PROXIES)
            request.META["REMOTE_ADDR"] = sender
        else:
            for name in FORWARDED:
                request.META.pop(name, None)
        structlog.contextvars.bind_contextvars(ip=sender)
        return self.get_response(request)


def caller_behind(sender: str, forwarded_for: str, proxies: Iterable[Network]) -> str:
    """The nearest address that is none of ``proxies``; where the header ends or cannot be read, the one before."""
    nearest = sender
    for part in reversed(forwarded_for.split(",")):
        address = _parsed(part)
        if address is None:
            break
        nearest = str(address)
        if not _is_one_of(address, proxies):
            break
    return nearest


def _parsed(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text.strip())
    except ValueError:
        return None


def _is_one_of(address: Address | None, proxies: Iterable[Network]) -> bool:
    return address is not None and any(address in network for network in proxies)
