"""One address: all that history and the blocklists know of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from banguard.accounts.auth import allowed
from banguard.accounts.values import Scope
from banguard.blocklists import selectors as blocklists
from banguard.core import networks
from banguard.core.errors import AddressInvalid, CursorInvalid, NotFound
from banguard.history import selectors as history

PAGE_SIZE = 20
# Where others tell of an address; only the first knows networks too.
LOOKUPS = (
    ("RIPEstat", "https://stat.ripe.net/{}"),
    ("AbuseIPDB", "https://www.abuseipdb.com/check/{}"),
    ("Shodan", "https://www.shodan.io/host/{}"),
)


@require_GET
@allowed(Scope.READ)
def address(request: HttpRequest, ip: str) -> HttpResponse:
    """Its timeline with the matched lines, its neighbours, the lists that hold it, and what can be done."""
    try:
        known = history.known(text=ip)
        page = history.timeline(network=known.network, cursor=request.GET.get("cursor"), page_size=PAGE_SIZE)
    except AddressInvalid as error:
        raise NotFound(error.message) from error
    except CursorInvalid:
        return redirect("address", ip=ip)
    text = networks.text_of(known.network)
    lists = blocklists.lists_holding(ip=text)
    lookups = [(name, href.format(text)) for name, href in LOOKUPS[: 1 if "/" in text else None]]
    context = {"known": known, "address": text, "lookups": lookups, "page": page, "lists": lists}
    return render(request, "web/address.html", context)
