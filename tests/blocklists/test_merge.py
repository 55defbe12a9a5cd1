"""Merging and cutting out, held to Python's ``ipaddress``; and the difference of two lists."""

from __future__ import annotations

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from banguard.blocklists.diff import diff
from banguard.blocklists.merge import allowed, merge
from banguard.core import cidrs, ranges
from banguard.core.networks import SPECIAL_USE, Network, parse_network, text_of
from banguard.core.ranges import Ranges, of_networks

# Sixteen bits to play with, so that networks meet.
ipv4 = st.builds(
    lambda a, p: ipaddress.IPv4Network((0xCB000000 + a, p), False), st.integers(0, 65_535), st.integers(16, 32)
)
ipv6 = st.builds(
    lambda a, p: ipaddress.IPv6Network((0x20010DB8 << 96 | a, p), False), st.integers(0, 65_535), st.integers(112, 128)
)
some = st.lists(st.one_of(ipv4, ipv6), max_size=15)


def texts(blocks: Ranges) -> list[str]:
    return list(ranges.texts(blocks))


def parsed(blocks: Ranges) -> list[Network]:
    return [parse_network(text) for text in texts(blocks)]


def collapsed(networks: list[Network]) -> list[Network]:
    four = ipaddress.collapse_addresses(one for one in networks if isinstance(one, ipaddress.IPv4Network))
    six = ipaddress.collapse_addresses(one for one in networks if isinstance(one, ipaddress.IPv6Network))
    return [*four, *six]


def without(networks: list[Network], hole: Network) -> list[Network]:
    rest: list[Network] = []
    for network in networks:
        if network.version != hole.version or not network.overlaps(hole):
            rest.append(network)
        elif network != hole and network.supernet_of(hole):  # type: ignore[arg-type]
            rest += network.address_exclude(hole)  # type: ignore[arg-type]
    return rest


@given(some)
def test_a_list_becomes_the_fewest_networks(networks: list[Network]) -> None:
    merged = merge(of_networks(networks), never=Ranges())
    assert parsed(merged.networks) == collapsed(networks)
    assert merged.protected == 0


@given(some, st.lists(st.one_of(ipv4, ipv6), max_size=5))
def test_what_is_protected_is_cut_out_exactly_and_counted(networks: list[Network], protected: list[Network]) -> None:
    rest = collapsed(networks)
    for hole in protected:
        rest = without(rest, hole)
    found = allowed([of_networks(networks)], never=ranges.union(of_networks(protected)))
    assert parsed(found.networks) == collapsed(rest)
    assert found.protected == sum(any(one.overlaps(hole) for hole in protected) for one in collapsed(networks))


@given(some, some)
def test_two_lists_together_are_what_python_says(one: list[Network], other: list[Network]) -> None:
    assert parsed(allowed([of_networks(one), of_networks(other)], never=Ranges()).networks) == collapsed(one + other)


@given(some, some)
def test_what_is_in_both_is_what_is_left_when_the_rest_is_gone(one: list[Network], other: list[Network]) -> None:
    first, second = ranges.union(of_networks(one)), ranges.union(of_networks(other))
    both = ranges.union(ranges.intersect(first, second))
    assert both.addresses + ranges.subtract(first, second).addresses == first.addresses
    assert both == ranges.subtract(first, ranges.subtract(first, second))


@given(some)
def test_ipv6_networks_come_back_from_their_bytes(networks: list[Network]) -> None:
    blocks = merge(of_networks(networks), never=Ranges()).networks
    assert cidrs.unpacked6(cidrs.packed6(blocks.six)) == blocks.six


def test_a_network_is_split_around_one_address() -> None:
    found = allowed([of_networks([parse_network("203.0.113.0/30")])], never=of_networks([parse_network("203.0.113.1")]))
    assert texts(found.networks) == ["203.0.113.0", "203.0.113.2/31"]
    assert found.protected == 1


def test_special_use_ranges_vanish() -> None:
    special = of_networks(SPECIAL_USE)
    found = allowed([special], never=ranges.union(special))
    assert (len(found.networks), found.protected) == (0, len(ranges.split(ranges.union(special))))


def test_the_ends_of_the_internet_are_no_trouble() -> None:
    ends = [parse_network(one) for one in ("0.0.0.0/8", "255.255.255.255", "::", "ffff::/16")]
    assert texts(merge(of_networks(ends), never=Ranges()).networks) == [text_of(one) for one in ends]


@given(some, some)
def test_a_difference_leads_from_one_to_the_other(before: list[Network], after: list[Network]) -> None:
    actual, wanted = [text_of(one) for one in before], [text_of(one) for one in after]
    change = diff(wanted=wanted, actual=actual)
    assert set(actual).difference(change.remove).union(change.add) == set(wanted)
    assert not set(change.add) & set(actual)
