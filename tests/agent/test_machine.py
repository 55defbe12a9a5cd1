import sys

import pytest

from banguard.agent import machine
from banguard.core.networks import text_of

FIB_TRIE = """Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/31 1 0 0
           |-- 127.0.0.0
              /8 host LOCAL
           |-- 127.0.0.1
              /32 host LOCAL
        |-- 127.255.255.255
           /32 link BROADCAST
        |-- 192.0.2.2
           /32 host LOCAL
"""
IF_INET6 = """00000000000000000000000000000001 01 80 10 80       lo
20010db8000000000000000000000002 02 40 00 82     eth0
fe8000000000000000fc00fffe000001 02 40 20 80     eth0
"""
ROUTE = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
"""
IPV6_ROUTE = f"""{"0" * 32} 00 {"0" * 32} 00 20010db8000000000000000000000001 00000400 00000002 00000000 00000003 eth0
20010db8{"0" * 24} 40 {"0" * 32} 00 {"0" * 32} 00000100 00000001 00000000 00000001 eth0
"""
RESOLV = """# made by hand
nameserver 192.0.2.53
nameserver fe80::53%eth0
options edns0
nameserver
nameserver not-an-address
"""


def texts(networks):
    return [text_of(network) for network in networks]


def test_own_addresses_are_the_local_leaves():
    assert texts(machine.own_ipv4(FIB_TRIE)) == ["127.0.0.1", "192.0.2.2"]
    assert texts(machine.own_ipv6(IF_INET6)) == ["::1", "2001:db8::2", "fe80::fc:ff:fe00:1"]


@pytest.mark.skipif(sys.byteorder != "little", reason="the sample is from a little-endian machine")
def test_gateways_are_the_next_hops_that_are_not_zero():
    assert texts(machine.gateways_ipv4(ROUTE)) == ["192.0.2.1"]
    assert texts(machine.gateways_ipv6(IPV6_ROUTE)) == ["2001:db8::1"]


def test_resolvers_are_the_name_servers():
    assert texts(machine.resolvers_in(RESOLV)) == ["192.0.2.53", "fe80::53"]


@pytest.mark.parametrize("garbage", ["", "\n\n", "x", "x y z 1 2 3", "\x00", "|-- \n/32 host LOCAL", "e 0 ZZZZZZZZ 1"])
@pytest.mark.parametrize(
    "parse",
    [machine.own_ipv4, machine.own_ipv6, machine.gateways_ipv4, machine.gateways_ipv6, machine.resolvers_in],
)
def test_what_cannot_be_read_is_left_out(parse, garbage):
    assert list(parse(garbage)) == []


def test_a_machine_without_ipv6_has_the_rest(tmp_path):
    (tmp_path / "fib_trie").write_text(FIB_TRIE)
    found = machine.read(tmp_path, tmp_path / "nosuch")
    assert (texts(found.own), found.gateways, found.resolvers) == (["127.0.0.1", "192.0.2.2"], (), ())


def test_this_machine_has_an_address_of_its_own():
    assert "127.0.0.1" in texts(machine.read().own)
