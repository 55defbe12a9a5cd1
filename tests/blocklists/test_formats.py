"""Every kind of feed, against what Python's ``ipaddress`` and the program ``iprange`` make of its entries."""

from __future__ import annotations

import ipaddress
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from io import BytesIO
from tempfile import TemporaryFile

import pytest

from banguard.blocklists import parse
from banguard.blocklists.merge import merge
from banguard.blocklists.unpack import unpacked
from banguard.blocklists.values import Format, Parsed, Rules
from banguard.core import ranges
from banguard.core.errors import FeedRefused
from banguard.core.ranges import Ranges
from tests.blocklists.samples import SAMPLES, TOXIC, Sample, gzipped, zipped
from tests.outside.conftest import require

every_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
DETECTED = Rules(format=Format.AUTO)


def networks_of(parsed: Parsed) -> list[str]:
    return list(ranges.texts(merge(parsed.ranges, never=Ranges()).networks))


def read(sample: Sample, rules: Rules = DETECTED) -> Parsed:
    return parse.read(BytesIO(sample.text.encode()), rules)


def by_python(entries: tuple[str, ...]) -> list[str]:
    """The fewest networks, IPv4 first."""
    found = [network for entry in entries for network in spans(entry)]
    four = ipaddress.collapse_addresses(one for one in found if isinstance(one, ipaddress.IPv4Network))
    six = ipaddress.collapse_addresses(one for one in found if isinstance(one, ipaddress.IPv6Network))
    return [str(one).removesuffix("/32" if one.version == 4 else "/128") for one in (*four, *six)]


def spans(entry: str) -> Iterator[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    first, _, last = entry.partition("-")
    if last:
        return ipaddress.summarize_address_range(ipaddress.IPv4Address(first), ipaddress.IPv4Address(last))
    return iter([ipaddress.ip_network(entry)])


def by_iprange(entries: tuple[str, ...]) -> list[str]:
    require(shutil.which("iprange"), "iprange")
    four = "".join(f"{entry}\n" for entry in entries if ":" not in entry)
    said = subprocess.run(["iprange"], input=four, capture_output=True, text=True, check=True, timeout=30)
    return said.stdout.split()


@every_sample
def test_it_holds_what_python_says(sample: Sample) -> None:
    parsed = read(sample)
    assert networks_of(parsed) == by_python(sample.entries)
    assert (parsed.read, parsed.rejected) == (len(sample.entries), sample.refused)


@every_sample
def test_it_holds_what_iprange_says(sample: Sample) -> None:
    assert [one for one in networks_of(read(sample)) if ":" not in one] == by_iprange(sample.entries)


@every_sample
def test_its_format_is_found_out(sample: Sample) -> None:
    assert read(sample).format == sample.format


@every_sample
def test_it_is_read_with_the_format_chosen_and_other_ends_of_lines(sample: Sample) -> None:
    text = sample.text.replace("\r\n", "\n").replace("\n", "\r\n")
    parsed = parse.read(BytesIO(b"\xef\xbb\xbf" + text.encode()), Rules(format=sample.format))
    assert networks_of(parsed) == by_python(sample.entries)


@pytest.mark.parametrize("pack", [zipped, gzipped])
def test_it_is_read_packed(pack: Callable[[str], bytes]) -> None:
    with TemporaryFile() as file:
        file.write(pack(TOXIC))
        with unpacked(file, limit=1_000_000) as (whole, _packing):
            assert networks_of(parse.read(whole)) == ["198.51.100.0/30", "203.0.113.0/24"]
            assert os.fstat(whole.fileno()).st_nlink == 0


def test_a_list_of_names_that_holds_no_attacker_is_refused() -> None:
    names = b"# hosts\n0.0.0.0 bad.example\n0.0.0.0 worse.example\n127.0.0.1 localhost\n"
    with pytest.raises(FeedRefused):
        parse.read(BytesIO(names), DETECTED)
