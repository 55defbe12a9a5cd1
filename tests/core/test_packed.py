"""Networks in binary."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banguard.core import networks
from banguard.core.errors import AddressInvalid
from banguard.core.packed import Packed, check, first_shared, pack, pack_texts, texts, unpack

SPANS = {
    4: st.tuples(st.integers(1 << 24, 2**32 - 1), st.integers(0, 2**20)),
    6: st.tuples(st.integers(1 << 100, 2**128 - 1), st.integers(0, 2**70)),
}


@given(st.lists(SPANS[4]), st.lists(SPANS[6]))
def test_every_span_comes_back_whole(four: list[tuple[int, int]], six: list[tuple[int, int]]) -> None:
    spans = {
        4: networks.union((low, min(low + more, 2**32 - 1)) for low, more in four),
        6: networks.union((low, min(low + more, 2**128 - 1)) for low, more in six),
    }
    back = unpack(check(pack(spans)))
    assert {version: networks.union(back[version]) for version in back} == spans


@given(st.lists(SPANS[4], max_size=20))
def test_networks_are_those_of_ipaddress(pairs: list[tuple[int, int]]) -> None:
    spans = networks.union((low, min(low + more, 2**32 - 1)) for low, more in pairs)
    ends = [(ipaddress.IPv4Address(first), ipaddress.IPv4Address(last)) for first, last in spans]
    known = [networks.text_of(one) for first, last in ends for one in ipaddress.summarize_address_range(first, last)]
    assert list(texts(pack({4: spans}).v4, 4)) == known


def test_texts_are_sorted_whatever_order_they_came_in() -> None:
    one = pack_texts(["192.0.2.1", "2001:db8::/32", "10.0.0.0/8"])
    assert one == pack_texts(["10.0.0.0/8", "192.0.2.1/32", "2001:db8::/32"])
    assert list(texts(one.v4, 4)) == ["10.0.0.0/8", "192.0.2.1"]
    assert (len(one), one.counts) == (3, {4: 2, 6: 1})


def test_the_digest_is_of_the_networks() -> None:
    assert pack_texts(["192.0.2.1"]).digest == pack_texts(["192.0.2.1/32"]).digest
    assert pack_texts(["192.0.2.1"]).digest != pack_texts(["192.0.2.2"]).digest


@pytest.mark.parametrize(
    "bad",
    [
        Packed(v4=b"\1\2\3"),
        Packed(v4=bytes((192, 0, 2, 1, 33))),
        Packed(v4=bytes((192, 0, 2, 1, 24))),
        Packed(v4=bytes(5)),
        Packed(v4=bytes((192, 0, 2, 1, 32)) * 2),
        Packed(v4=bytes((192, 0, 2, 0, 24, 192, 0, 2, 9, 32))),
        Packed(v4=bytes((192, 0, 2, 9, 32, 192, 0, 2, 1, 32))),
        Packed(v6=bytes(17)),
        Packed(v6=ipaddress.ip_address("2001:db8::1").packed + bytes((64,))),
    ],
)
def test_what_nobody_may_send_is_refused(bad: Packed) -> None:
    with pytest.raises(AddressInvalid):
        check(bad)


@pytest.mark.parametrize("text", ["", "1.2.3", "1.2.3.4/x", "::g", "1.2.3.4/8/9", "add", "1.2.3.4/-1"])
def test_what_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(AddressInvalid):
        pack_texts([text])


@pytest.mark.parametrize(
    ("other", "shares"),
    [
        ("10.9.8.7", True),
        ("8.0.0.0/6", True),
        ("192.0.2.0/24", True),
        ("192.0.2.2", False),
        ("9.0.0.0/8", False),
        ("2001:db8::1", False),
        ("255.255.255.255", False),
    ],
)
def test_a_shared_address_is_found(other: str, shares: bool) -> None:
    network = networks.parse_network(other)
    found = first_shared(pack_texts(["10.0.0.0/8", "192.0.2.1"]), [networks.parse_network("1.1.1.1"), network])
    assert found == (network if shares else None)
