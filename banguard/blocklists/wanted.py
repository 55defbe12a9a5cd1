"""What a server is to block: the union of what enabled lists hold, less what must never be blocked."""

from __future__ import annotations

import hashlib
import json

from banguard.blocklists import merge, selectors
from banguard.blocklists.values import Enforcement, Wanted
from banguard.core import networks, ranges
from banguard.core.networks import Network
from banguard.core.ranges import Ranges
from banguard.servers import services as servers
from banguard.servers.models import Server


def never(*, server: Server) -> Ranges:
    """What must never be blocked on this server. Raises ``AgentUnreachable``: only the machine knows its own."""
    return _union(servers.protected_networks(server=server).networks)


def wanted(*, server: Server, enforcement: Enforcement) -> Wanted:
    """What this back end is to block, from the database and the agent; a million networks take about two seconds.

    ``ranges.texts(found.networks)`` streams it as text, IPv4 first. Raises ``AgentUnreachable``.
    """
    spared = servers.protected_networks(server=server).networks
    versions = selectors.versions(enforcement=enforcement)  # read first: what comes meanwhile is for the next time
    allowed = merge.allowed([selectors.held_by_all(enforcement=enforcement)], never=_union(spared))
    return Wanted(allowed.networks, allowed.protected, _fingerprint(versions, spared))


def fingerprint(*, server: Server, enforcement: Enforcement) -> str:
    """That of what ``wanted`` would give now, without reading it: one small query, one call to the agent."""
    spared = servers.protected_networks(server=server).networks
    return _fingerprint(selectors.versions(enforcement=enforcement), spared)


def _union(some: list[Network]) -> Ranges:
    return ranges.union(ranges.of_networks(some))


def _fingerprint(versions: list[tuple[int, int]], spared: list[Network]) -> str:
    parts = [versions, sorted({networks.text_of(network) for network in spared})]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
