"""Everybody who may sign in, and somebody more."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from banguard.accounts import selectors, services
from banguard.accounts.auth import allowed, confirmed
from banguard.accounts.forms import NewPersonForm, PeopleForm, show
from banguard.accounts.models import Person
from banguard.accounts.values import LINK_LIFETIME, Scope
from banguard.accounts.views.forms import form_page
from banguard.core.errors import CursorInvalid, InvalidInput

PAGE_SIZE = 50


@require_GET
@allowed(Scope.ADMINISTER)
def people(request: HttpRequest) -> HttpResponse:
    """Everybody by name, narrowed by what was searched for."""
    form = PeopleForm(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    try:
        page = selectors.people_page(text=text or None, cursor=request.GET.get("cursor"), page_size=PAGE_SIZE)
    except CursorInvalid:
        return redirect("people")
    return render(request, "accounts/people.html", {"form": form, "page": page, "searched": text})


@allowed(Scope.ADMINISTER)
@never_cache
@require_http_methods(["GET", "POST"])
@confirmed
def add(request: HttpRequest) -> HttpResponse:
    """Somebody new; the answer shows the link behind which they choose a password, and nothing ever does again."""
    form = NewPersonForm(request.POST or None, provider=provider_name())
    if form.is_valid():
        try:
            made, secret = services.add_person(**form.cleaned_data)
        except InvalidInput as error:
            show(form, error)
        else:
            return link_page(request, made, secret)
    return form_page(request, "accounts/person_add.html", form)


def link_page(request: HttpRequest, person: Person, secret: str) -> HttpResponse:
    """The one page that shows ``secret``."""
    link = request.build_absolute_uri(reverse("welcome", args=[secret]))
    context = {"person": person, "link": link, "days": LINK_LIFETIME.days}
    return render(request, "accounts/person_link.html", context, status=201)


def provider_name() -> str | None:
    """What the OpenID provider is called; None where nobody signs in through one."""
    return settings.OPENID_PROVIDER.name if settings.OPENID_PROVIDER else None
