"""How a server is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from banguard.agent.verbs import JailState
from banguard.core import networks
from banguard.core.networks import Network


@dataclass(frozen=True)
class Seen:
    """A server as the collector saw it last. ``fresh``: it looked within the last seconds, ``age`` ago."""

    name: str
    up: bool
    reason: str
    version: str
    seen_at: datetime | None
    fresh: bool
    jails: tuple[JailState, ...] = ()
    age: float | None = None  # seconds, by the database's clock; None: it never looked

    @property
    def jail_count(self) -> int:
        return len(self.jails)

    @property
    def banned_current(self) -> int:
        return sum(jail.banned_current for jail in self.jails)


@dataclass(frozen=True)
class Protected:
    """What must never be blocked. ``named``: what the machine and its people live by, each with the reason told."""

    named: tuple[tuple[Network, str], ...]
    special: tuple[Network, ...]

    @property
    def networks(self) -> list[Network]:
        return [network for network, _reason in self.named] + list(self.special)

    def reason_against(self, network: Network) -> str | None:
        """Why ``network`` may not be blocked by hand, or None if it may.

        A single private address may be: attackers sit in one's own network too. A private network may not,
        and neither may loopback, multicast and the rest, where nobody sits.
        """
        for own, reason in self.named:
            if own.version == network.version and own.overlaps(network):
                return f"{networks.text_of(own)} is {reason}"
        special = networks.overlaps_any(network, self.special)
        if special and (network.num_addresses > 1 or special not in networks.PRIVATE):
            return f"{special} is a special-use range"
        return None
