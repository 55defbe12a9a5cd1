"""The pages of configuration."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from banguard.accounts.auth import allowed
from banguard.accounts.values import Scope
from banguard.config import selectors


@require_GET
@allowed(Scope.READ)
def jails(request: HttpRequest) -> HttpResponse:
    """All jails: the running ones first, since they are what guards the machine."""
    known = sorted(selectors.jails(), key=lambda jail: (jail.state is None, jail.name))
    running = sum(jail.state is not None for jail in known)
    return render(request, "config/jails.html", {"jails": known, "running": running})


@require_GET
@allowed(Scope.READ)
def jail(request: HttpRequest, name: str) -> HttpResponse:
    """One jail: what it does now, its values, and where they come from."""
    return render(request, "config/jail.html", {"jail": selectors.jail(name=name)})
