"""Addresses that a list should be held against: who was banned, who signed in, who is connected."""

from __future__ import annotations

from django.db import connection

from banguard.core import cidrs, networks, ranges
from banguard.core.networks import Network
from banguard.core.ranges import Ranges
from banguard.servers import services as servers

BANNED = """
SELECT string_agg(cidr_send(address), '') FROM (
    SELECT address FROM history_ban WHERE origin = 'jail' AND banned_at > now() - make_interval(days => %s)
    ORDER BY banned_at DESC LIMIT %s
) AS newest WHERE family(address) = {family}
"""
MOST = 200_000  # bans looked at


def signed_in() -> Ranges:
    """Where somebody signed in to the guarded machine from, within 30 days. Asks the agent."""
    return _union(servers.agent_of(server=servers.local()).visitors().signed_in)


def connected() -> Ranges:
    """Who is connected to the guarded machine now, special-use addresses aside. Asks the agent."""
    special = ranges.union(ranges.of_networks(networks.SPECIAL_USE))
    return ranges.subtract(_union(servers.agent_of(server=servers.local()).visitors().connected), special)


def banned(*, days: int) -> Ranges:
    """What jails have banned in these days, the newest bans at most."""
    return ranges.union(cidrs.read(*(_banned(days, family) for family in (4, 6))))


def _banned(days: int, family: int) -> bytes:
    query = f"COPY ({BANNED.format(family=family)}) TO STDOUT (FORMAT binary)"
    with connection.cursor() as cursor, cursor.copy(query, [days, MOST]) as copy:
        return b"".join(copy)


def _union(some: tuple[Network, ...]) -> Ranges:
    return ranges.union(ranges.of_networks(some))
