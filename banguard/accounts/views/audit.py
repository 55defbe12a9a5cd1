"""The audit trail: to search, and to take away."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from banguard.accounts import selectors
from banguard.accounts.auth import allowed
from banguard.accounts.forms import AuditForm
from banguard.accounts.selectors import AuditSearch
from banguard.accounts.values import Scope
from banguard.core.downloads import Download
from banguard.core.errors import CursorInvalid, InvalidInput

PAGE_SIZE = 50


@require_GET
@allowed(Scope.ADMINISTER)
def audit(request: HttpRequest) -> HttpResponse:
    """Every change, newest first, narrowed by what was searched for."""
    form = AuditForm(request.GET, actions=selectors.audit_actions())
    search = form.search if form.is_valid() else AuditSearch()
    try:
        page = selectors.audit_page(search=search, cursor=request.GET.get("cursor"), page_size=PAGE_SIZE)
    except CursorInvalid:
        return redirect("audit")
    context = {"form": form, "page": page, "searched": bool(search.chosen), "query": request.GET.urlencode()}
    return render(request, "accounts/audit.html", context)


@require_GET
@allowed(Scope.ADMINISTER)
def export(request: HttpRequest) -> Download:
    """What the same search finds, whole, oldest first, one JSON object per line.

    Raises ``InvalidInput`` and ``DownloadsBusy``.
    """
    form = AuditForm(request.GET, actions=selectors.audit_actions())
    if not form.is_valid():  # not the whole trail instead: who takes a file away does not see what it was narrowed to
        raise InvalidInput("This search cannot be read.", fields=dict(form.errors))
    lines = selectors.audit_lines(search=form.search)
    return Download(request, lines, name="banguard-audit.jsonl", content_type="application/x-ndjson")
