"""What history knows of one address, or of one network that was banned as such."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet

from banguard.core import networks
from banguard.core.networks import Network
from banguard.core.pagination import Page, Source, count_of
from banguard.history.models import Address, Ban
from banguard.history.search import Search
from banguard.history.selectors.listing import ACTIVE, COUNT_UP_TO, NEWEST, bans
from banguard.history.values import LEVELS

NEIGHBOURS = 10  # shown
NEIGHBOURS_READ = 1_000  # of a /64, which may hold any number


@dataclass(frozen=True)
class Known:
    """``network``: itself. ``around``: its /24 or /64, itself where it is wider. Counts outlive rows let go.

    ``first_seen`` and ``last_seen`` None: it was never banned. ``jails``: name and bans, most first.
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


def known(*, text: str) -> Known:
    """Six queries at most, whatever the number of bans. Raises ``AddressInvalid``."""
    network = networks.parse_network(text)
    around = _around(network)
    row = Address.objects.filter(address=network).first()
    own = _own(network)
    newest = own.order_by("-banned_at", "-id").first()
    recent = Ban.objects.filter(pk__in=own.order_by("-banned_at").values("pk")[:COUNT_UP_TO])
    jails = recent.values_list("jail").annotate(bans=Count("pk")).order_by("-bans", "jail")
    return Known(
        network=network,
        around=around,
        first_seen=row.first_seen if row else None,
        last_seen=row.last_seen if row else None,
        bans=row.bans if row else 0,
        active=own.filter(ACTIVE)[:COUNT_UP_TO].count(),
        country=newest.country if newest else "",
        asn=newest.asn if newest else None,
        jails=list(jails),
        neighbours=_neighbours(network, around),
    )


def timeline(*, network: Network, cursor: str | None, page_size: int) -> Page[Ban]:
    """Its bans with their matched lines, newest first. Raises ``CursorInvalid``."""
    rows = _own(network).select_related("server", "matched")
    source = Source(rows, NEWEST, {"exactly": network}, count_of(_own(network), most=COUNT_UP_TO))
    return source.page(cursor=cursor, page_size=page_size)


def _own(network: Network) -> QuerySet[Ban]:
    return bans(search=Search()).filter(address=network)


def _around(network: Network) -> Network:
    wide = LEVELS[-1][0 if network.version == 4 else 1]
    return network.supernet(new_prefix=wide) if network.prefixlen > wide else network


def _neighbours(network: Network, around: Network) -> list[Address]:
    inside = Address.objects.filter(address__net_contained_or_equal=around).exclude(address=network)
    read = inside.order_by("address")[:NEIGHBOURS_READ]
    return sorted(read, key=lambda one: (-one.bans, networks.text_of(one.address)))[:NEIGHBOURS]
