"""Networks to and from PostgreSQL by the million: the binary rows of COPY as arrays.

A row of COPY's binary form is a count of fields, and before each field its length; a ``cidr`` of one family has
always the same length, so many rows are one array of equal records.
https://www.postgresql.org/docs/current/sql-copy.html
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from banguard.core import networks
from banguard.core.networks import Span
from banguard.core.ranges import Keys, Ranges, bounds, keys_of, lengths

START = b"PGCOPY\n\xff\r\n\0" + bytes(8)
STOP = b"\xff\xff"
# Many networks as one value: a row for each would take PostgreSQL and Python ten times as long.
ALL = "string_agg(cidr_send(network), '')"

_CIDR = [("bytes", ">i4"), ("family", "u1"), ("bits", "u1"), ("is_cidr", "u1"), ("size", "u1")]
_FAMILY = {4: 2, 6: 3}
_OWNED = [("fields", ">i2"), ("owner_bytes", ">i4"), ("owner", ">i8"), *_CIDR]
_ALONE = _CIDR[1:]
_BEFORE = len(START) + 6  # bytes: a count of fields and the length of the only one
_ADDRESS = {4: ("address", ">u4"), 6: ("address", "V16")}


def rows(owner: int, blocks: Ranges) -> Iterable[bytes]:
    """COPY's rows of ``(bigint, cidr)``: ``owner`` with each of the networks, which are as ``split`` gives them."""
    yield START
    if len(blocks.four):
        yield _rows(4, owner, lengths(blocks.four).tolist(), bounds(blocks.four)[0])
    if blocks.six:
        addresses = b"".join(first.to_bytes(16, "big") for first, _ in blocks.six)
        bits = [129 - (last - first + 1).bit_length() for first, last in blocks.six]
        yield _rows(6, owner, bits, np.frombuffer(addresses, "V16"))
    yield STOP


def _rows(version: int, owner: int, bits: list[int], addresses: object) -> bytes:
    made = np.zeros(len(bits), np.dtype([*_OWNED, _ADDRESS[version]]))
    size = networks.BITS[version] // 8
    made["fields"], made["owner_bytes"], made["owner"] = 2, 8, owner
    made["bytes"], made["family"], made["is_cidr"], made["size"] = 4 + size, _FAMILY[version], 1, size
    made["bits"], made["address"] = bits, addresses
    return made.tobytes()


def read(four: bytes, six: bytes) -> Ranges:
    """What COPY gave of ``ALL``, the families apart, as ranges in the order they came."""
    return Ranges(_read4(four), _read6(six))


def packed6(blocks: list[Span]) -> bytes:
    """IPv6 networks in 17 bytes each."""
    pairs = ((first, 129 - (last - first + 1).bit_length()) for first, last in blocks)
    return b"".join(first.to_bytes(16, "big") + bytes([bits]) for first, bits in pairs)


def unpacked6(data: bytes) -> list[Span]:
    """The other way."""
    parts = (data[at : at + 17] for at in range(0, len(data), 17))
    pairs = ((int.from_bytes(part[:16], "big"), part[16]) for part in parts)
    return [(first, first + (1 << 128 - bits) - 1) for first, bits in pairs]


def _body(data: bytes, version: int) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    kind = np.dtype([*_ALONE, _ADDRESS[version]])
    return np.frombuffer(data, kind, count=(len(data) - _BEFORE - len(STOP)) // kind.itemsize, offset=_BEFORE)


def _read4(data: bytes) -> Keys:
    found = _body(data, 4)
    first = found["address"].astype(np.int64)
    return keys_of(first, first + (np.int64(1) << (32 - found["bits"].astype(np.int64))) - 1)


def _read6(data: bytes) -> list[Span]:
    found = _body(data, 6)
    firsts = (int.from_bytes(address, "big") for address in found["address"].tolist())
    return [(first, first + (1 << 128 - bits) - 1) for first, bits in zip(firsts, found["bits"].tolist(), strict=True)]
