"""Where one is signed in, and ending that."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_POST

from banguard.accounts import selectors, services
from banguard.accounts.auth import allowed, signed_in
from banguard.accounts.values import Scope


@require_GET
@allowed(Scope.READ)
def sessions(request: HttpRequest) -> HttpResponse:
    """One's own sessions, newest first."""
    found = selectors.sessions(person=signed_in(request), current=request.session.session_key)
    return render(request, "accounts/sessions.html", {"sessions": found})


@require_POST
@allowed(Scope.READ)
def end(request: HttpRequest, session_id: int) -> HttpResponse:
    services.end_session(person=signed_in(request), session_id=session_id)
    messages.success(request, gettext("That session has ended."))
    return redirect("sessions")


@require_POST
@allowed(Scope.READ)
def end_others(request: HttpRequest) -> HttpResponse:
    ended = services.end_other_sessions(person=signed_in(request), current=request.session.session_key)
    messages.success(
        request, ngettext("%(count)s other session ended.", "%(count)s other sessions ended.", ended) % {"count": ended}
    )
    return redirect("sessions")
