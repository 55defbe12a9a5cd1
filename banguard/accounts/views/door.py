"""Signing in and out, the first administrator, and one's own password."""

from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LogoutView, PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from banguard.accounts import services
from banguard.accounts.forms import ChosenPasswordForm, SetUpForm, show
from banguard.accounts.views.forms import form_page
from banguard.core.errors import InvalidInput


class SignIn(LoginView):  # type: ignore[misc]
    template_name = "accounts/sign_in.html"

    def get_context_data(self, **given: Any) -> dict[str, Any]:
        return {**super().get_context_data(**given), "provider": settings.OPENID_PROVIDER}


sign_in = SignIn.as_view()


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
            services.keep_session(request=request)
            messages.success(request, gettext("Welcome, %(name)s. BanGuard is yours.") % {"name": person.username})
            return redirect("dashboard")
    return form_page(request, "accounts/set_up.html", form)


@login_not_required
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "POST"])
def choose_password(request: HttpRequest, secret: str) -> HttpResponse:
    """A password of one's own, by the one-time link. Signing in follows, with the second step of who has one."""
    person = services.welcome(secret=secret)
    form = ChosenPasswordForm(request.POST or None)
    if form.is_valid():
        try:
            services.choose_password(secret=secret, password=form.cleaned_data["password"])
        except InvalidInput as error:
            show(form, error)
        else:
            messages.success(request, gettext("Your password is set. Sign in with it."))
            return redirect("sign-in")
    return form_page(request, "accounts/welcome.html", form, person=person)


class Password(PasswordChangeView):
    """One's own password. Every other session of this person ends with the old one."""

    template_name = "accounts/password.html"
    success_url = reverse_lazy("password")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        services.note_password_change(person=form.user)
        messages.success(self.request, gettext("Your password is changed. You are signed out everywhere else."))
        return super().form_valid(form)
