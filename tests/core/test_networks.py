"""Set arithmetic over addresses, held to Python's own ``ipaddress``, and the spellings of people and feeds."""

from __future__ import annotations

import ipaddress
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banguard.core import networks
from banguard.core.errors import AddressInvalid
from banguard.core.networks import Network, Span

SMALL = 40  # a small universe, so that spans touch, overlap and nest


@st.composite
def spans(draw: st.DrawFn, top: int = SMALL) -> Span:
    first = draw(st.integers(0, top))
    return first, draw(st.integers(first, top))


many_spans = st.lists(spans(), max_size=12)
edges = st.sampled_from([0, 1, 2, 2**32 - 2, 2**32 - 1, 2**31, 2**31 - 1])
ipv4_networks = st.builds(
    lambda address, prefix: ipaddress.IPv4Network((address, prefix), strict=False),
    st.one_of(edges, st.integers(0, 2**32 - 1)),
    st.integers(8, 32),
)
ipv6_networks = st.builds(
    lambda address, prefix: ipaddress.IPv6Network((address, prefix), strict=False),
    st.integers(0, 2**128 - 1),
    st.integers(19, 128),
)


def held(some: list[Span]) -> set[int]:
    return {number for first, last in some for number in range(first, last + 1)}


def pythons(some: list[Span], kind: type[ipaddress.IPv4Address] | type[ipaddress.IPv6Address]) -> list[Network]:
    """The fewest networks that hold these spans."""
    return [one for first, last in some for one in ipaddress.summarize_address_range(kind(first), kind(last))]


@given(many_spans)
def test_a_union_holds_the_same_addresses_in_the_fewest_spans(some: list[Span]) -> None:
    merged = networks.union(some)
    assert held(merged) == held(some)
    assert all(after[0] > before[1] + 1 for before, after in itertools.pairwise(merged))


@given(many_spans, many_spans)
def test_what_is_subtracted_is_gone_and_nothing_else(some: list[Span], holes: list[Span]) -> None:
    rest = networks.subtract(networks.union(some), networks.union(holes))
    assert held(rest) == held(some) - held(holes)
    assert networks.union(rest) == rest


@given(st.lists(ipv4_networks, max_size=20))
def test_ipv4_networks_collapse_as_pythons_do(some: list[ipaddress.IPv4Network]) -> None:
    merged = networks.union(map(networks.span_of, some))
    assert pythons(merged, ipaddress.IPv4Address) == sorted(ipaddress.collapse_addresses(some))


@given(st.lists(ipv6_networks, max_size=20))
def test_ipv6_networks_collapse_as_pythons_do(some: list[ipaddress.IPv6Network]) -> None:
    merged = networks.union(map(networks.span_of, some))
    assert pythons(merged, ipaddress.IPv6Address) == sorted(ipaddress.collapse_addresses(some))


def test_the_whole_internet_is_one_network_and_can_be_taken_away() -> None:
    whole = [(0, 2**32 - 1)]
    assert networks.union([networks.span_of(ipaddress.ip_network("0.0.0.0/0"))]) == whole
    assert networks.subtract(whole, whole) == []
    assert networks.size(networks.subtract(whole, [(5, 5)])) == 2**32 - 1


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1\n", "192.0.2.1"),
        ("31.13.0.77/16", "31.13.0.0/16"),
        ("192.0.2.0/255.255.255.0", "192.0.2.0/24"),
        ("2001:DB8:0::5", "2001:db8::5"),
        ("2001:db8::5/32", "2001:db8::/32"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::ffff:c000:200/120", "192.0.2.0/24"),
        ("0.0.0.0/0", "0.0.0.0/0"),
    ],
)
def test_a_spelling_becomes_the_one_canonical_network(text: str, named: str) -> None:
    assert networks.text_of(networks.parse_network(text)) == named


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1.2.3",
        "1.2.3.4.5",
        "010.0.0.1",
        "1.2.3.04",
        "1.2.3.256",
        "-1.2.3.4",
        "1.2.3.4/33",
        "1.2.3.4/-1",
        "1.2.3.4/",
        "1.2.3.4/24/24",
        "1.2.3.4/0x18",
        "1.2.3.4 /24",
        "1.2.3.4\x00",
        "1.2. 3.4",
        "16909060",
        "0x01020304",
        "１.2.3.4",
        "example.com",
        "localhost",
        "fe80::1%eth0",
        "fe80::1%eth0/64",
        "2001:db8::%0/32",
        "[::1]",
        "2001:db8::g",
        ":::",
        "1.2.3.4:80",
        "x" * 10_000,
        "1.2.3.4/" + "9" * 10_000,
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(AddressInvalid):
        networks.parse_network(text)


@given(st.text(max_size=30))
def test_no_text_does_worse_than_being_refused(text: str) -> None:
    try:
        found: Network = networks.parse_network(text)
    except AddressInvalid:
        return
    assert networks.parse_network(networks.text_of(found)) == found


def test_overlapping_means_sharing_an_address_of_the_same_family() -> None:
    parse = networks.parse_network
    assert networks.overlaps_any(parse("10.1.2.3"), [parse("::/0"), parse("10.0.0.0/8")]) == parse("10.0.0.0/8")
    assert networks.overlaps_any(parse("11.0.0.1"), [parse("10.0.0.0/8")]) is None
    assert networks.overlaps_any(parse("10.0.0.0/7"), [parse("10.1.0.0/16")]) is not None


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:0:1:ffff::7", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", ""),
    ],
)
def test_who_may_have_many_addresses_is_counted_once(address: str, origin: str) -> None:
    assert networks.origin_of(address) == origin
