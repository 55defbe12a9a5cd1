"""The addresses that this machine lives by: its own, its gateways', its resolvers'.

Read from the kernel's own tables, which every Linux has, with no program to run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from banguard.agent.verbs import Machine
from banguard.core.errors import AddressInvalid
from banguard.core.networks import Network, parse_network, text_of

NET = Path("/proc/net")
RESOLVERS = Path("/etc/resolv.conf")


def read(net: Path = NET, resolvers: Path = RESOLVERS) -> Machine:
    """What a table that is not there would tell (a machine without IPv6) is left out."""
    return Machine(
        own=_sorted([*_from(net / "fib_trie", own_ipv4), *_from(net / "if_inet6", own_ipv6)]),
        gateways=_sorted([*_from(net / "route", gateways_ipv4), *_from(net / "ipv6_route", gateways_ipv6)]),
        resolvers=_sorted(_from(resolvers, resolvers_in)),
    )


def own_ipv4(text: str) -> Iterator[Network]:
    """``/proc/net/fib_trie``: a leaf, ``|-- 192.0.2.7``, and below it what it is, ``/32 host LOCAL``."""
    leaf = ""
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["|--"] and len(words) == 2:
            leaf = words[1]
        elif words == ["/32", "host", "LOCAL"]:
            yield from _parsed(leaf)


def own_ipv6(text: str) -> Iterator[Network]:
    """``/proc/net/if_inet6``: the address in hexadecimal, then interface, prefix length, scope, flags, name."""
    return (address for words in _rows(text) for address in _ipv6(words[0]))


def gateways_ipv4(text: str) -> Iterator[Network]:
    """``/proc/net/route``: interface, destination, gateway (hexadecimal, in the machine's byte order), flags, ..."""
    for words in _rows(text):
        if len(words) > 2 and words[2].strip("0") and len(words[2]) == 8 and _is_hexadecimal(words[2]):
            yield from _parsed(str(IPv4Address(int(words[2], 16).to_bytes(4, sys.byteorder))))


def gateways_ipv6(text: str) -> Iterator[Network]:
    """``/proc/net/ipv6_route``: destination, its length, source, its length, gateway, ..."""
    for words in _rows(text):
        if len(words) > 4 and words[4].strip("0"):
            yield from _ipv6(words[4])


def resolvers_in(text: str) -> Iterator[Network]:
    """``/etc/resolv.conf``: lines like ``nameserver 192.0.2.53``."""
    for words in _rows(text):
        if words[0] == "nameserver" and len(words) > 1:
            yield from _parsed(words[1].partition("%")[0])


def _from(path: Path, parse: Callable[[str], Iterable[Network]]) -> Iterable[Network]:
    try:
        return parse(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return ()


def _rows(text: str) -> Iterator[list[str]]:
    return (words for line in text.splitlines() if (words := line.split()))


def _ipv6(digits: str) -> Iterator[Network]:
    if len(digits) == 32 and _is_hexadecimal(digits):
        yield from _parsed(str(IPv6Address(int(digits, 16))))


def _is_hexadecimal(digits: str) -> bool:
    return all(digit in "0123456789abcdefABCDEF" for digit in digits)


def _parsed(text: str) -> Iterator[Network]:
    try:
        yield parse_network(text)
    except AddressInvalid:
        return


def _sorted(networks: Iterable[Network]) -> tuple[Network, ...]:
    return tuple(sorted(set(networks), key=lambda network: (network.version, text_of(network))))
