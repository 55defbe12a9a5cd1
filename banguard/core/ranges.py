"""Sets of addresses as arrays: a million are joined, subtracted, compared and split in tenths of a second.

A range of IPv4 addresses is one unsigned integer of 64 bits, the first address in its upper half and the last
in its lower: so sorting the integers sorts the ranges, and equal ranges are equal integers. IPv6 ranges are
spans of Python's integers, of which lists hold far fewer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from socket import AF_INET6, inet_ntoa, inet_ntop

import numpy as np
from numpy.typing import NDArray

from banguard.core import networks
from banguard.core.networks import Network, Span

Keys = NDArray[np.uint64]
Numbers = NDArray[np.int64]

_LAST4 = (1 << 32) - 1
_PIECE = 65_536  # texts that are made at once


def _nothing() -> Keys:
    return np.empty(0, np.uint64)


@dataclass(frozen=True, eq=False)
class Ranges:
    """Ranges of both families. What ``union`` gives is in order, and no two of a family overlap or touch."""

    four: Keys = field(default_factory=_nothing)
    six: list[Span] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.four) + len(self.six)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ranges) and np.array_equal(self.four, other.four) and self.six == other.six

    __hash__ = None  # type: ignore[assignment] # arrays have none

    @property
    def addresses(self) -> int:
        """How many addresses it holds, of ranges that do not overlap."""
        first, last = bounds(self.four)
        return int((last - first + 1).sum()) + networks.size(self.six)


def bounds(keys: Keys) -> tuple[Numbers, Numbers]:
    """The first and the last address of each IPv4 range."""
    return (keys >> np.uint64(32)).astype(np.int64), (keys & np.uint64(_LAST4)).astype(np.int64)


def keys_of(first: Numbers, last: Numbers) -> Keys:
    return (first.astype(np.uint64) << np.uint64(32)) | last.astype(np.uint64)


def of_networks(some: Iterable[Network]) -> Ranges:
    """Networks as ranges, in their order, not joined."""
    spans: dict[int, list[Span]] = {version: [] for version in networks.BITS}
    for network in some:
        spans[network.version].append(networks.span_of(network))
    four = np.array([first << 32 | last for first, last in spans[4]], np.uint64)
    return Ranges(four, spans[6])


def gathered(parts: Iterable[Ranges]) -> Ranges:
    """All of ``parts`` one after the other, not joined."""
    kept = list(parts)
    four = np.concatenate([_nothing(), *(part.four for part in kept)])
    return Ranges(four, [span for part in kept for span in part.six])


def union(*parts: Ranges) -> Ranges:
    """The same addresses as the fewest ranges, in order."""
    whole = gathered(parts)
    return Ranges(_joined(np.sort(whole.four)), networks.union(whole.six))


def _joined(keys: Keys) -> Keys:
    if not len(keys):
        return keys
    first, last = bounds(keys)
    last = np.maximum.accumulate(last)
    begins = np.flatnonzero(np.concatenate([[True], first[1:] > last[:-1] + 1]))
    ends = np.concatenate([begins[1:] - 1, [len(keys) - 1]])
    return keys_of(first[begins], last[ends])


def intersect(one: Ranges, other: Ranges) -> Ranges:
    """What lies in both, which must come from ``union`` (``one`` may also be of networks that do not overlap)."""
    six = networks.subtract(one.six, networks.subtract(one.six, other.six)) if other.six else []
    return Ranges(_common(one.four, other.four), six)


def _common(one: Keys, other: Keys) -> Keys:
    first, last = bounds(one)
    low, high = bounds(other)
    begin = np.searchsorted(high, first)
    counts = np.searchsorted(low, last, side="right") - begin
    mine = np.repeat(np.arange(len(one)), counts)
    # The place of each pair among those of its range, added to where that range's partners begin.
    theirs = np.arange(len(mine)) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(begin, counts)
    return keys_of(np.maximum(first[mine], low[theirs]), np.minimum(last[mine], high[theirs]))


def subtract(one: Ranges, holes: Ranges) -> Ranges:
    """What of ``one`` lies in none of ``holes``. Both must come from ``union``."""
    return Ranges(_common(one.four, _others(holes.four)), networks.subtract(one.six, holes.six))


def _others(keys: Keys) -> Keys:
    """Every IPv4 address that is in none of these ranges."""
    first, last = bounds(keys)
    begins, ends = np.concatenate([[0], last + 1]), np.concatenate([first - 1, [_LAST4]])
    some = begins <= ends
    return keys_of(begins[some], ends[some])


def count_touched(some: Ranges, others: Ranges) -> int:
    """How many of the ranges ``some`` share an address with ``others``, which must come from ``union``."""
    first, last = bounds(some.four)
    low, high = bounds(others.four)
    touched = np.searchsorted(low, last, side="right") > np.searchsorted(high, first)
    rest = set(some.six) - set(networks.subtract(some.six, others.six)) if others.six else ()
    return int(touched.sum()) + len(rest)


def without(some: Ranges, others: Ranges) -> Ranges:
    """Those ranges of ``some`` that are not, just so, among ``others``."""
    have = set(others.six)
    return Ranges(
        np.setdiff1d(some.four, others.four, assume_unique=True), [one for one in some.six if one not in have]
    )


def split(ranges: Ranges) -> Ranges:
    """The fewest networks that hold exactly these addresses, each as a range, in order."""
    return Ranges(_split4(ranges.four), [block for span in ranges.six for block in _blocks(span, 128)])


def _split4(keys: Keys) -> Keys:
    first, last = bounds(keys)
    found = [_nothing()]
    while len(first):
        # The largest block that starts here: limited by alignment and by what is left.
        aligned = np.where(first == 0, 1 << 32, first & -first)
        fits = np.int64(1) << (np.frexp((last - first + 1).astype(np.float64))[1].astype(np.int64) - 1)
        after = first + np.minimum(aligned, fits)
        found.append(keys_of(first, after - 1))
        more = after <= last
        first, last = after[more], last[more]
    return np.sort(np.concatenate(found)) if len(found) > 2 else np.concatenate(found)


def _blocks(span: Span, bits: int) -> Iterator[Span]:
    at, last = span
    while at <= last:
        aligned = (at & -at).bit_length() - 1 if at else bits
        power = min(aligned, (last - at + 1).bit_length() - 1)
        yield at, at + (1 << power) - 1
        at += 1 << power


def lengths(keys: Keys) -> Numbers:
    """The prefix length of each IPv4 network, as ``split`` gives them."""
    first, last = bounds(keys)
    return 33 - np.frexp((last - first + 1).astype(np.float64))[1].astype(np.int64)


def texts(blocks: Ranges) -> Iterator[str]:
    """Networks, as ``split`` gives them, in canonical text: ``192.0.2.1``, ``192.0.2.0/24``; IPv4 first."""
    for start in range(0, len(blocks.four), _PIECE):
        yield from _texts4(blocks.four[start : start + _PIECE])
    for first, last in blocks.six:
        yield _text6(first, 128 - ((last - first + 1).bit_length() - 1))


def _texts4(keys: Keys) -> Iterator[str]:
    packed = bounds(keys)[0].astype(">u4").tobytes()
    for at, length in enumerate(lengths(keys).tolist()):
        address = inet_ntoa(packed[4 * at : 4 * at + 4])
        yield address if length == 32 else f"{address}/{length}"


def _text6(first: int, length: int) -> str:
    # In ::/95 the C library writes the last four bytes as IPv4; Python, and so the rest of BanGuard, does not.
    written = inet_ntop(AF_INET6, first.to_bytes(16, "big")) if first >> 48 else str(IPv6Address(first))
    return written if length == 128 else f"{written}/{length}"
