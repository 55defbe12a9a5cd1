"""To the OpenID provider and back."""

from __future__ import annotations

from allauth.decorators import rate_limit
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from banguard.accounts.openid import Conversation
from banguard.core.errors import NotFound
from banguard.envtypes import OpenIDProvider


@login_not_required
@never_cache
@require_POST
@rate_limit(action="login")  # type: ignore[untyped-decorator]
def begin(request: HttpRequest) -> HttpResponse:
    """Lead to the provider."""
    named = _named()
    answer = get_adapter().get_provider(request, named.issuer).redirect_from_request(request)
    return render(request, "accounts/to_provider.html", {"provider": named, "address": answer.url})


@login_not_required
@never_cache
@require_GET
@rate_limit(action="login", limit_get=True)  # type: ignore[untyped-decorator]
def back(request: HttpRequest) -> HttpResponse:
    """Whoever comes back from the provider, with its code."""
    view = OAuth2CallbackView.adapter_view(Conversation(request, _named().issuer))
    response: HttpResponse = view(request)
    return response


def _named() -> OpenIDProvider:
    if settings.OPENID_PROVIDER is None:
        raise NotFound("No OpenID provider is set up here.")
    return settings.OPENID_PROVIDER
