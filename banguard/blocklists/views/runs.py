"""Imports and previews: how far one is, what it found, and deciding about one that is held."""

from __future__ import annotations

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
    return render(request, "blocklists/run.html", {"run": selectors.run(run_id=run_id)})


@require_POST
@allowed(Scope.CONFIGURE)
def decide(request: HttpRequest, run_id: int) -> HttpResponse:
    """Accept or discard what a run holds back."""
    decide = holding.accept if "accept" in request.POST else holding.discard
    try:
        decide(run_id=run_id, decided_by=caller_of(request).name)
    except Conflict as error:
        messages.warning(request, error.message)
    return redirect("run", run_id=run_id)
