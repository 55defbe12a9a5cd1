"""nftables, where there is no ipset: single addresses in a plain set, networks in one of two fields.

Not in a set of intervals: beside one of those every ``nft`` of the machine grows slow, Fail2ban's own included (90 s
a ban at a million). A set of two fields has no such cost, but loading it takes 1.5 s for 100,000 networks and 70 s
for a million. Everything is replaced whole, in one transaction; deleting single elements is quadratic.
"""

from __future__ import annotations

from collections.abc import Iterator

from banguard.core import packed
from banguard.core.networks import BITS
from banguard.core.packed import SIZES, Packed
from banguard.firewall import netlink
from banguard.firewall.programs import run
from banguard.firewall.values import NAME, Found

HOOKS = ("input", "forward")
_TYPES = {4: "ipv4_addr", 6: "ipv6_addr"}
_SOURCE = {4: "ip saddr", 6: "ip6 saddr"}
_IN_A_LINE = 2_000  # elements
_RULES_IN_A_CHAIN = 4  # two sets for each of two families


class Nftables:
    name = "nftables"

    def try_out(self) -> None:
        """The whole transaction, which the kernel checks and throws away."""
        run("nft", "--check", "--file", "-", text=_transaction(Packed()))

    def found(self) -> Found:
        counters, rules = netlink.counters(NAME), netlink.rules(NAME)
        held = {version: counters.get(f"held{version}", (0, 0))[0] for version in BITS}
        dropped = [counters.get(f"dropped{version}", (0, 0)) for version in BITS]
        return Found(
            in_force=all(rules.get(hook) == _RULES_IN_A_CHAIN for hook in HOOKS),
            ipv4=held[4],
            ipv6=held[6],
            packets=sum(packets for packets, _ in dropped),
            octets=sum(octets for _, octets in dropped),
            packets6=dropped[-1][0],
            octets6=dropped[-1][1],
        )

    def contents(self) -> Packed:
        return Packed(*(b"".join(sorted(_held(version))) for version in BITS))

    def rehearse(self, wanted: Packed) -> None:
        run("nft", "--check", "--file", "-", text=_transaction(wanted))

    def replace(self, wanted: Packed) -> None:
        run("nft", "--file", "-", text=_transaction(wanted))

    def remove(self) -> None:
        run("nft", "--file", "-", text=[f"add table inet {NAME}\n", f"delete table inet {NAME}\n"])


def _transaction(wanted: Packed) -> Iterator[str]:
    """From whatever is there to exactly ``wanted``; what was dropped stays counted."""
    yield f"add table inet {NAME}\n"
    for hook in HOOKS:  # before iptables and Fail2ban, which have the priorities 0 and -1
        yield f"add chain inet {NAME} {hook} {{ type filter hook {hook} priority -10; policy accept; }}\n"
        yield f"flush chain inet {NAME} {hook}\n"
    for version in BITS:
        yield f"add counter inet {NAME} dropped{version}\n"
        # How many networks it holds, to be read without reading them: as the packets of a counter no rule uses.
        yield f"add counter inet {NAME} held{version}\n"
        yield f"delete counter inet {NAME} held{version}\n"
        yield f"add counter inet {NAME} held{version} {{ packets {wanted.counts[version]} bytes 0 }}\n"
        yield from _sets(version)
        yield from _elements(wanted, version)
    for hook in HOOKS:
        for version in BITS:
            source, verdict = _SOURCE[version], f"counter name dropped{version} drop"
            yield f"add rule inet {NAME} {hook} {source} @addresses{version} {verdict}\n"
            yield f"add rule inet {NAME} {hook} {source} . meta l4proto @networks{version} {verdict}\n"


def _sets(version: int) -> Iterator[str]:
    """New and empty ones in place of the old. To delete what may not be there it is added first."""
    kinds = {
        f"addresses{version}": f"{{ type {_TYPES[version]}; }}",
        f"networks{version}": f"{{ type {_TYPES[version]} . inet_proto; flags interval; }}",
    }
    for name, kind in kinds.items():
        yield f"add set inet {NAME} {name} {kind}\n"
        yield f"delete set inet {NAME} {name}\n"
        yield f"add set inet {NAME} {name} {kind}\n"


def _elements(wanted: Packed, version: int) -> Iterator[str]:
    addresses: list[str] = []
    networks: list[str] = []
    for text in packed.texts(wanted.of(version), version):
        (networks if "/" in text else addresses).append(f"{text} . 0-255" if "/" in text else text)
        for name, some in (("addresses", addresses), ("networks", networks)):
            if len(some) == _IN_A_LINE:
                yield _add(f"{name}{version}", some)
                some.clear()
    for name, some in (("addresses", addresses), ("networks", networks)):
        if some:
            yield _add(f"{name}{version}", some)


def _add(name: str, elements: list[str]) -> str:
    return f"add element inet {NAME} {name} {{ {', '.join(elements)} }}\n"


def _held(version: int) -> Iterator[bytes]:
    octets = SIZES[version] - 1
    for key, _, _ in netlink.elements(NAME, f"addresses{version}"):
        yield key[:octets] + bytes((BITS[version],))
    for key, last, _ in netlink.elements(NAME, f"networks{version}"):
        span = int.from_bytes(key[:octets], "big") ^ int.from_bytes(last[:octets], "big")
        yield key[:octets] + bytes((BITS[version] - span.bit_length(),))
