"""Merging and cutting out, held to Python's ``ipaddress``; and the difference of two lists."""

from __future__ import annotations

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from banguard.blocklists.diff import diff
from banguard.blocklists.merge import merge, spans_of
from banguard.core.networks import SPECIAL_USE, Network, parse_network, text_of

# Sixteen bits to play with, so that networks meet.
ipv4 = st.builds(
    lambda a, p: ipaddress.IPv4Network((0xCB000000 + a, p), False), st.integers(0, 65_535), st.integers(16, 32)
)
ipv6 = st.builds(
    lambda a, p: ipaddress.IPv6Network((0x20010DB8 << 96 | a, p), False), st.integers(0, 65_535), st.integers(112, 128)
)
some = st.lists(st.one_of(ipv4, ipv6), max_size=15)


def parsed(texts: tuple[str, ...]) -> list[Network]:
    return [parse_network(text) for text in texts]


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
    merged = merge(spans_of(networks), protected=())
    assert parsed(merged.networks) == collapsed(networks)
    assert (merged.allowed, merged.protected) == (merged.networks, 0)


@given(some, st.lists(st.one_of(ipv4, ipv6), max_size=5))
def test_what_is_protected_is_cut_out_exactly(networks: list[Network], protected: list[Network]) -> None:
    rest = collapsed(networks)
    for hole in protected:
        rest = without(rest, hole)
    assert parsed(merge(spans_of(networks), protected=protected).allowed) == collapsed(rest)


def test_a_network_is_split_around_one_address() -> None:
    merged = merge(spans_of([parse_network("203.0.113.0/30")]), protected=[parse_network("203.0.113.1")])
    assert merged.networks == ("203.0.113.0/30",)
    assert merged.allowed == ("203.0.113.0", "203.0.113.2/31")
    assert merged.protected == 1


def test_special_use_ranges_vanish() -> None:
    merged = merge(spans_of(SPECIAL_USE), protected=SPECIAL_USE)
    assert merged.allowed == ()
    assert merged.protected == len(merged.networks)


@given(some, some)
def test_a_difference_leads_from_one_to_the_other(before: list[Network], after: list[Network]) -> None:
    actual, wanted = [text_of(one) for one in before], [text_of(one) for one in after]
    change = diff(wanted=wanted, actual=actual)
    assert set(actual).difference(change.remove).union(change.add) == set(wanted)
    assert not set(change.add) & set(actual)
