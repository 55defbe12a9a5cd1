"""Telling a jail what to do, and seeing what it watches."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from banguard.accounts.auth import allowed, caller_of
from banguard.accounts.values import Scope
from banguard.config import selectors
from banguard.config.forms import ControlForm
from banguard.config.services import controlling
from banguard.core.errors import BanGuardError, InvalidInput

LINES = 20
DONE = {
    "start": gettext_lazy("%(jail)s runs."),
    "stop": gettext_lazy("%(jail)s is stopped: it watches nothing, and its bans are lifted."),
    "restart": gettext_lazy("%(jail)s was restarted; its bans are being made again."),
    "reload": gettext_lazy("%(jail)s was loaded anew from its files."),
    "idle": gettext_lazy("%(jail)s is idle: it reads nothing until you let it go on."),
    "busy": gettext_lazy("%(jail)s goes on."),
}


@require_POST
@allowed(Scope.CONFIGURE)
def control(request: HttpRequest, name: str) -> HttpResponse:
    """What was confirmed on the jail's page."""
    form = ControlForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(gettext("A jail can be started, stopped, restarted, reloaded, paused, or go on."))
    what = form.cleaned_data["what"]
    selectors.jail(name=name)
    try:
        controlling.control(jail=name, what=what, by=caller_of(request).name)
    except BanGuardError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, DONE[what] % {"jail": name})
    return redirect("jail", name=name)


@require_GET
@allowed(Scope.CONFIGURE)
def logs(request: HttpRequest, name: str) -> HttpResponse:
    """The logs of a jail, and whether Fail2ban can read them."""
    jail = selectors.jail(name=name)
    return render(request, "config/logs.html", {"jail": jail, "logs": selectors.watched(name=name, lines=LINES)})
