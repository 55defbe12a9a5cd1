"""A router between two hosts, each in a network namespace: what a set holds passes neither to it nor through it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from banguard.core.packed import Packed, pack_texts
from banguard.firewall.ipset import Ipset
from banguard.firewall.nftables import Nftables
from banguard.firewall.values import Kernel
from tests.firewall.namespaces import hears, namespace, sh
from tests.waiting import wait_until

INSIDE, OUTSIDE = f"bg-lists-in-{os.getpid()}", f"bg-lists-out-{os.getpid()}"
ROUTER, ROUTER6 = "192.0.2.1", "2001:db8:a::1"
SERVER, SERVER6 = "192.0.2.2", "2001:db8:a::2"
LISTED, IN_NETWORK, OTHER = "198.51.100.7", "198.51.100.129", "198.51.100.9"
LISTED6, IN_NETWORK6, OTHER6 = "2001:db8:b::7", "2001:db8:b:1::7", "2001:db8:b::9"
LIST = pack_texts([LISTED, "198.51.100.128/25", LISTED6, "2001:db8:b:1::/64"])
TO = {4: (ROUTER, SERVER), 6: (ROUTER6, SERVER6)}  # hooks input and forward


@pytest.fixture(params=[Ipset, Nftables])
def kernel(request: pytest.FixtureRequest) -> Iterator[Kernel]:
    """That of the router, in whose namespace the test runs."""
    with namespace():
        try:
            lay_cables()
            wait_until_everybody_is_heard()
            yield request.param()
        finally:
            for name in (INSIDE, OUTSIDE):
                sh(f"ip netns del {name}", check=False)


def lay_cables() -> None:
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    Path("/proc/sys/net/ipv6/conf/all/forwarding").write_text("1")
    ends = {
        INSIDE: ([f"{ROUTER}/24", f"{ROUTER6}/64"], [f"{SERVER}/24", f"{SERVER6}/64"], (ROUTER, ROUTER6)),
        OUTSIDE: (
            ["198.51.100.1/24", "2001:db8:b::1/48"],
            [f"{one}/{48 if ':' in one else 24}" for one in (LISTED, IN_NETWORK, OTHER, LISTED6, IN_NETWORK6, OTHER6)],
            ("198.51.100.1", "2001:db8:b::1"),
        ),
    }
    for number, (name, (ours, theirs, gateways)) in enumerate(ends.items()):
        sh(f"ip netns add {name}")
        sh(f"ip link add cable{number} type veth peer name cable netns {name}")
        for place, link, addresses in (("", f"cable{number}", ours), (f"-n {name}", "cable", theirs)):
            sh(f"ip {place} link set {link} up")
            for address in addresses:
                sh(f"ip {place} address add {address} dev {link}" + (" nodad" if ":" in address else ""))
        for gateway in gateways:
            sh(f"ip -n {name} route add default via {gateway}")


def wait_until_everybody_is_heard() -> None:
    """IPv6 first looks for a second whether somebody else has its addresses."""
    wait_until(lambda: all([*reached(LISTED), *reached(LISTED6)]))


def reached(source: str) -> list[bool]:
    """Whether it reaches the router, and the server behind it."""
    return [hears(OUTSIDE, source, target) for target in TO[6 if ":" in source else 4]]


def test_what_is_listed_reaches_neither_the_router_nor_what_is_behind_it(kernel: Kernel) -> None:
    kernel.replace(LIST)
    for source in (LISTED, IN_NETWORK, LISTED6, IN_NETWORK6):
        assert reached(source) == [False, False], source
    assert reached(OTHER) == reached(OTHER6) == [True, True]


def test_what_is_dropped_is_counted_by_family(kernel: Kernel) -> None:
    kernel.replace(LIST)
    before = kernel.found()
    assert not any(reached(LISTED))
    found = kernel.found()
    assert found.packets - found.packets6 >= before.packets - before.packets6 + 2
    assert found.octets - found.octets6 >= before.octets - before.octets6 + 2 * 40
    assert not any(reached(LISTED6))
    now = kernel.found()
    assert (now.packets6 >= found.packets6 + 2, now.octets6 >= found.octets6 + 2 * 60) == (True, True)
    assert now.packets - now.packets6 == found.packets - found.packets6


def test_a_new_list_lets_in_what_it_does_not_hold_and_goes_on_counting(kernel: Kernel) -> None:
    kernel.replace(LIST)
    assert not any(reached(LISTED))
    before = kernel.found().packets
    kernel.replace(pack_texts([OTHER]))
    assert reached(LISTED) == [True, True]
    assert not any(reached(OTHER))
    assert kernel.found().packets > before


def test_an_empty_list_and_none_at_all_let_everybody_in(kernel: Kernel) -> None:
    kernel.replace(LIST)
    kernel.replace(Packed())
    assert reached(LISTED) == [True, True]
    kernel.replace(LIST)
    kernel.remove()
    assert reached(LISTED6) == [True, True]
