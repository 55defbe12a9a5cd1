"""Lists that nobody has thought of: read or refused, never a crash, never an address that does not stand there.

``FUZZ_EXAMPLES`` says how many each test tries.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterator
from io import BytesIO

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from banguard.blocklists import parse
from banguard.blocklists.merge import merge
from banguard.blocklists.values import Format, Parsed, Rules
from banguard.core import ranges
from banguard.core.errors import FeedRefused
from banguard.core.ranges import Ranges
from tests.blocklists.samples import SAMPLES

many = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "150")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

LINES = sorted({line for sample in SAMPLES for line in sample.text.splitlines()})
ADDRESSES = st.ip_addresses().map(str) | st.sampled_from(
    ["1.2.3.4", "010.1.1.1", "256.1.1.1", "1.2.3", "::ffff:1.2.3.4", "fe80::1%eth0", "1.2.3.4.5", "0.0.0.0/0", "::"]
)
BETWEEN = (" ", "\t", ",", ";", "#", "/", "-", " - ", "/24", "/33", "/64", "/255.255.255.0", '"', "'", ":", "\r", "\n")
WORDS = (
    "{",
    "}",
    "[",
    "]",
    "\\",
    "deny ",
    "ALL: ",
    "add set ",
    "ExitAddress ",
    "alert ip ",
    "$SOA",
    "!",
    '"ip":',
    "ip\n",
)
ODD = ("\x00", "\x85", "\N{LINE SEPARATOR}", "\N{NO-BREAK SPACE}", "\ufeff", "\N{ARABIC-INDIC DIGIT ONE}")
SIGNS = st.sampled_from((*BETWEEN, *WORDS, *ODD))
PIECES = ADDRESSES | SIGNS | st.sampled_from(LINES) | st.text(max_size=8)
TEXTS = st.lists(PIECES, max_size=30).map("".join) | st.lists(PIECES, max_size=30).map("\n".join)
FORMATS = st.sampled_from(Format)
NUMBERS = re.compile(r"\d+")


def read(data: bytes, written: Format) -> Parsed | None:
    """None: it was refused."""
    try:
        return parse.read(BytesIO(data), Rules(format=written, may_be_empty=True))
    except FeedRefused:
        return None


def networks_of(parsed: Parsed) -> Iterator[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return map(ipaddress.ip_network, ranges.texts(merge(parsed.ranges, never=Ranges()).networks))


@many
@given(st.binary(max_size=400), FORMATS)
def test_any_bytes_are_read_or_refused(data: bytes, written: Format) -> None:
    read(data, written)


@many
@given(TEXTS, FORMATS)
def test_whatever_is_written_is_read_or_refused(text: str, written: Format) -> None:
    parsed = read(text.encode("utf-8", "surrogatepass"), written)
    assert parsed is None or len(parsed.samples) <= parsed.rejected


@many
@given(TEXTS, FORMATS)
def test_no_ipv4_address_is_invented(text: str, written: Format) -> None:
    """A single address stands in the text as it is; both ends of a range begin with a number that stands there.

    Texts with ``::ffff:102:304`` are left out: that is 1.2.3.4, and meant so.
    """
    assume("ffff:" not in text.lower())
    parsed = read(text.encode("utf-8", "surrogatepass"), written)
    if parsed is None:
        return
    known = {int(number) for number in NUMBERS.findall(text)}
    for first, last in ((key >> 32, key & 0xFFFFFFFF) for key in parsed.ranges.four.tolist()):
        assert {first >> 24, last >> 24} <= known
        assert first != last or str(ipaddress.IPv4Address(first)) in text


@many
@given(st.lists(st.ip_addresses(v=4).map(str) | st.ip_addresses(v=6).map(str), min_size=1, max_size=20), SIGNS)
def test_plain_addresses_are_all_found_and_no_other(addresses: list[str], behind: str) -> None:
    kept = behind if behind in {" ", "\t", "#", ";"} else ""
    parsed = read("".join(f"{one}{kept}\n" for one in addresses).encode(), Format.AUTO)
    assert parsed is not None
    found = {str(one) for one in networks_of(parsed)}
    wanted = {ipaddress.ip_address(one) for one in addresses}
    plain = {getattr(one, "ipv4_mapped", None) or one for one in wanted}
    four = ipaddress.collapse_addresses(ipaddress.IPv4Network(one) for one in plain if one.version == 4)
    six = ipaddress.collapse_addresses(ipaddress.IPv6Network(one) for one in plain if one.version == 6)
    assert found == {str(one) for one in (*four, *six)}
