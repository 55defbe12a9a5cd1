"""Bans as the API takes and gives them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal

from ninja import Field, Schema

from banguard.core import networks
from banguard.core.networks import Network
from banguard.core.schemas import Moment, PageQuery, Text
from banguard.history.models import Ban
from banguard.history.search import UNKNOWN
from banguard.history.selectors import Range, Search
from banguard.history.selectors.statistics import Share
from banguard.history.values import Origin


class BanOut(Schema):
    """A ban. ``address`` is an address or a network; times are UTC."""

    id: int
    server: str
    jail: str
    address: str
    country: str | None
    asn: int | None
    origin: Origin
    banned_at: datetime
    expires_at: datetime | None
    lifted_at: datetime | None
    lift_reason: str | None
    ban_count: int
    failures: int
    active: bool

    @staticmethod
    def resolve_server(ban: Ban) -> str:
        return ban.server.name

    @staticmethod
    def resolve_address(ban: Ban) -> str:
        address: Network = ban.address
        return networks.text_of(address)

    @staticmethod
    def resolve_country(ban: Ban) -> str | None:
        return ban.country or None

    @staticmethod
    def resolve_lift_reason(ban: Ban) -> str | None:
        return ban.lift_reason or None


class BanDetailOut(BanOut):
    """A ban with the log lines that led to it."""

    matches: list[str]

    @staticmethod
    def resolve_matches(ban: Ban) -> list[str]:
        return ban.matched.lines if hasattr(ban, "matched") else []


class StatisticsQuery(Schema):
    """What a statistic is narrowed to. Without a time: the last 30 days."""

    jail: Text | None = Field(None, max_length=64)
    origin: Origin | None = None
    country: str | None = Field(None, pattern="^([A-Z]{2}|unknown)$", description="ISO 3166, or `unknown`.")
    server: Text | None = Field(None, max_length=64)
    range: Range | None = Field(
        None,
        description="Up to now; of 30 and 365 days whole days, else whole hours.",
    )
    since: Moment | None = None
    until: Moment | None = None

    @property
    def search(self) -> Search:
        chosen = {name: getattr(self, name) for name in StatisticsQuery.model_fields}
        return Search(**chosen | {"country": "" if self.country == UNKNOWN else self.country})


class TopQuery(StatisticsQuery):
    limit: int = Field(20, ge=1, le=100)


class BansQuery(StatisticsQuery, PageQuery):
    address: str | None = Field(None, max_length=64, description="An address, its beginning, or a network: all inside.")
    active: bool | None = None
    asn: int | None = Field(None, ge=0, lt=2**32)
    min_ban_count: int | None = Field(None, description="Only who was banned at least 2, 5, 20 or 100 times.")
    words: Text | None = Field(None, min_length=1, max_length=200, description="All of them in the matched lines.")
    at: Moment | None = Field(None, description="Without a cursor: begin at this moment, and go on in the order asked.")
    order: Literal["newest", "oldest"] = Field("newest", description="Which bans come first.")

    @property
    def search(self) -> Search:
        further = {name: getattr(self, name) for name in ("address", "active", "asn", "min_ban_count", "words")}
        return replace(super().search, **further)


class ChangeOut(Schema):
    """Bans of one range up to now, and of the one of equal length before; `change` is null without any before."""

    range: Range
    bans: int
    before: int
    change: float | None


class SummaryOut(Schema):
    """`active`: bans that are in force now."""

    active: int
    ranges: list[ChangeOut]


class PointOut(Schema):
    start: datetime
    bans: int


class TrendOut(Schema):
    """A point for each hour, day or month (`grain`), those without bans too.

    `start` is where that begins; of the first and the last one only what lies between `since` and `until` is counted.
    """

    grain: Literal["hour", "day", "month"]
    points: list[PointOut]


class ShareOut(Schema):
    """`value`: a country, a jail or an origin; null is unknown. `share` is of all bans that were asked for, 0 to 1."""

    value: str | None
    bans: int
    share: float

    @staticmethod
    def resolve_value(share: Share) -> str | None:
        return share.value or None


class SharesOut(Schema):
    data: list[ShareOut]


class TopOut(Schema):
    """`value`: an address, a network, or the number of an autonomous system."""

    value: str
    bans: int


class TopsOut(Schema):
    data: list[TopOut]


class AddressesIn(Schema, extra="forbid"):
    """``jail`` null means every jail."""

    addresses: list[str] = Field(min_length=1, max_length=1_000)
    jail: str | None = Field(None, min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.\-]+$")


class CountOut(Schema):
    """How many bans began or ended; an address that was banned already counts nothing."""

    count: int


class BroughtOut(Schema):
    """What came of a file: the last four add up to `read`. `too_old`: before what retention keeps."""

    read: int
    stored: int
    known: int
    unreadable: int
    too_old: int
