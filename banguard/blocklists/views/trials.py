"""Enforcements that wait for somebody to say that they are still there."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from banguard.accounts.auth import allowed, caller_of
from banguard.accounts.values import Scope
from banguard.blocklists import selectors
from banguard.blocklists.services import trials
from banguard.core.errors import BanGuardError


@require_GET
@allowed(Scope.READ)
def trial(request: HttpRequest, trial_id: int) -> HttpResponse:
    """One enforcement and how long there is to confirm it."""
    found = selectors.trial(trial_id=trial_id)
    problems = selectors.problems(server=found.server)
    return render(request, "blocklists/trial.html", {"trial": found, "problems": problems})


@require_POST
@allowed(Scope.IMPORT)
def confirm(request: HttpRequest, trial_id: int) -> HttpResponse:
    try:
        trials.confirm(trial_id=trial_id, confirmed_by=caller_of(request).name)
        messages.success(request, _("Confirmed: it stays enforced."))
    except BanGuardError as error:
        messages.error(request, error.message)
    return redirect("trial", trial_id=trial_id)


@require_POST
@allowed(Scope.IMPORT)
def again(request: HttpRequest, trial_id: int) -> HttpResponse:
    """Enforce again what was taken back; leads to the new one, to be confirmed."""
    try:
        trial_id = trials.go_on(trial_id=trial_id).pk
    except BanGuardError as error:
        messages.error(request, error.message)
    return redirect("trial", trial_id=trial_id)
