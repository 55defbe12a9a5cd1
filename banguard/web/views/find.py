"""The search box of the frame."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from banguard.accounts.auth import allowed
from banguard.accounts.values import Scope
from banguard.history import selectors as history
from banguard.servers import selectors as servers
from banguard.web import finding

LONGEST = 200  # characters; nothing that can be found is longer


@require_GET
@allowed(Scope.READ)
def find(request: HttpRequest) -> HttpResponse:
    """Leads straight to what was typed, or shows all that it may mean."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]
    if not text:
        return redirect("dashboard")
    jails = history.jails_and_countries()[0].union(*servers.jails_by_server().values())
    found = finding.find(text, jails=jails, scopes=request.user.scopes)  # type: ignore[union-attr]
    if found and (found[0].exact or len(found) == 1):
        return redirect(found[0].href)
    return render(request, "web/find.html", {"searched_for": text, "found": found})
