"""Addresses and networks: parsing, and set arithmetic over millions of them.

A ``Span`` is a closed range of addresses of one family as two integers. Spans are what lists are
merged and subtracted as: sorting tuples of integers is a hundred times faster than comparing
``ipaddress`` objects, and one sweep serves both families.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from banguard.core.errors import AddressInvalid

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Span = tuple[int, int]

BITS = {4: 32, 6: 128}

# Never a stranger on the internet: IANA's special-purpose registries, multicast, and the rest of 240/4.
# https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-special-registry. The documentation
# ranges are left out on purpose: no real host has them, and demonstrations and tests need some address to ban.
SPECIAL_USE: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/127",
        "::ffff:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2002::/16",
        "fc00::/7",
        "fe80::/10",
        "ff00::/8",
    )
)

# Those of them in which strangers may sit all the same: one's own network, and one's provider's.
PRIVATE: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10")
)

# Prefix lengths; whatever is wider would block a good part of the internet: a mistake, or an attack on us.
WIDEST = {4: 8, 6: 19}


def parse_network(text: str) -> Network:
    """The one network that ``text`` names; a lone address is a network of one.

    Host bits are cleared (``31.13.0.77/16`` is ``31.13.0.0/16``) and an IPv4-mapped IPv6 address
    becomes the IPv4 one, since that is what the kernel sees. Raises ``AddressInvalid`` for anything
    else: zone ids, leading zeros, host names, blanks inside.
    """
    if "%" in text:
        raise AddressInvalid(f"{text[:80]!r} has a zone id; an address must mean the same everywhere.", value=text[:80])
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise AddressInvalid(f"{text[:80]!r} is not an address or a network.", value=text[:80]) from error
    return _unmapped(network) if isinstance(network, IPv6Network) else network


def _unmapped(network: IPv6Network) -> Network:
    mapped = network.network_address.ipv4_mapped
    if mapped is not None and network.prefixlen >= 96:
        return IPv4Network((mapped, network.prefixlen - 96))
    return network


def text_of(network: Network | Address) -> str:
    """``192.0.2.1`` for a network of one address, ``192.0.2.0/24`` for a larger one."""
    if isinstance(network, IPv4Network | IPv6Network) and network.prefixlen == network.max_prefixlen:
        return str(network.network_address)
    return str(network)


def origin_of(text: str) -> str:
    """Whom to count a caller as: an IPv4 address, or the /64 of an IPv6 one, as who has one address of it has them all.

    What is no address stays as it is: a Unix socket names none.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    if isinstance(address, IPv4Address):
        return str(address)
    # Not as a /64: a server that listens for both families sees everybody of IPv4 in the same one.
    return str(address.ipv4_mapped or IPv6Network((int(address) >> 64 << 64, 64)))


def span_of(network: Network) -> Span:
    return int(network.network_address), int(network.broadcast_address)


def union(spans: Iterable[Span]) -> list[Span]:
    """The same addresses as the fewest spans, in order. O(n log n)."""
    merged: list[Span] = []
    low, high = -2, -2
    for first, last in sorted(spans):
        if first <= high + 1:
            high = max(high, last)
            continue
        if high >= 0:
            merged.append((low, high))
        low, high = first, last
    if high >= 0:
        merged.append((low, high))
    return merged


def subtract(spans: Iterable[Span], holes: Iterable[Span]) -> list[Span]:
    """What of ``spans`` lies in none of ``holes``. Both must come from ``union``. O(n + m)."""
    rest: list[Span] = []
    cuts = list(holes)
    index = 0
    for first, last in spans:
        while index < len(cuts) and cuts[index][1] < first:
            index += 1
        at, cut = first, index
        while cut < len(cuts) and cuts[cut][0] <= last:
            if cuts[cut][0] > at:
                rest.append((at, cuts[cut][0] - 1))
            at = cuts[cut][1] + 1
            cut += 1
        if at <= last:
            rest.append((at, last))
    return rest


def size(spans: Iterable[Span]) -> int:
    """How many addresses the spans hold."""
    return sum(last - first + 1 for first, last in spans)


def overlaps_any(network: Network, others: Iterable[Network]) -> Network | None:
    """The first of ``others`` that shares an address with ``network``."""
    return next((other for other in others if other.version == network.version and other.overlaps(network)), None)


def union_by_version(spans: Mapping[int, Iterable[Span]]) -> dict[int, list[Span]]:
    """``union`` of each family."""
    return {version: union(spans.get(version, ())) for version in BITS}
