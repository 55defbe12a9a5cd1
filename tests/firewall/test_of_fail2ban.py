"""What the firewall holds of a Fail2ban jail, for each kind of action that comes with Fail2ban."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from banguard.core.packed import Packed, pack_texts
from banguard.firewall.of_fail2ban import held_for
from tests.firewall.namespaces import namespace, sh

BANNED = pack_texts(["192.0.2.1", "192.0.2.2", "198.51.100.7", "2001:db8::5"])


@pytest.fixture(autouse=True)
def _firewall_of_our_own() -> Iterator[None]:
    with namespace():
        yield


def test_of_an_action_that_is_not_known_nothing_can_be_said() -> None:
    assert held_for("lab", ["noop", "sendmail"]) is None


@pytest.mark.parametrize("action", ["nftables-multiport", "iptables-ipset-proto6", "iptables-multiport"])
def test_before_the_first_ban_it_holds_nothing(action: str) -> None:
    assert held_for("lab", [action]) == Packed()


def test_a_plain_set_of_nftables() -> None:
    sets("")
    sh("nft add element inet f2b-table addr-set-lab { 192.0.2.1, 192.0.2.2, 198.51.100.7 }")
    sh("nft add element inet f2b-table addr6-set-lab { 2001:db8::5 }")
    assert held_for("lab", ["nftables-multiport"]) == BANNED


def test_an_interval_set_of_nftables() -> None:
    sets("flags interval;")
    sh("nft add element inet f2b-table addr-set-lab { 192.0.2.0/24, 198.51.100.7, 203.0.113.0-203.0.113.2 }")
    held = held_for("lab", ["nftables"])
    assert held == pack_texts(["192.0.2.0/24", "198.51.100.7", "203.0.113.0/31", "203.0.113.2"])


def test_sets_of_ipset() -> None:
    sh("ipset create f2b-lab hash:ip")
    sh("ipset create f2b-lab6 hash:ip family inet6")
    for address in ("192.0.2.1", "192.0.2.2", "198.51.100.7"):
        sh(f"ipset add f2b-lab {address}")
    sh("ipset add f2b-lab6 2001:db8::5")
    assert held_for("lab", ["iptables-ipset-proto6-allports"]) == BANNED


def test_chains_of_iptables() -> None:
    for program, addresses in (
        ("iptables", ("192.0.2.1", "192.0.2.2", "198.51.100.7")),
        ("ip6tables", ("2001:db8::5",)),
    ):
        sh(f"{program} -N f2b-lab")
        for address in addresses:
            sh(f"{program} -A f2b-lab -s {address} -j REJECT")
    assert held_for("lab", ["iptables-multiport"]) == BANNED


def sets(flags: str) -> None:
    sh("nft add table inet f2b-table")
    sh(f"nft add set inet f2b-table addr-set-lab {{ type ipv4_addr; {flags} }}")
    sh(f"nft add set inet f2b-table addr6-set-lab {{ type ipv6_addr; {flags} }}")
