"""The keys of scripts."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from banguard.accounts import selectors, services
from banguard.accounts.auth import allowed
from banguard.accounts.forms import TokenForm, show
from banguard.accounts.models import Person
from banguard.accounts.values import Scope
from banguard.accounts.views.forms import form_page
from banguard.core.errors import InvalidInput
from banguard.core.pagination import NEWEST_FIRST, page_of

PAGE_SIZE = 50


@allowed(Scope.ADMINISTER)
@never_cache
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """Every token, and a form for another. The new one is shown in the answer and never again."""
    form = TokenForm(request.POST or None)
    if form.is_valid():
        try:
            made, text = services.create_token(
                created_by=request.user if isinstance(request.user, Person) else None, **form.cleaned_data
            )
        except InvalidInput as error:
            show(form, error)
        else:
            return render(request, "accounts/token_made.html", {"token": made, "text": text}, status=201)
    cursor = request.GET.get("cursor")
    page = page_of(selectors.tokens(), order=NEWEST_FIRST, filters={}, cursor=cursor, page_size=PAGE_SIZE)
    return form_page(request, "accounts/tokens.html", form, page=page)


@allowed(Scope.ADMINISTER)
@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    services.revoke_token(token_id=token_id)
    messages.success(request, gettext("The token is revoked: scripts that use it are refused from now on."))
    return redirect("tokens")
