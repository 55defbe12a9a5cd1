"""What the API tells of one address."""

from __future__ import annotations

from datetime import datetime

from ninja import Schema

from banguard.blocklists.schemas import EntryOut
from banguard.core.schemas import Listing
from banguard.history.schemas import BanDetailOut


class JailBansOut(Schema):
    jail: str
    bans: int


class NeighbourOut(Schema):
    address: str
    bans: int
    last_seen: datetime


class AsnNeighbourOut(Schema):
    """Another address of the same autonomous system, with its bans among the newest thousand of that."""

    address: str
    bans: int


class AddressOut(Schema):
    """`network` is its /24 or /64; `blocklists` are the entries that hold it; `timeline` a page of its bans."""

    address: str
    network: str
    country: str | None
    asn: int | None
    first_seen: datetime | None
    last_seen: datetime | None
    bans: int
    active: int
    jails: list[JailBansOut]
    neighbours: list[NeighbourOut]
    asn_neighbours: list[AsnNeighbourOut]
    blocklists: list[EntryOut]
    timeline: Listing[BanDetailOut]
