"""The page of the searches that a person keeps."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from banguard.accounts.auth import allowed, signed_in
from banguard.accounts.values import Scope
from banguard.core.errors import BanGuardError
from banguard.core.http import status_of
from banguard.core.sentences import for_people
from banguard.history import selectors, services
from banguard.history.forms import SaveForm


@require_http_methods(["GET", "POST"])
@allowed(Scope.READ)
def searches(request: HttpRequest) -> HttpResponse:
    """They are listed, and by a POST one more is kept, in the place of one of the same name."""
    form, status = SaveForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        try:
            if form.is_valid():
                kept = services.keep_search(person=signed_in(request), **form.cleaned_data)
                messages.success(request, gettext("Saved as “%(name)s”.") % {"name": kept.name})
                return redirect(f"{reverse('history')}?{kept.query}")
            status = 422
        except BanGuardError as error:
            form.add_error(None, for_people(error.message))
            status = status_of(error)
    context = {"form": form, "searches": selectors.saved_searches(person=signed_in(request))}
    return render(request, "history/searches.html", context, status=status)


@require_POST
@allowed(Scope.READ)
def delete(request: HttpRequest, search_id: int) -> HttpResponse:
    """One's own alone: of others nothing is told."""
    services.forget_search(person=signed_in(request), search_id=search_id)
    return redirect("searches")
