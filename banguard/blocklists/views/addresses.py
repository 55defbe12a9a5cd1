"""Why an address is blocked, what is never blocked, and which lists are worth it."""

from __future__ import annotations

from datetime import UTC

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from banguard.accounts.auth import allowed, caller_of
from banguard.accounts.values import Scope
from banguard.blocklists import selectors
from banguard.blocklists.forms import LookupForm, ProtectForm
from banguard.blocklists.services import protecting, reports
from banguard.core.errors import AddressInvalid, BanGuardError, Conflict, InvalidInput
from banguard.core.http import status_of
from banguard.core.sentences import for_people
from banguard.servers import selectors as servers


@require_GET
@allowed(Scope.READ)
def lookup(request: HttpRequest) -> HttpResponse:
    """Which lists hold an address, and since when."""
    form = LookupForm(request.GET if "ip" in request.GET else None)
    entries = None
    if form.is_valid():
        try:
            entries = selectors.lists_holding(ip=form.cleaned_data["ip"])
        except AddressInvalid as error:
            form.add_error("ip", for_people(error.message))
    return render(request, "blocklists/lookup.html", {"form": form, "entries": entries})


@require_GET
@allowed(Scope.READ)
def protected(request: HttpRequest) -> HttpResponse:
    """What somebody wants never to be blocked, and what else is not."""
    try:
        spared, reason = protecting.spared(), ""
    except BanGuardError as error:
        spared, reason = [], error.message
    context = {"form": ProtectForm(), "rows": servers.protected(now=True).order_by("id"), "spared": spared}
    return render(request, "blocklists/protected.html", context | {"reason": reason})


@require_POST
@allowed(Scope.CONFIGURE)
def protect(request: HttpRequest) -> HttpResponse:
    form = ProtectForm(request.POST)
    if form.is_valid():
        ends = form.cleaned_data["expires_at"]
        values = form.cleaned_data | {"expires_at": ends and ends.replace(tzinfo=UTC)}
        try:
            protecting.protect(created_by=caller_of(request).name, **values)
            messages.success(request, _("It is protected; what blocks it is being lifted."))
            return redirect("protected")
        except (InvalidInput, Conflict) as error:
            form.add_error("network" if isinstance(error, AddressInvalid) else None, for_people(error.message))
    context = {"form": form, "rows": servers.protected(now=True).order_by("id"), "spared": [], "reason": ""}
    return render(request, "blocklists/protected.html", context, status=status_of(InvalidInput("")))


@require_POST
@allowed(Scope.CONFIGURE)
def unprotect(request: HttpRequest, protected_id: int) -> HttpResponse:
    protecting.unprotect(protected_id=protected_id)
    messages.success(request, _("It is no longer protected."))
    return redirect("protected")


@require_GET
@allowed(Scope.READ)
def report(request: HttpRequest) -> HttpResponse:
    """How every feed has done, and which to drop."""
    return render(request, "blocklists/report.html", {"report": reports.report(), "enforced": selectors.enforced()})
