"""Signing in, and what belongs to one's account."""

from __future__ import annotations

from django.urls import path

from banguard.accounts.views import audit, door, tokens

urlpatterns = [
    path("sign-in", door.sign_in, name="sign-in"),
    path("sign-out", door.SignOut.as_view(), name="sign-out"),
    path("setup/<str:secret>/", door.set_up, name="setup"),
    path("account/password/", door.Password.as_view(), name="password"),
    path("account/tokens/", tokens.tokens, name="tokens"),
    path("account/tokens/<int:token_id>/revoke/", tokens.revoke_token, name="revoke-token"),
    path("audit/", audit.audit, name="audit"),
    path("audit/export", audit.export, name="audit-export"),
]
