"""Reading lists of addresses: one address, network or range a line, whatever follows it ignored.

A line that cannot be read is counted and kept as a sample, never guessed at. An answer that is no list
(a page, an error, a binary, nothing at all) is refused as a whole: taking it for an empty list would lift
every ban that the list is for.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from banguard.blocklists.values import Parsed, Rejected
from banguard.core.errors import AddressInvalid, FeedTooLarge, FeedUnreadable
from banguard.core.networks import BITS, WIDEST, Span, parse_network, span_of

MAX_LINES = 5_000_000
MAX_LINE = 4_096  # characters
SAMPLES = 20
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
                samples.append(Rejected(number, _shown(line), str(error)))
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
    first, last = parse_network(low), parse_network(high)
    if first.num_addresses > 1 or last.num_addresses > 1 or first.version != last.version:
        raise ValueError("a range goes from one address to another")
    if span_of(first) > span_of(last):
        raise ValueError("the range runs backwards")
    return first.version, (span_of(first)[0], span_of(last)[0])


def _shown(line: str) -> str:
    """The beginning of a line as it can be stored: PostgreSQL knows no NUL."""
    return line[:MAX_LINE].strip()[:100].replace("\x00", "\N{REPLACEMENT CHARACTER}")
