"""Lists as the world writes them, and answers that are no list."""

from __future__ import annotations

import ipaddress
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banguard.blocklists import parse
from banguard.blocklists.merge import merge
from banguard.blocklists.values import Format, Parsed, Rules
from banguard.core import ranges
from banguard.core.errors import FeedRefused
from banguard.core.ranges import Ranges

PLAIN = Rules(format=Format.PLAIN, may_be_empty=True)


def networks_of(parsed: Parsed) -> list[str]:
    return list(ranges.texts(merge(parsed.ranges, never=Ranges()).networks))


def read(text: str | bytes, rules: Rules = PLAIN) -> Parsed:
    return parse.read(BytesIO(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text), rules)


def held(text: str) -> tuple[list[str], int]:
    """The networks that a list holds, and how many of its lines were refused."""
    parsed = read(text)
    return networks_of(parsed), parsed.rejected


@pytest.mark.parametrize(
    ("line", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.0/24", "203.0.113.0/24"),
        ("  203.0.113.7  ", "203.0.113.7"),
        ("203.0.113.7\r", "203.0.113.7"),
        ("\N{NO-BREAK SPACE}203.0.113.7\N{NO-BREAK SPACE}", "203.0.113.7"),
        ("203.0.113.7\t9", "203.0.113.7"),
        ("203.0.113.0/24 ; SBL256894", "203.0.113.0/24"),
        ("203.0.113.7;text", "203.0.113.7"),
        ("203.0.113.7 # DE AS3320", "203.0.113.7"),
        ("203.0.113.7#x", "203.0.113.7"),
        ("203.0.113.7,tag,tag", "203.0.113.7"),
        ('"203.0.113.7","8080"', "203.0.113.7"),
        ("203.0.113.7\t\t# 2026-09-29 12:02:10\t\t26\t2855073", "203.0.113.7"),
        ("203.0.113.77/24", "203.0.113.0/24"),
        ("203.0.113.0/255.255.255.0", "203.0.113.0/24"),
        ("203.0.113.0-203.0.113.255", "203.0.113.0/24"),
        ("203.0.113.0 - 203.0.113.255", "203.0.113.0/24"),
        ("203.0.113.0 - 203.0.113.255 # text", "203.0.113.0/24"),
        ("2001:DB8::5", "2001:db8::5"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("2001:db8::-2001:db8::ff", "2001:db8::/120"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.0-::ffff:203.0.113.255", "203.0.113.0/24"),
        ("10.0.0.0/8", "10.0.0.0/8"),
    ],
)
def test_a_line_holds_one_network_and_what_follows_is_ignored(line: str, network: str) -> None:
    assert held(line) == ([network], 0)


@pytest.mark.parametrize(
    "line",
    ["", "   ", "\t", "# comment", "  # comment", "; comment", "// comment", "#", ";", '""', ",,,", "\r", "\x0c"],
)
def test_a_line_that_says_nothing_is_no_fault(line: str) -> None:
    assert held(line) == ([], 0)


@pytest.mark.parametrize(
    "line",
    [
        "example.com",
        "010.0.0.1",
        "1.2.3",
        "1.2.3.4:80",
        "1.2.3.4/33",
        "fe80::1%eth0",
        "fe80::1%eth0-fe80::5%eth0",
        "0.0.0.0/0",
        "::/0",
        "8.0.0.0/7",
        "2000::/18",
        "8.0.0.0-9.255.255.255",
        "1.2.3.9-1.2.3.1",
        "1.2.3.0/24-1.2.4.0/24",
        "1.2.3.4-2001:db8::1",
        "1.2.3.4-",
        "-1.2.3.4",
        "-",
        "ExitAddress 162.247.72.201 2015-07-22",
        "ALL: 1.2.3.4",
        "deny 1.2.3.4;",
        "127.0.0.1/8/8",
        "\ud83d",
    ],
)
def test_a_line_that_cannot_be_read_is_counted_and_kept(line: str) -> None:
    parsed = read(f"203.0.113.1\n{line}\n")
    assert (parsed.read, parsed.rejected) == (1, 1)
    (sample,) = parsed.samples
    assert sample.line == 2
    assert sample.reason
    assert "\x00" not in sample.text + sample.reason


def test_few_samples_of_many_refused_lines_are_kept() -> None:
    parsed = read("203.0.113.7\n" * 1_000 + f"{'x' * 5_000}\n" * 1_000)
    assert (parsed.rejected, len(parsed.samples), len(parsed.samples[0].text)) == (1_000, 20, 100)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**24 - 1))
def test_a_range_holds_what_python_says(first: int, length: int) -> None:
    low, high = ipaddress.IPv4Address(first), ipaddress.IPv4Address(min(first + length, 2**32 - 1))
    assert held(f"{low} - {high}")[0] == [
        str(one).removesuffix("/32") for one in ipaddress.summarize_address_range(low, high)
    ]


def parsed_file(tmp_path: Path, content: bytes) -> list[str]:
    file = tmp_path / "feed"
    file.write_bytes(content)
    return networks_of(parse.parse(file))


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf203.0.113.7\r\n203.0.113.9\r\n",
        b"203.0.113.7\n203.0.113.9",
        b"203.0.113.7\r203.0.113.9\r",
        b"# caf\xe9 in Latin-1\n203.0.113.7\n\xff\xfe\n203.0.113.9\n",
        b"\n\n\n203.0.113.9\n203.0.113.7\n203.0.113.7\n",
        "\N{NO-BREAK SPACE}203.0.113.7\n203.0.113.9\n".encode(),
    ],
)
def test_a_file_is_read_whatever_its_ends_of_lines_and_bytes(tmp_path: Path, content: bytes) -> None:
    assert parsed_file(tmp_path, content) == ["203.0.113.7", "203.0.113.9"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"# only\n; comments\n",
        b"<!DOCTYPE html><html><body>203.0.113.7</body></html>",
        b"\xef\xbb\xbf \r\n<html>\n203.0.113.7\n",
        b"<?xml version='1.0'?>\n203.0.113.7\n",
        b'{"errors":[{"detail":"Daily rate limit exceeded","status":429}]}',
        b'["nonsense"]',
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
        b"PK\x03\x04\x14\x00\x00\x00",
        "203.0.113.7\n".encode("utf-16"),
        b"Umm... You can only fetch the data every 30 minutes - sorry.  It's pretty pointless to do so.",
        b"404: Not Found",
        b"Too many requests",
    ],
)
def test_what_is_no_list_is_refused_whole(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(FeedRefused):
        parsed_file(tmp_path, content)


def test_a_nul_far_inside_is_a_refused_line(tmp_path: Path) -> None:
    assert parsed_file(tmp_path, b"203.0.113.7\n" * 1_000 + b"203.0.113.8\x00\n") == ["203.0.113.7"]


def test_a_line_without_an_end_is_not_kept_whole(tmp_path: Path) -> None:
    assert parsed_file(tmp_path, b"203.0.113.7\n" + b"9" * 1_000_000) == ["203.0.113.7"]


def test_a_sample_of_json_lines_names_its_line_though_empty_ones_come_before() -> None:
    text = b'\n{"ip": "203.0.113.1"}\n\n{"ip": "203.0.113.2"}\n\n{"ip": "nonsense"}\n'
    parsed = parse.read(BytesIO(text), Rules(format=Format.JSON))
    assert (parsed.read, [sample.line for sample in parsed.samples]) == (2, [6])
