"""Addresses that jails never ban by themselves."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from banguard.accounts.auth import allowed, caller_of, demand
from banguard.accounts.values import Scope
from banguard.agent.verbs import BLOCKLIST_JAIL
from banguard.config import selectors
from banguard.config.forms import IgnoreForm
from banguard.config.services import ignoring
from banguard.core import selected
from banguard.core.errors import AddressInvalid, BanGuardError, CursorInvalid
from banguard.core.http import status_of
from banguard.core.networks import text_of
from banguard.core.sentences import for_people

PAGE_SIZE = 50


@require_http_methods(["GET", "POST"])
@allowed(Scope.READ)
def ignored(request: HttpRequest) -> HttpResponse:
    """What is ignored, and a form for more."""
    jails = [jail.name for jail in selectors.jails() if jail.name != BLOCKLIST_JAIL]
    initial = {"jail": request.GET.get("jail", ""), "addresses": request.GET.get("address", "")}
    form = IgnoreForm(request.POST if request.method == "POST" else None, jails=jails, initial=initial)
    status = 200
    if request.method == "POST":
        demand(request, Scope.CONFIGURE)
        status = _ignored(request, form)
        if status == 201:
            return redirect("ignored")
    try:
        page = selectors.ignored_page(jail=None, cursor=request.GET.get("cursor"), page_size=PAGE_SIZE)
    except CursorInvalid:
        return redirect("ignored")
    return render(request, "config/ignored.html", {"form": form, "page": page}, status=status)


@require_POST
@allowed(Scope.CONFIGURE)
def heed(request: HttpRequest, ignored_id: int) -> HttpResponse:
    """Take one away."""
    found = ignoring.heed(ignored_id=ignored_id)
    messages.success(request, gettext("%(address)s is banned again like any other.") % {"address": found.network})
    return redirect("ignored")


@require_POST
@allowed(Scope.CONFIGURE)
def heed_selected(request: HttpRequest) -> HttpResponse:
    """Take those away that were selected, once somebody has been asked."""
    ids = selected.ids_of(request)
    found = selectors.ignored_among(ignored_ids=ids)
    names = [f"{text_of(one.network)} ({one.jail})" if one.jail else text_of(one.network) for one in found]
    title = ngettext("Take %(count)d ignored address away", "Take %(count)d ignored addresses away", len(names))
    asked = selected.asked(
        request,
        title=title % {"count": len(names)},
        question=gettext("They are banned again when they fail too often, like any other."),
        names=names,
        label=gettext("Take away"),
        back="ignored",
    )
    if asked is not None:
        return asked
    count = ignoring.heed_several(ignored_ids=ids)
    done = ngettext("%(count)d address is ignored no longer.", "%(count)d addresses are ignored no longer.", count)
    messages.success(request, done % {"count": count})
    return redirect("ignored")


def _ignored(request: HttpRequest, form: IgnoreForm) -> int:
    """The status of the answer; 201 when it was done."""
    if not form.is_valid():
        return 422
    given = form.cleaned_data
    try:
        count = ignoring.ignore(
            addresses=given["addresses"],
            jail=given["jail"] or None,
            note=given["note"],
            expires_at=given["lasts"],
            author=caller_of(request).name,
        )
    except BanGuardError as error:
        form.add_error("addresses" if isinstance(error, AddressInvalid) else None, for_people(error.message))
        return status_of(error)
    done = ngettext("%(count)d address more is ignored.", "%(count)d addresses more are ignored.", count)
    messages.success(request, done % {"count": count})
    return 201
