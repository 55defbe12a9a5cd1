"""Reading IPv4 addresses and networks many lines at once, as columns of characters.

All lines are walked together, character by character: first characters, second characters, and so on, each step
a few array operations. It takes only what is plainly one address or network, and leaves every other line, right
or wrong, to those who read one at a time. So it can be fast without knowing all the ways of writing one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from banguard.core.ranges import Keys, Numbers, keys_of

Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]

LONGEST = 26  # characters looked at: an address with its length, blanks and a number, as lists of counts have it
LINES = 65_536  # walked at once: what they need then stays in the processor's cache

OTHER, DIGIT, DOT, SLASH, BLANK, END = range(6)
KIND = np.full(256, OTHER, np.uint8)
KIND[list(b"0123456789")] = DIGIT
KIND[ord(".")], KIND[ord("/")] = DOT, SLASH
KIND[list(b" \t")] = BLANK
KIND[list(b"\n#;")] = END  # after a comment sign nothing counts

ADDRESS, LENGTH, TAIL, DONE = range(4)
LINE_END, ZERO = 10, np.uint8(48)


@dataclass(frozen=True)
class Bulk:
    """``keys``: the ranges taken. ``odd``: the lines not taken, from 0. ``loose``: taken with host bits set."""

    keys: Keys
    odd: list[int]
    loose: int


def bulk(starts: Numbers, data: Bytes, *, tail: bool, widest: int) -> Bulk:
    """Lines begin at ``starts``; ``data`` ends in ``LONGEST`` bytes that are looked at and belong to no line.

    ``tail``: blanks, a number and comments may follow an entry; otherwise a line holds nothing else. ``widest``: the
    shortest prefix that is taken.
    """
    windows = sliding_window_view(data, LONGEST)
    walk = _Walk(len(starts), tail=tail)
    for column in np.ascontiguousarray(windows[starts].T):
        walk.step(column)
    return walk.end(widest)


class _Walk:
    """Where each line is: in its address, in its length, behind both, or done; ``fine`` until it is no longer plain."""

    def __init__(self, count: int, *, tail: bool) -> None:
        self.tail = tail
        self.phase = np.zeros(count, np.uint8)
        self.value = np.zeros(count, np.int32)
        self.digits = np.zeros(count, np.uint8)
        self.dots = np.zeros(count, np.uint8)
        self.address = np.zeros(count, np.int64)
        self.length = np.full(count, 32, np.int32)
        self.fine = np.ones(count, np.bool_)

    def step(self, column: Bytes) -> None:
        kind = KIND[column]
        address, length = self.phase == ADDRESS, self.phase == LENGTH
        dot, slash, over = kind == DOT, kind == SLASH, kind >= BLANK
        ended = (kind == END) & (self.phase != DONE)
        self._digit((kind == DIGIT) & (address | length), column)
        self._check(address, length, dot, slash | over)
        self.fine &= ~((kind == OTHER) & (self.phase != DONE)) & ~((dot | slash) & (length | (self.phase == TAIL)))
        if not self.tail:  # nothing but the line's end may follow
            self.fine &= ~(ended & (column != LINE_END)) & ~((kind == BLANK) & (address | length))
        np.copyto(self.length, self.value, where=length & over)
        self._close(address & (dot | slash | over), dot)
        self.phase[address & slash] = LENGTH
        self.phase[(address | length) & over] = TAIL
        self.phase[ended] = DONE

    def _digit(self, here: Flags, column: Bytes) -> None:
        self.fine &= ~(here & (self.digits > 0) & (self.value == 0))  # leading zeros mean octal to some
        self.fine &= ~(here & (self.digits == 3))
        np.copyto(self.value, self.value * 10 + (column - ZERO), where=here)
        self.digits += here

    def _check(self, address: Flags, length: Flags, dot: Flags, over: Flags) -> None:
        """Whether the number that ends here may: a byte before a dot, the fourth one at the end, or a length."""
        number = self.digits > 0
        self.fine &= (number & (self.value <= 255)) | ~(address & (dot | over))
        self.fine &= (self.dots == 3) | ~(address & over)
        self.fine &= (number & (self.value <= 32)) | ~(length & over)

    def _close(self, here: Flags, dot: Flags) -> None:
        """The number that ends here becomes the next byte of the address."""
        np.copyto(self.address, self.address << 8 | self.value, where=here)
        self.dots += here & dot
        self.value[here] = 0
        self.digits[here] = 0

    def end(self, widest: int) -> Bulk:
        taken = self.fine & (self.phase == DONE) & (self.length >= widest)
        address, length = self.address[taken], self.length[taken].astype(np.int64)
        size = np.int64(1) << (32 - length)
        first = address & -size
        odd = np.flatnonzero(~taken).tolist()
        return Bulk(keys_of(first, first + size - 1), odd, int((first != address).sum()))
