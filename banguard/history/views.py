"""The pages of history."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from banguard.accounts.auth import allowed
from banguard.accounts.values import Scope
from banguard.agent.verbs import BLOCKLIST_JAIL
from banguard.core.downloads import Download
from banguard.core.errors import (
    AddressInvalid,
    AddressProtected,
    BanGuardError,
    CursorInvalid,
    InvalidInput,
    JailUnknown,
)
from banguard.core.http import status_of
from banguard.core.pagination import Page
from banguard.core.sentences import for_people
from banguard.history import selectors, services, undo
from banguard.history.forms import AddressesForm, SaveForm, SearchForm
from banguard.history.models import Ban
from banguard.history.selectors import Search, export
from banguard.servers import selectors as servers

PAGE_SIZE = 25  # what fits a screen, and a little more
STRIP_DAYS = 7


@require_GET
@allowed(Scope.READ)
def bans(request: HttpRequest) -> HttpResponse:
    """The list, newest or oldest first, narrowed by what the address line says."""
    oldest = request.GET.get("order") == "oldest"
    form, query = _form(request), request.GET.copy()
    query.pop("cursor", None)
    try:
        page = _page(form, cursor=request.GET.get("cursor"), oldest=oldest)
    except CursorInvalid:
        said = gettext("That page belongs to another search, or its address was changed: this is the first one.")
        messages.warning(request, said)
        return redirect(f"{reverse('history')}?{query.urlencode()}")
    search = Search() if form.errors else form.search
    query.pop("order", None)
    context = {
        "form": form,
        "page": page,
        "order": "oldest" if oldest else "newest",
        "searched": bool(search.chosen),
        "save": SaveForm(),
        "query": query.urlencode(),
        "live": search.query,
        "strip": selectors.strip(days=STRIP_DAYS) if page.newest and not oldest else None,
    }
    return render(request, "history/bans.html", context)


def _page(form: SearchForm, *, cursor: str | None, oldest: bool) -> Page[Ban]:
    """No bans where the search cannot be read, rather than some that nobody asked for. Raises ``CursorInvalid``."""
    if form.is_valid():
        search, at = form.search, form.cleaned_data["at"]
        try:
            return selectors.bans_page(search=search, cursor=cursor, page_size=PAGE_SIZE, at=at, oldest=oldest)
        except CursorInvalid:
            raise
        except InvalidInput as error:
            form.add_error(_field_of(error, form), for_people(error.message))
    return Page(data=[], total=0, page_size=PAGE_SIZE, next_cursor=None, previous_cursor=None)


def _field_of(error: InvalidInput, form: SearchForm) -> str | None:
    """The field that has to be mended."""
    fields = error.details.get("fields")
    named = ["address"] if isinstance(error, AddressInvalid) else fields if isinstance(fields, dict) else []
    return next((name for name in named if name in form.fields), None)


@require_GET
@allowed(Scope.READ)
def export_bans(request: HttpRequest, form: str) -> Download:
    """What the same search finds, whole, newest first; ``form`` is ``csv`` or ``jsonl``. Constant memory.

    Raises ``InvalidInput`` and ``DownloadsBusy``.
    """
    asked = _form(request)
    if not asked.is_valid():
        raise InvalidInput("This search cannot be read.", fields=dict(asked.errors))
    selectors.bans(search=asked.search.at(timezone.now()))  # what cannot be used is refused before the first line
    lines = export.csv_lines if form == "csv" else export.json_lines
    kind = "text/csv; charset=utf-8" if form == "csv" else "application/x-ndjson"
    return Download(request, lines(search=asked.search), name=f"banguard-history.{form}", content_type=kind)


def _form(request: HttpRequest) -> SearchForm:
    of_servers = servers.jails_by_server()
    jails, countries = selectors.jails_and_countries()
    jails = jails.union(*of_servers.values())
    return SearchForm(request.GET, servers=list(of_servers), jails=sorted(jails), countries=sorted(countries))


@require_GET
@allowed(Scope.READ)
def ban(request: HttpRequest, ban_id: int) -> HttpResponse:
    """One ban with the lines that led to it."""
    return render(request, "history/ban.html", {"ban": selectors.ban(ban_id=ban_id)})


@require_http_methods(["GET", "POST"])
@allowed(Scope.BAN)
def change(request: HttpRequest, what: str) -> HttpResponse:
    """Ban or unban by hand; ``what`` is ``ban`` or ``unban``."""
    jails = [jail.name for jail in servers.seen().jails if what == "unban" or jail.name != BLOCKLIST_JAIL]
    initial = {"addresses": "\n".join(request.GET.getlist("address")), "jail": request.GET.get("jail", "")}
    form = AddressesForm(request.POST if request.method == "POST" else None, jails=jails, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            count = _changed(request, what, form)
        except BanGuardError as error:
            form.add_error(_about(error), for_people(error.message))
            return render(request, "history/change.html", {"form": form, "what": what}, status=status_of(error))
        if not undo.offered(request):  # which says what was done, too
            messages.success(request, _said(what, count))
        jail = form.cleaned_data["jail"]
        return redirect("jail", name=jail) if jail and form.cleaned_data["back"] else redirect("history")
    status = 422 if request.method == "POST" else 200
    return render(request, "history/change.html", {"form": form, "what": what}, status=status)


def _about(error: BanGuardError) -> str | None:
    """The field that has to be mended."""
    if isinstance(error, AddressInvalid | AddressProtected) or "given" in error.details:
        return "addresses"
    return "jail" if isinstance(error, JailUnknown) else None


def _said(what: str, count: int) -> str:
    made = ngettext("%(count)d ban made.", "%(count)d bans made.", count)
    lifted = ngettext("%(count)d ban lifted.", "%(count)d bans lifted.", count)
    return (made if what == "ban" else lifted) % {"count": count}


def _changed(request: HttpRequest, what: str, form: AddressesForm) -> int:
    addresses, jail = form.cleaned_data["addresses"], form.cleaned_data["jail"] or None
    reversal = services.reversal_of(what=what, addresses=addresses, jail=jail)
    if what == "ban":
        count = services.ban(addresses=addresses, jail=jail, caller_address=request.META["REMOTE_ADDR"])
    else:
        count = services.unban(addresses=addresses, jail=jail)
    undo.offer(request, reversal)
    return count


@require_POST
@allowed(Scope.BAN)
def take_back(request: HttpRequest) -> HttpResponse:
    """Undo the ban or unban of a moment ago."""
    try:
        reversal = undo.take(request)
        count = services.undo(reversal=reversal, caller_address=request.META["REMOTE_ADDR"])
    except BanGuardError as error:
        messages.error(request, error.message)
    else:
        done = ngettext("Taken back: %(count)d ban.", "Taken back: %(count)d bans.", count) % {"count": count}
        messages.success(request, done)
    return redirect("history")
