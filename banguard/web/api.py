"""``/api/v1/telemetry`` and ``/api/v1/addresses``."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest
from ninja import Query, Status

from banguard.accounts import services as accounts
from banguard.accounts.auth import require
from banguard.accounts.values import Scope
from banguard.blocklists import selectors as blocklists
from banguard.core import networks
from banguard.core.errors import BadRequest, Forbidden, RateLimited
from banguard.core.routing import Router
from banguard.core.schemas import PageQuery
from banguard.history import selectors as history
from banguard.history.models import Address
from banguard.web import telemetry
from banguard.web.schemas import AddressOut
from banguard.web.telemetry import Told

router = Router(tags=["telemetry"])

A_MINUTE = 120  # messages from one origin
LONGEST = 16_384  # bytes


def own_page(request: HttpRequest) -> bool:
    """Lets in what our own pages send, the sign-in among them, before its body is read. It learns nothing from us."""
    origin = request.headers.get("Origin", "")
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin" or (
        origin and urlsplit(origin).netloc != request.get_host()
    ):
        raise Forbidden("Only BanGuard's own pages tell how they did.")
    length = request.headers.get("Content-Length") or "0"
    if not length.isdecimal() or int(length) > LONGEST:
        raise BadRequest(f"This is longer than {LONGEST} bytes.")
    caller = networks.origin_of(request.META.get("REMOTE_ADDR", ""))
    if not accounts.is_among_first(A_MINUTE, key=f"telemetry:{caller}"):
        raise RateLimited("Too many messages. Wait a minute.", retry_after=60)
    return True


@router.post("/telemetry", response={204: None}, auth=own_page)
def send_telemetry(request: HttpRequest, body: Told) -> Status[None]:
    """How a page did in a browser. For BanGuard's own pages, without a token; what it tells is on `/metrics`."""
    telemetry.count(body)
    return Status(204, None)


@router.get("/addresses/{path:ip}", response=AddressOut, auth=require(Scope.READ), tags=["history"])
def get_address(request: HttpRequest, ip: str, query: Query[PageQuery]) -> dict[str, object]:
    """All that is known of an address or a network: totals, jails, neighbours, blocklists, and its bans by pages."""
    known = history.known(text=ip)
    return {
        **vars(known),
        "address": networks.text_of(known.network),
        "network": networks.text_of(known.around),
        "country": known.country or None,
        "jails": [{"jail": jail, "bans": bans} for jail, bans in known.jails],
        "neighbours": [{**_seen(one), "address": networks.text_of(one.address)} for one in known.neighbours],
        "asn_neighbours": [{"address": networks.text_of(one), "bans": bans} for one, bans in known.asn_neighbours],
        "blocklists": blocklists.lists_holding(ip=ip),
        "timeline": history.timeline(network=known.network, cursor=query.cursor, page_size=query.page_size),
    }


def _seen(one: Address) -> dict[str, object]:
    return {"bans": one.bans, "last_seen": one.last_seen}
