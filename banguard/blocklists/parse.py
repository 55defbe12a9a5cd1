"""Reading lists of addresses: one address, network or range a line, whatever follows it ignored.

A line that cannot be read is counted and kept as a sample, never guessed at. An answer that is no list
(a page, an error, a binary, nothing at all) is refused as a whole: taking it for an empty list would lift
every ban that the list is for.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from pathlib import Path

from banguard.blocklists.values import Parsed, Rejected
from banguard.core.errors import AddressInvalid, FeedTooLarge, FeedUnreadable
from banguard.core.networks import BITS, Span, parse_network, span_of

MAX_LINES = 5_000_000
MAX_LINE = 4_096  # characters
SAMPLES = 20
WIDEST = {4: 8, 6: 19}  # prefix lengths; a wider network is a mistake or an attack on us
SEPARATORS = str.maketrans(dict.fromkeys("\t,;\"'\N{NO-BREAK SPACE}", " "))


def parse(path: Path) -> Parsed:
    """The entries of the list in ``path``. Raises ``FeedUnreadable`` or ``FeedTooLarge``."""
    with path.open("rb") as file:
        _refuse_other_than_text(file.read(4_096))
    with path.open(encoding="utf-8-sig", errors="replace", newline=None) as lines:
        parsed = parse_lines(lines)
    if not parsed.read:
        raise FeedUnreadable("The feed holds no address at all.", rejected=parsed.rejected)
    return parsed


def parse_lines(lines: Iterable[str]) -> Parsed:
    """The entries of ``lines``; unlike ``parse``, an empty list is an answer."""
    spans: dict[int, list[Span]] = {4: [], 6: []}
    samples: list[Rejected] = []
    read = rejected = 0
    for number, line in enumerate(lines, 1):
        if number > MAX_LINES:
            raise FeedTooLarge(f"The feed has more than {MAX_LINES} lines.", limit=MAX_LINES)
        entry = _entry(line)
        if entry is None:
            continue
        try:
            version, span = _span(entry)
        except (ValueError, AddressInvalid) as error:
            rejected += 1
            if len(samples) < SAMPLES:
                samples.append(Rejected(number, line.strip()[:100], str(error)))
            continue
        spans[version].append(span)
        read += 1
    return Parsed(spans=spans, read=read, rejected=rejected, samples=tuple(samples))


def _refuse_other_than_text(start: bytes) -> None:
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"\x00" in start:
        raise FeedUnreadable("The feed is binary data, not a list.")
    if text.startswith(b"<"):
        raise FeedUnreadable("The feed is a web page, not a list: has its address changed?")
    if text.startswith(b"{"):
        raise FeedUnreadable("The feed is JSON, which this format does not read.")


def _entry(line: str) -> str | None:
    """The first word of a line, or the range it begins with; None for a blank or a comment."""
    text = line[:MAX_LINE].partition("#")[0].lstrip()
    if not text or text.startswith((";", "//")):
        return None
    words = text.translate(SEPARATORS).split()
    if not words:
        return None
    if len(words) >= 3 and words[1] == "-":
        return f"{words[0]}-{words[2]}"
    return words[0]


def _span(entry: str) -> tuple[int, Span]:
    """Raises ``ValueError`` or ``AddressInvalid`` with the reason, in words for people."""
    if "-" in entry:
        version, (first, last) = _range(entry)
    else:
        network = parse_network(entry)
        version, (first, last) = network.version, span_of(network)
    if last - first >= 1 << (BITS[version] - WIDEST[version]):
        raise ValueError(f"it is wider than /{WIDEST[version]}")
    return version, (first, last)


def _range(entry: str) -> tuple[int, Span]:
    low, _, high = entry.partition("-")
    first, last = ipaddress.ip_address(low.strip()), ipaddress.ip_address(high.strip())
    if first.version != last.version or int(first) > int(last):
        raise ValueError("the range runs backwards")
    return first.version, (int(first), int(last))
