"""A kernel that lives in memory: the same calls, for tests.

``tests/firewall/test_contract.py`` holds it and the real ones to the same behaviour.
"""

from __future__ import annotations

from banguard.core.errors import FirewallUnavailable
from banguard.core.packed import Packed
from banguard.firewall.values import Found


class MemoryKernel:
    """Set ``problem`` to have every call fail as where the privilege is missing; ``reboot`` forgets everything."""

    name = "memory"

    def __init__(self) -> None:
        self.problem = ""
        self.packets = self.packets6 = 0
        self.replaced = 0  # how often
        self._held: Packed | None = None

    def reboot(self) -> None:
        self._held, self.packets, self.packets6 = None, 0, 0

    def try_out(self) -> None:
        if self.problem:
            raise FirewallUnavailable(self.problem)

    def found(self) -> Found:
        self.try_out()
        if self._held is None:
            return Found(in_force=False)
        counts = self._held.counts
        dropped = {"packets": self.packets, "octets": self.packets * 84}
        by_six = {"packets6": self.packets6, "octets6": self.packets6 * 84}
        return Found(in_force=True, ipv4=counts[4], ipv6=counts[6], **dropped, **by_six)

    def contents(self) -> Packed:
        self.try_out()
        return self._held or Packed()

    def rehearse(self, wanted: Packed) -> None:
        self.try_out()

    def replace(self, wanted: Packed) -> None:
        self.try_out()
        self._held = wanted
        self.replaced += 1

    def remove(self) -> None:
        self.try_out()
        self.reboot()
