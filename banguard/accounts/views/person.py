"""One person: what they may do, how they get in, where they are signed in, and what they gave scripts."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from banguard.accounts import selectors, services
from banguard.accounts.auth import allowed, confirmed, signed_in
from banguard.accounts.forms import DetailsForm, show
from banguard.accounts.models import Person
from banguard.accounts.values import Scope
from banguard.accounts.views.forms import form_page
from banguard.accounts.views.people import link_page, provider_name
from banguard.core.errors import Conflict, InvalidInput, NotFound
from banguard.core.pagination import NEWEST_FIRST, page_of

PAGE_SIZE = 20  # tokens
DETAILS = ("role", "first_name", "last_name", "email")


@allowed(Scope.ADMINISTER)
@never_cache
@require_http_methods(["GET", "POST"])
@confirmed
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """All about somebody, and a form to change it."""
    found, by = selectors.person(person_id=person_id), signed_in(request)
    known = {name: getattr(found, name) for name in DETAILS}
    form = DetailsForm(request.POST or None, initial=known, own=found == by, provider=provider_name())
    if form.is_valid():
        try:
            services.change_person(person_id=person_id, by=by, changes=form.cleaned_data)
        except (InvalidInput, Conflict) as error:
            show(form, error)
        else:
            messages.success(request, gettext("%(name)s is saved.") % {"name": found.username})
            return redirect("person", person_id)
    return form_page(request, "accounts/person.html", form, **_about(request, found))


def _about(request: HttpRequest, found: Person) -> dict[str, object]:
    cursor = request.GET.get("cursor")
    tokens = selectors.tokens(made_by=found)
    return {
        "person": found,
        "own": found == request.user,
        "steps": selectors.second_steps(person=found),
        "links": [(_provider(link.provider), link) for link in selectors.provider_links(person=found)],
        "waiting": selectors.waiting_link(person=found),
        "sessions": selectors.sessions(person=found, current=None) if found.is_active else [],
        "page": page_of(tokens, order=NEWEST_FIRST, filters={"of": found.pk}, cursor=cursor, page_size=PAGE_SIZE),
    }


def _provider(issuer: str) -> str:
    """What people call it; one that the settings name no more has only its address."""
    named = settings.OPENID_PROVIDER
    return named.name if named and named.issuer == issuer else issuer


@allowed(Scope.ADMINISTER)
@require_POST
@confirmed
def deactivate(request: HttpRequest, person_id: int) -> HttpResponse:
    changed = services.change_person(person_id=person_id, by=signed_in(request), changes={"is_active": False})
    said = gettext("%(name)s is deactivated and signed out. “Let in again” takes it back.")
    messages.success(request, said % {"name": changed.username})
    return redirect("person", person_id)


@allowed(Scope.ADMINISTER)
@require_POST
@confirmed
def reactivate(request: HttpRequest, person_id: int) -> HttpResponse:
    changed = services.change_person(person_id=person_id, by=signed_in(request), changes={"is_active": True})
    messages.success(request, gettext("%(name)s may sign in again.") % {"name": changed.username})
    return redirect("person", person_id)


@allowed(Scope.ADMINISTER)
@never_cache
@require_POST
@confirmed
def password(request: HttpRequest, person_id: int) -> HttpResponse:
    """A link to another password, shown in the answer and never again."""
    found, secret = services.reset_password(person_id=person_id, by=signed_in(request))
    return link_page(request, found, secret)


@allowed(Scope.ADMINISTER)
@require_POST
@confirmed
def remove_second_step(request: HttpRequest, person_id: int) -> HttpResponse:
    changed = services.remove_second_step(person_id=person_id, by=signed_in(request))
    messages.success(request, gettext("%(name)s has no second step any more.") % {"name": changed.username})
    return redirect("person", person_id)


@allowed(Scope.ADMINISTER)
@require_POST
def end_sessions(request: HttpRequest, person_id: int) -> HttpResponse:
    """Every one, but the one in which this is asked."""
    found = selectors.person(person_id=person_id)
    ended = services.end_other_sessions(person=found, current=request.session.session_key)
    messages.success(
        request, ngettext("%(count)s session ended.", "%(count)s sessions ended.", ended) % {"count": ended}
    )
    return redirect("person", person_id)


@allowed(Scope.ADMINISTER)
@require_POST
@confirmed
def unlink(request: HttpRequest, person_id: int, link_id: int) -> HttpResponse:
    found = selectors.person(person_id=person_id)
    if link_id not in {link.pk for link in selectors.provider_links(person=found)}:
        raise NotFound("There is no such link.", id=link_id)
    services.unlink(link_id=link_id)
    said = gettext("Unlinked: the e-mail address decides when they next sign in through the provider.")
    messages.success(request, said)
    return redirect("person", person_id)


@allowed(Scope.ADMINISTER)
@require_POST
def revoke_token(request: HttpRequest, person_id: int, token_id: int) -> HttpResponse:
    if selectors.token(token_id=token_id).created_by_id != person_id:
        raise NotFound("There is no such token.", id=token_id)
    services.revoke_token(token_id=token_id)
    messages.success(request, gettext("The token is revoked: scripts that use it are refused from now on."))
    return redirect("person", person_id)
