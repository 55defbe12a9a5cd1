"""Networks in binary: how a million of them travel to the guarded machine.

A record is the address in network order and the prefix length in one byte: five bytes for IPv4, seventeen for
IPv6. Records are sorted and do not overlap, so the same networks are always the same bytes.
"""

from __future__ import annotations

import hashlib
import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from socket import AF_INET, AF_INET6, inet_ntoa, inet_ntop, inet_pton

from banguard.core.errors import AddressInvalid
from banguard.core.networks import BITS, Network, Span, span_of

SIZES = {4: 5, 6: 17}  # bytes of a record
_FAMILIES = {4: AF_INET, 6: AF_INET6}
_LINES = 1_000  # made at once
_V4 = struct.Struct(">IB")
_V6 = struct.Struct(">QQB")


@dataclass(frozen=True)
class Packed:
    v4: bytes = b""
    v6: bytes = b""

    def __len__(self) -> int:
        return len(self.v4) // SIZES[4] + len(self.v6) // SIZES[6]

    @property
    def counts(self) -> dict[int, int]:
        return {4: len(self.v4) // SIZES[4], 6: len(self.v6) // SIZES[6]}

    @property
    def digest(self) -> str:
        """The same for the same networks."""
        return hashlib.sha256(self.v4 + b"/" + self.v6).hexdigest()

    def of(self, version: int) -> bytes:
        return self.v4 if version == 4 else self.v6


def pack(spans: Mapping[int, Sequence[Span]]) -> Packed:
    """The fewest networks that hold exactly ``spans``, which must come from ``networks.union``."""
    return Packed(*(b"".join(_records(spans.get(version, ()), version)) for version in BITS))


def pack_texts(texts: Iterable[str]) -> Packed:
    """Networks as any program writes them, in any order. Raises ``AddressInvalid``."""
    found: dict[int, list[bytes]] = {4: [], 6: []}
    for text in texts:
        address, _, length = text.partition("/")
        version = 6 if ":" in address else 4
        try:
            raw = inet_pton(_FAMILIES[version], address)
            found[version].append(raw + bytes((int(length or BITS[version]),)))
        except (OSError, ValueError) as error:
            raise AddressInvalid(f"{text[:80]!r} is not an address or a network.", value=text[:80]) from error
    return Packed(*(b"".join(sorted(found[version])) for version in BITS))


def unpack(packed: Packed) -> dict[int, list[Span]]:
    """Its networks as spans, in order; neighbours are not joined."""
    return {version: list(_spans(packed.of(version), version)) for version in BITS}


def texts(records: bytes, version: int) -> Iterator[str]:
    """Each as ``192.0.2.0/24``; a single address without its length."""
    size, full = SIZES[version], BITS[version]
    for at in range(0, len(records), size):
        address, length = records[at : at + size - 1], records[at + size - 1]
        text = inet_ntoa(address) if version == 4 else inet_ntop(AF_INET6, address)
        yield text if length == full else f"{text}/{length}"


def orders(records: bytes, version: int, order: str) -> Iterator[str]:
    """``order`` and a network, a line each, many lines at once. Single addresses have no length, which ``ipset`` reads
    a sixth faster."""
    if version == 6:
        yield from (f"{order} {text}\n" for text in texts(records, 6))
        return
    line = f"{order} %d.%d.%d.%d/%d\n"
    for at in range(0, len(records), 5 * _LINES):
        part = records[at : at + 5 * _LINES]
        yield (line * (len(part) // 5) % tuple(part)).replace("/32\n", "\n")


def check(packed: Packed) -> Packed:
    """``packed`` itself, if it is well made. Raises ``AddressInvalid`` for what nobody may send.

    That is a network with host bits, the whole of a family, records that overlap or are not sorted, and
    half a record.
    """
    for version in BITS:
        records, size = packed.of(version), SIZES[version]
        if len(records) % size:
            raise AddressInvalid(f"The IPv{version} networks end in half a record.")
        last = -1
        for first, end in _spans(records, version):
            if first <= last or end < first:
                raise AddressInvalid(f"The IPv{version} networks are not sorted, or overlap.", at=first)
            last = end
    return packed


def first_shared(packed: Packed, others: Iterable[Network]) -> Network | None:
    """The first of ``others`` that shares an address with ``packed``. O(log n) each."""
    return next((other for other in others if _shares(packed.of(other.version), other)), None)


def _shares(records: bytes, other: Network) -> bool:
    size, (low, high) = SIZES[other.version], span_of(other)
    places = range(len(records) // size)
    after = bisect_right(places, high, key=lambda at: int.from_bytes(records[at * size : at * size + size - 1], "big"))
    nearest = records[(after - 1) * size : after * size] if after else b""
    return any(last >= low for _, last in _spans(nearest, other.version))


def _records(spans: Iterable[Span], version: int) -> Iterator[bytes]:
    bits, size = BITS[version], SIZES[version]
    for first, last in spans:
        at = first
        while at < last:
            # The largest block that starts here: limited by alignment and by what is left.
            aligned = (at & -at).bit_length() - 1 if at else bits
            power = min(aligned, (last - at + 1).bit_length() - 1)
            yield (at << 8 | bits - power).to_bytes(size, "big")
            at += 1 << power
        if at == last:
            yield (at << 8 | bits).to_bytes(size, "big")


def _spans(records: bytes, version: int) -> Iterator[Span]:
    bits = BITS[version]
    masks = [(1 << (bits - length)) - 1 for length in range(bits + 1)]
    for address, length in _pairs(records, version):
        if not 1 <= length <= bits or address & masks[length]:
            raise AddressInvalid(f"An IPv{version} network cannot be used: prefix length {length}.", length=length)
        yield address, address | masks[length]


def _pairs(records: bytes, version: int) -> Iterator[tuple[int, int]]:
    if version == 4:
        return _V4.iter_unpack(records)
    return ((high << 64 | low, length) for high, low, length in _V6.iter_unpack(records))
