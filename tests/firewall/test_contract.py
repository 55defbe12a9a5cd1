"""One suite for the kernel's own back ends, each in a network namespace of its own, and the one in memory."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from banguard.core.errors import FirewallRefused
from banguard.core.packed import Packed, pack_texts
from banguard.firewall.chosen import kernel as chosen
from banguard.firewall.ipset import Ipset
from banguard.firewall.memory import MemoryKernel
from banguard.firewall.nftables import Nftables
from banguard.firewall.values import Kernel
from tests.firewall.namespaces import namespace, sh

KINDS = {"ipset": Ipset, "nftables": Nftables, "memory": MemoryKernel}
REAL = ["ipset", "nftables"]
SOME = pack_texts(["192.0.2.1", "198.51.100.0/24", "2001:db8::5", "2001:db8:1::/48"])
OTHERS = pack_texts(["192.0.2.1", "203.0.113.128/25", "2001:db8:2::/64"])


@pytest.fixture(params=KINDS)
def kernel(request: pytest.FixtureRequest) -> Iterator[Kernel]:
    with namespace():
        yield KINDS[request.param]()


@pytest.fixture(params=REAL)
def real(request: pytest.FixtureRequest) -> Iterator[Kernel]:
    with namespace():
        yield KINDS[request.param]()


def test_at_first_there_is_nothing(kernel: Kernel) -> None:
    kernel.try_out()
    assert not kernel.found().in_force
    assert kernel.contents() == Packed()


def test_trying_it_out_leaves_nothing(real: Kernel) -> None:
    before = ruleset()
    real.try_out()
    assert ruleset() == before


def test_it_holds_exactly_what_it_was_told(kernel: Kernel) -> None:
    kernel.replace(SOME)
    assert kernel.contents() == SOME
    found = kernel.found()
    assert (found.in_force, found.ipv4, found.ipv6) == (True, 2, 2)


def test_a_new_list_takes_the_place_of_the_old(kernel: Kernel) -> None:
    kernel.replace(SOME)
    kernel.replace(OTHERS)
    assert kernel.contents() == OTHERS
    assert len(kernel.found()) == 3


def test_the_same_again_changes_nothing(kernel: Kernel) -> None:
    kernel.replace(SOME)
    kernel.replace(SOME)
    assert kernel.contents() == SOME
    assert kernel.found().in_force


def test_an_empty_list_blocks_nobody(kernel: Kernel) -> None:
    kernel.replace(SOME)
    kernel.replace(Packed())
    assert kernel.contents() == Packed()
    assert len(kernel.found()) == 0


def test_a_rehearsal_changes_nothing(kernel: Kernel) -> None:
    kernel.replace(SOME)
    kernel.rehearse(OTHERS)
    assert kernel.contents() == SOME


def test_what_is_removed_is_gone_and_may_be_removed_again(kernel: Kernel) -> None:
    kernel.replace(SOME)
    kernel.remove()
    kernel.remove()
    assert not kernel.found().in_force
    assert kernel.contents() == Packed()


def test_twenty_thousand_are_held_exactly(kernel: Kernel) -> None:
    many = pack_texts(f"10.{number >> 8 & 255}.{number & 255}.0/{25 + number % 8}" for number in range(20_000))
    kernel.replace(many)
    assert kernel.contents() == many


def test_one_rule_for_each_family_and_hook_and_nothing_else_is_touched(real: Kernel) -> None:
    sh("nft add table inet theirs")
    sh("iptables -A INPUT -s 192.0.2.9 -j DROP")
    sh("ipset create theirs hash:ip")
    before = ruleset()
    real.replace(SOME)
    real.replace(OTHERS)
    assert len([line for line in ruleset() if line.endswith(" drop")]) == 1 + (4 if real.name == "ipset" else 8)
    real.remove()
    assert ruleset() == before
    assert "theirs" in sh("ipset list -n")


def test_a_rule_that_somebody_took_away_is_missed_and_put_back(real: Kernel) -> None:
    real.replace(SOME)
    sh("iptables -F INPUT" if real.name == "ipset" else "nft flush chain inet banguard input")
    assert not real.found().in_force
    real.replace(SOME)
    assert real.found().in_force


def test_a_set_that_was_left_half_full_does_no_harm() -> None:
    with namespace():
        sh("ipset create banguard4-new hash:net")
        sh("ipset add banguard4-new 192.0.2.77")
        Ipset().replace(SOME)
        assert Ipset().contents() == SOME


def test_a_set_that_is_not_ours_is_refused_and_kept() -> None:
    with namespace():
        sh("ipset create banguard4 hash:ip")
        with pytest.raises(FirewallRefused):
            Ipset().replace(SOME)
        assert "hash:ip" in sh("ipset -t list banguard4")


def test_ipset_comes_first() -> None:
    with namespace():
        assert chosen().name == "ipset"


def ruleset() -> list[str]:
    """All tables and rules but the empty chains that iptables makes for itself, and their counters."""
    lines = (re.sub(r"packets \d+ bytes \d+ ", "", line) for line in sh("nft list ruleset").splitlines())
    return [line for line in lines if "table inet" in line or line.endswith(" drop")]
