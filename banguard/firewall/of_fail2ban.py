"""What the firewall really holds of a Fail2ban jail: the server's own list counts what it was told, not what took
effect. Known for the actions that come with Fail2ban; any other action's effect cannot be known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from banguard.core import networks, packed
from banguard.core.errors import FirewallRefused
from banguard.core.networks import BITS, Span
from banguard.core.packed import Packed
from banguard.firewall import netlink
from banguard.firewall.programs import run

_TABLE = "f2b-table"
_PROGRAMS = {4: "iptables", 6: "ip6tables"}


def held_for(jail: str, actions: Sequence[str]) -> Packed | None:
    """The addresses that the firewall holds for ``jail``; None when none of its ``actions`` can be looked through."""
    for beginning, look in (("nftables", _nftables), ("iptables-ipset", _ipset), ("iptables", _iptables)):
        if any(action.startswith(beginning) for action in actions):
            return look(jail)
    return None


def _nftables(jail: str) -> Packed:
    names = {4: f"addr-set-{jail}", 6: f"addr6-set-{jail}"}
    return packed.pack({version: networks.union(_spans(names[version], version)) for version in BITS})


def _spans(name: str, version: int) -> Iterator[Span]:
    """A plain set's addresses, or an interval set's intervals: a beginning, and what ends before the next one."""
    octets = BITS[version] // 8
    found = sorted((int.from_bytes(key[:octets], "big"), ends) for key, _, ends in netlink.elements(_TABLE, name))
    if not any(ends for _, ends in found):
        return ((key, key) for key, _ in found)
    starts = [key for key, ends in found if not ends]
    limits = [key - 1 for key, ends in found if ends and key > (starts[0] if starts else 0)]
    return ((low, high) for low, high in zip(starts, limits, strict=False) if low <= high)


def _ipset(jail: str) -> Packed:
    there = run("ipset", "list", "-n").split()
    saved = (run("ipset", "save", name) for name in (f"f2b-{jail}", f"f2b-{jail}6") if name in there)
    return packed.pack_texts(line.split()[2] for text in saved for line in text.splitlines() if line[:4] == "add ")


def _iptables(jail: str) -> Packed:
    rule = re.compile(rf"^-A f2b-{re.escape(jail)} -s (\S+) ", re.MULTILINE)
    return packed.pack_texts(found for version in BITS for found in rule.findall(_saved(version)))


def _saved(version: int) -> str:
    try:
        return run(f"{_PROGRAMS[version]}-save", "-t", "filter")
    except FirewallRefused:
        return ""
