"""Addresses that a list should be held against: who signed in, who is connected."""

from __future__ import annotations

from banguard.core import networks, ranges
from banguard.core.networks import Network
from banguard.core.ranges import Ranges
from banguard.servers import services as servers


def signed_in() -> Ranges:
    """Where somebody signed in to the guarded machine from, within 30 days. Asks the agent."""
    return _union(servers.agent_of(server=servers.local()).visitors().signed_in)


def connected() -> Ranges:
    """Who is connected to the guarded machine now, special-use addresses aside. Asks the agent."""
    special = ranges.union(ranges.of_networks(networks.SPECIAL_USE))
    return ranges.subtract(_union(servers.agent_of(server=servers.local()).visitors().connected), special)


def _union(some: tuple[Network, ...]) -> Ranges:
    return ranges.union(ranges.of_networks(some))
