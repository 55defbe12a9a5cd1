"""How BanGuard itself is, for people."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from banguard.accounts.auth import allowed
from banguard.accounts.values import Scope
from banguard.web.status import overview


@require_GET
@allowed(Scope.READ)
def status(request: HttpRequest) -> HttpResponse:
    return render(request, "web/status.html", {"found": overview(now=timezone.now())})
