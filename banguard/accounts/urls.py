"""Signing in, and what belongs to one's account."""

from __future__ import annotations

from django.urls import path

from banguard.accounts import views

urlpatterns = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-out", views.SignOut.as_view(), name="sign-out"),
    path("setup/<str:secret>/", views.set_up, name="setup"),
    path("account/password/", views.Password.as_view(), name="password"),
    path("account/tokens/", views.tokens, name="tokens"),
    path("account/tokens/<int:token_id>/revoke/", views.revoke_token, name="revoke-token"),
]
