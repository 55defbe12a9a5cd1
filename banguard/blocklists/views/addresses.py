"""Why an address is blocked, what is never blocked, and which lists are worth it."""

from __future__ import annotations

from datetime import UTC

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from banguard.accounts.auth import allowed, caller_of
from banguard.accounts.values import Scope
from banguard.blocklists import selectors
from banguard.blocklists.forms import LookupForm, ProtectForm
from banguard.blocklists.services import protecting, reports
from banguard.core import networks, selected
from banguard.core.errors import AddressInvalid, BanGuardError, Conflict, CursorInvalid, InvalidInput
from banguard.core.http import status_of
from banguard.core.sentences import for_people
from banguard.servers import selectors as servers

PAGE_SIZE = 100


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
    try:
        page = servers.protected_page(cursor=request.GET.get("cursor"), page_size=PAGE_SIZE)
    except CursorInvalid:
        return redirect("protected")
    context = {"form": ProtectForm(), "page": page, "spared": spared, "reason": reason}
    return render(request, "blocklists/protected.html", context)


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
    page = servers.protected_page(cursor=None, page_size=PAGE_SIZE)
    context = {"form": form, "page": page, "spared": [], "reason": ""}
    return render(request, "blocklists/protected.html", context, status=status_of(InvalidInput("")))


@require_POST
@allowed(Scope.CONFIGURE)
def unprotect(request: HttpRequest, protected_id: int) -> HttpResponse:
    protecting.unprotect(protected_id=protected_id)
    messages.success(request, _("It is no longer protected."))
    return redirect("protected")


@require_POST
@allowed(Scope.CONFIGURE)
def unprotect_selected(request: HttpRequest) -> HttpResponse:
    """Protect those no longer that were selected, once somebody has been asked."""
    ids = selected.ids_of(request)
    names = [networks.text_of(one.network) for one in servers.protected_among(protected_ids=ids)]
    title = ngettext("Remove %(count)d protected network", "Remove %(count)d protected networks", len(names))
    asked = selected.asked(
        request,
        title=title % {"count": len(names)},
        question=_("Lists may block them again at once."),
        names=names,
        label=_("Remove"),
        back="protected",
    )
    if asked is not None:
        return asked
    count = protecting.unprotect_several(protected_ids=ids)
    done = ngettext("%(count)d network is no longer protected.", "%(count)d networks are no longer protected.", count)
    messages.success(request, done % {"count": count})
    return redirect("protected")


@require_GET
@allowed(Scope.READ)
def report(request: HttpRequest) -> HttpResponse:
    """How every feed has done, and which to drop."""
    return render(request, "blocklists/report.html", {"report": reports.report(), "enforced": selectors.enforced()})
