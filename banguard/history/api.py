"""``/api/v1/bans``."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Query

from banguard.accounts.auth import require
from banguard.accounts.values import Scope
from banguard.core.pagination import Page
from banguard.core.routing import Router
from banguard.core.schemas import Listing
from banguard.history import selectors, services, upload
from banguard.history.models import Ban
from banguard.history.schemas import (
    AddressesIn,
    BanDetailOut,
    BanOut,
    BansQuery,
    BroughtOut,
    CountOut,
    SharesOut,
    StatisticsQuery,
    SummaryOut,
    TopQuery,
    TopsOut,
    TrendOut,
)
from banguard.history.selectors import statistics, tops
from banguard.history.selectors.statistics import Share, Summary, Trend
from banguard.history.selectors.tops import Top
from banguard.history.upload import UPLOAD
from banguard.history.values import Brought, Dimension, TopKind

router = Router(tags=["history"])


@router.get("/bans", response=Listing[BanOut], auth=require(Scope.READ))
def list_bans(request: HttpRequest, query: Query[BansQuery]) -> Page[Ban]:
    """Bans, newest first, or with `order=oldest` oldest first."""
    return selectors.bans_page(
        search=query.search,
        cursor=query.cursor,
        page_size=query.page_size,
        at=query.at,
        oldest=query.order == "oldest",
    )


@router.get("/bans/{int:ban_id}", response=BanDetailOut, auth=require(Scope.READ))
def get_ban(request: HttpRequest, ban_id: int) -> Ban:
    """One ban, with the log lines that led to it."""
    return selectors.ban(ban_id=ban_id)


@router.post("/bans", response=CountOut, auth=require(Scope.BAN))
def ban(request: HttpRequest, body: AddressesIn) -> dict[str, int]:
    """Ban addresses and networks; all or none. Your own address and the machine's cannot be banned."""
    caller = request.META["REMOTE_ADDR"]
    return {"count": services.ban(addresses=body.addresses, jail=body.jail, caller_address=caller)}


@router.post("/bans/import", response=BroughtOut, auth=require(Scope.IMPORT), openapi_extra=UPLOAD)
def import_bans(request: HttpRequest) -> Brought:
    """Bring older bans: the body is a fail2ban.sqlite3, or JSON lines as they are exported. Twice changes nothing."""
    with upload.received(request) as path:
        return services.bring(path=path, name="upload")


@router.delete("/bans", response=CountOut, auth=require(Scope.BAN))
def unban(request: HttpRequest, body: AddressesIn) -> dict[str, int]:
    """Unban addresses and networks. History keeps what was."""
    return {"count": services.unban(addresses=body.addresses, jail=body.jail)}


@router.get("/statistics/summary", response=SummaryOut, auth=require(Scope.READ))
def summary(request: HttpRequest, query: Query[StatisticsQuery]) -> Summary:
    """Bans now, and in the last 24 hours, 7, 30 and 365 days, each with the change against the time before."""
    return statistics.summary(search=query.search)


@router.get("/statistics/trend", response=TrendOut, auth=require(Scope.READ))
def trend(request: HttpRequest, query: Query[StatisticsQuery]) -> Trend:
    """How many bans began when: by hours up to 8 days, by days up to 750, else by months."""
    return statistics.trend(search=query.search)


@router.get("/statistics/countries", response=SharesOut, auth=require(Scope.READ))
def countries(request: HttpRequest, query: Query[StatisticsQuery]) -> dict[str, list[Share]]:
    """Bans by country, most first."""
    return {"data": statistics.shares(dimension=Dimension.COUNTRY, search=query.search)}


@router.get("/statistics/jails", response=SharesOut, auth=require(Scope.READ))
def jails_statistics(request: HttpRequest, query: Query[StatisticsQuery]) -> dict[str, list[Share]]:
    """Bans by jail, most first."""
    return {"data": statistics.shares(dimension=Dimension.JAIL, search=query.search)}


@router.get("/statistics/origins", response=SharesOut, auth=require(Scope.READ))
def origins(request: HttpRequest, query: Query[StatisticsQuery]) -> dict[str, list[Share]]:
    """Bans by origin, most first."""
    return {"data": statistics.shares(dimension=Dimension.ORIGIN, search=query.search)}


@router.get("/statistics/addresses", response=TopsOut, auth=require(Scope.READ))
def top_addresses(request: HttpRequest, query: Query[TopQuery]) -> dict[str, list[Top]]:
    """The addresses with most bans. Under a filter: among the newest 50,000 bans of the range."""
    return {"data": tops.tops(kind=TopKind.ADDRESS, search=query.search, limit=query.limit)}


@router.get("/statistics/networks", response=TopsOut, auth=require(Scope.READ))
def top_networks(request: HttpRequest, query: Query[TopQuery]) -> dict[str, list[Top]]:
    """The same by network: /24 of IPv4, /64 of IPv6."""
    return {"data": tops.tops(kind=TopKind.NETWORK, search=query.search, limit=query.limit)}


@router.get("/statistics/asns", response=TopsOut, auth=require(Scope.READ))
def top_asns(request: HttpRequest, query: Query[TopQuery]) -> dict[str, list[Top]]:
    """The same by autonomous system, where a local database tells them."""
    return {"data": tops.tops(kind=TopKind.ASN, search=query.search, limit=query.limit)}
