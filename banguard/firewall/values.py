"""What every back end of the kernel offers, and what it tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from banguard.core.packed import Packed

MOST_ENTRIES = 4_000_000  # of one family; about 140 MB of the kernel's memory
NAME = "banguard"  # of our table, and what the names of our sets begin with


@dataclass(frozen=True)
class Found:
    """What the kernel holds of ours. ``in_force``: every set and every drop rule is in its place."""

    in_force: bool
    ipv4: int = 0  # networks
    ipv6: int = 0
    packets: int = 0  # dropped since the rules were made
    octets: int = 0
    packets6: int = 0  # of those, by IPv6
    octets6: int = 0

    def __len__(self) -> int:
        return self.ipv4 + self.ipv6


class Kernel(Protocol):
    """One way to keep sets in this machine's firewall, and one drop rule for each family and hook.

    Each call raises ``FirewallUnavailable`` where the kernel, a program or the privilege is missing, and
    ``FirewallRefused`` with the firewall's words otherwise. Nothing but our own sets and rules is ever touched.
    """

    name: str

    def try_out(self) -> None:
        """Prove that sets and rules can be made here, without leaving any."""

    def found(self) -> Found:
        """What is there, without reading the sets through."""

    def contents(self) -> Packed:
        """What the sets hold, all of it."""

    def rehearse(self, wanted: Packed) -> None:
        """Everything that ``replace`` does but the last step; what is enforced stays as it is."""

    def replace(self, wanted: Packed) -> None:
        """Enforce exactly this, in one step: nobody who is in both the old and the new is let through meanwhile."""

    def remove(self) -> None:
        """Take away our sets and rules. No error when there are none."""
