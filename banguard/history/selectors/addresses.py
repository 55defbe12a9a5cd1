"""What history knows of one address, or of one network that was banned as such."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Count, QuerySet

from banguard.core import cidrs, networks, ranges
from banguard.core.networks import Network
from banguard.core.pagination import Page, Source, count_of
from banguard.core.ranges import Ranges
from banguard.history.models import Address, Ban
from banguard.history.search import Search
from banguard.history.selectors.listing import ACTIVE, COUNT_UP_TO, NEWEST, bans
from banguard.history.values import LEVELS

NEIGHBOURS = 10  # shown
NEIGHBOURS_READ = 1_000  # of a /64, which may hold any number
JAILED_READ = 200_000  # bans
NEWEST_READ = 1_000  # bans, where jails, what is active, and others of an autonomous system are counted

# As one value of each family: a row for each address would take ten times as long (core/cidrs.py).
JAILED = """
SELECT string_agg(cidr_send(address), '') FROM (
    SELECT address FROM history_ban WHERE origin = 'jail' AND banned_at > now() - make_interval(days => %s)
    ORDER BY banned_at DESC LIMIT %s
) AS newest WHERE family(address) = {family}
"""


@dataclass(frozen=True)
class Known:
    """``network``: itself. ``around``: its /24 or /64, itself where it is wider. Counts outlive rows let go.

    ``first_seen`` and ``last_seen`` None: it was never banned. ``jails``: name and bans, most first; they and
    ``active`` are of its newest ``NEWEST_READ`` bans. ``asn_neighbours``: others of its autonomous system, with their
    bans among the newest of that.
    """

    network: Network
    around: Network
    first_seen: datetime | None
    last_seen: datetime | None
    bans: int
    active: int
    country: str
    asn: int | None
    jails: list[tuple[str, int]]
    neighbours: list[Address]
    asn_neighbours: list[tuple[Network, int]]


def known(*, text: str) -> Known:
    """Six queries at most, whatever the number of bans. Raises ``AddressInvalid``."""
    network = networks.parse_network(text)
    around = _around(network)
    row = Address.objects.filter(address=network).first()
    own = _own(network)
    newest = own.order_by("-banned_at", "-id").first()
    recent = Ban.objects.filter(pk__in=own.order_by("-banned_at").values("pk")[:NEWEST_READ])
    counts = recent.values_list("jail").annotate(bans=Count("pk"), active=Count("pk", filter=ACTIVE))
    jails = list(counts.order_by("-bans", "jail"))
    asn = newest.asn if newest else None
    return Known(
        network=network,
        around=around,
        first_seen=row.first_seen if row else None,
        last_seen=row.last_seen if row else None,
        bans=row.bans if row else 0,
        active=sum(active for _jail, _bans, active in jails),
        country=newest.country if newest else "",
        asn=asn,
        jails=[(jail, bans) for jail, bans, _active in jails],
        neighbours=_neighbours(network, around),
        asn_neighbours=[] if asn is None else _in_system(asn, network),
    )


def timeline(*, network: Network, cursor: str | None, page_size: int) -> Page[Ban]:
    """Its bans with their matched lines, newest first. Raises ``CursorInvalid``."""
    rows = _own(network).select_related("server", "matched")
    source = Source(rows, NEWEST, {"exactly": network}, count_of(_own(network), most=COUNT_UP_TO))
    return source.page(cursor=cursor, page_size=page_size)


def jailed(*, days: int) -> Ranges:
    """Every address that jails have banned in these days, of the newest ``JAILED_READ`` bans."""
    return ranges.union(cidrs.read(*(_jailed(days, family) for family in (4, 6))))


def _jailed(days: int, family: int) -> bytes:
    query = f"COPY ({JAILED.format(family=family)}) TO STDOUT (FORMAT binary)"
    with connection.cursor() as cursor, cursor.copy(query, [days, JAILED_READ]) as copy:
        return b"".join(copy)


def _own(network: Network) -> QuerySet[Ban]:
    return bans(search=Search()).filter(address=network)


def _around(network: Network) -> Network:
    wide = LEVELS[-1][0 if network.version == 4 else 1]
    return network.supernet(new_prefix=wide) if network.prefixlen > wide else network


def _neighbours(network: Network, around: Network) -> list[Address]:
    inside = Address.objects.filter(address__net_contained_or_equal=around).exclude(address=network)
    read = inside.order_by("address")[:NEIGHBOURS_READ]
    return sorted(read, key=lambda one: (-one.bans, networks.text_of(one.address)))[:NEIGHBOURS]


def _in_system(asn: int, network: Network) -> list[tuple[Network, int]]:
    newest = Ban.objects.filter(asn=asn).order_by("-banned_at", "-id").values("pk")[:NEWEST_READ]
    counts = Ban.objects.filter(pk__in=newest).exclude(address=network).values_list("address")
    return list(counts.annotate(bans=Count("pk")).order_by("-bans", "address")[:NEIGHBOURS])
