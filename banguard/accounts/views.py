"""Signing in and out, the first administrator, one's own password, and tokens."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from banguard.accounts import selectors, services
from banguard.accounts.auth import allowed
from banguard.accounts.forms import SetUpForm, TokenForm, show
from banguard.accounts.models import Person
from banguard.accounts.values import Scope
from banguard.core.errors import InvalidInput
from banguard.core.pagination import NEWEST_FIRST, page_of

PAGE_SIZE = 50

sign_in = LoginView.as_view(template_name="accounts/sign_in.html", redirect_authenticated_user=True)


@method_decorator(login_not_required, name="dispatch")  # whose session has ended is signed out already
class SignOut(LogoutView):
    http_method_names = ["post", "options"]


@login_not_required
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest, secret: str) -> HttpResponse:
    """The first administrator, by the one-time link."""
    services.check_setup_link(secret=secret)
    form = SetUpForm(request.POST or None)
    if form.is_valid():
        given = form.cleaned_data
        try:
            person = services.set_up(secret=secret, username=given["username"], password=given["password"])
        except InvalidInput as error:
            show(form, error)
        else:
            login(request, person)
            messages.success(request, f"Welcome, {person.username}. BanGuard is yours.")
            return redirect("dashboard")
    return _form(request, "accounts/set_up.html", form)


@allowed(Scope.ADMINISTER)
@never_cache
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """Every token, and a form for another. The new one is shown in the answer and never again."""
    form = TokenForm(request.POST or None)
    if form.is_valid():
        try:
            made, text = services.create_token(created_by=_person(request), **form.cleaned_data)
        except InvalidInput as error:
            show(form, error)
        else:
            return render(request, "accounts/token_made.html", {"token": made, "text": text}, status=201)
    cursor = request.GET.get("cursor")
    page = page_of(selectors.tokens(), order=NEWEST_FIRST, filters={}, cursor=cursor, page_size=PAGE_SIZE)
    return _form(request, "accounts/tokens.html", form, page=page)


@allowed(Scope.ADMINISTER)
@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    services.revoke_token(token_id=token_id)
    messages.success(request, "The token is revoked: scripts that use it are refused from now on.")
    return redirect("tokens")


class Password(PasswordChangeView):
    """One's own password. Every other session of this person ends with the old one."""

    template_name = "accounts/password.html"
    success_url = reverse_lazy("password")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        messages.success(self.request, "Your password is changed. You are signed out everywhere else.")
        return super().form_valid(form)


def _person(request: HttpRequest) -> Person | None:
    return request.user if isinstance(request.user, Person) else None


def _form(request: HttpRequest, template: str, form: SetUpForm | TokenForm, **context: object) -> HttpResponse:
    """The page of a form; 422 when what was sent will not do."""
    return render(request, template, {"form": form, **context}, status=422 if form.errors else 200)
