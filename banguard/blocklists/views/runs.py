"""Imports and previews: how far one is, what it found, and deciding about one that is held."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from banguard.accounts.auth import allowed, caller_of
from banguard.accounts.values import Scope
from banguard.blocklists import selectors
from banguard.blocklists.services import holding
from banguard.core.errors import Conflict


@require_GET
@allowed(Scope.READ)
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One import, as far as it is."""
    found = selectors.run(run_id=run_id)
    return render(request, "blocklists/run.html", {"run": found, "trial": selectors.open_trial(run=found)})


@require_POST
@allowed(Scope.CONFIGURE)
def decide(request: HttpRequest, run_id: int) -> HttpResponse:
    """Accept or discard what a run holds back."""
    try:
        if "accept" in request.POST:
            within = settings.CONFIRM_SECONDS
            holding.accept(run_id=run_id, decided_by=caller_of(request).name, confirm_within=within)
        else:
            holding.discard(run_id=run_id, decided_by=caller_of(request).name)
    except Conflict as error:
        messages.warning(request, error.message)
    return redirect("run", run_id=run_id)
