"""``/api/v1/bans``."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Query

from banguard.accounts.auth import require
from banguard.accounts.values import Scope
from banguard.core.pagination import Page
from banguard.core.routing import Router
from banguard.core.schemas import Listing
from banguard.history import selectors, services
from banguard.history.models import Ban
from banguard.history.schemas import AddressesIn, BanDetailOut, BanOut, BansQuery, CountOut

router = Router(tags=["history"])


@router.get("/bans", response=Listing[BanOut], auth=require(Scope.READ))
def list_bans(request: HttpRequest, query: Query[BansQuery]) -> Page[Ban]:
    """Bans, newest first."""
    return selectors.bans_page(search=query.search, cursor=query.cursor, page_size=query.page_size)


@router.get("/bans/{int:ban_id}", response=BanDetailOut, auth=require(Scope.READ))
def get_ban(request: HttpRequest, ban_id: int) -> Ban:
    """One ban, with the log lines that led to it."""
    return selectors.ban(ban_id=ban_id)


@router.post("/bans", response=CountOut, auth=require(Scope.BAN))
def ban(request: HttpRequest, body: AddressesIn) -> dict[str, int]:
    """Ban addresses and networks; all or none. Your own address and the machine's cannot be banned."""
    caller = request.META["REMOTE_ADDR"]
    return {"count": services.ban(addresses=body.addresses, jail=body.jail, caller_address=caller)}


@router.delete("/bans", response=CountOut, auth=require(Scope.BAN))
def unban(request: HttpRequest, body: AddressesIn) -> dict[str, int]:
    """Unban addresses and networks. History keeps what was."""
    return {"count": services.unban(addresses=body.addresses, jail=body.jail)}
