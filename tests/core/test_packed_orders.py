"""Networks as orders to a program."""

from __future__ import annotations

from banguard.core import packed


def test_every_network_stands_in_one_order() -> None:
    some = [*(f"203.0.{high}.{low}" for high in range(10) for low in range(1, 250, 2)), "198.51.100.0/24"]
    four = packed.pack_texts(some).v4
    written = "".join(packed.orders(four, 4, "add x")).splitlines()
    assert len(written) == len(some)
    assert packed.pack_texts(line.removeprefix("add x ") for line in written).v4 == four


def test_ipv6_is_written_as_ever() -> None:
    six = packed.pack_texts(["2001:db8::/32", "2400::1"]).v6
    assert list(packed.orders(six, 6, "add x")) == ["add x 2001:db8::/32\n", "add x 2400::1\n"]
