"""Bans as the API takes and gives them."""

from __future__ import annotations

from datetime import datetime

from ninja import Field, Schema

from banguard.core import networks
from banguard.core.networks import Network
from banguard.core.schemas import PageQuery, Text
from banguard.history.models import Ban
from banguard.history.selectors import Search
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


class BansQuery(PageQuery):
    jail: Text | None = Field(None, max_length=64)
    address: str | None = Field(None, max_length=64, description="An address, or a network: then all inside it.")
    origin: Origin | None = None
    active: bool | None = None

    @property
    def search(self) -> Search:
        return Search(jail=self.jail, address=self.address, origin=self.origin, active=self.active)


class AddressesIn(Schema, extra="forbid"):
    """``jail`` null means every jail."""

    addresses: list[str] = Field(min_length=1, max_length=1_000)
    jail: str | None = Field(None, min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.\-]+$")


class CountOut(Schema):
    """How many bans began or ended; an address that was banned already counts nothing."""

    count: int
