"""Signing in, and what belongs to one's account.

allauth's pages are named one by one: signing up, e-mail and password reset have no address here.
"""

from __future__ import annotations

from allauth.account.views import account_inactive, reauthenticate
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.urls import path

from banguard.accounts.views import audit, door, openid, people, person, sessions, tokens

ours = [
    path("sign-in", door.sign_in, name="sign-in"),
    path("sign-out", door.SignOut.as_view(), name="sign-out"),
    path("setup/<str:secret>/", door.set_up, name="setup"),
    path("welcome/<str:secret>/", door.choose_password, name="welcome"),
    path("people/", people.people, name="people"),
    path("people/add/", people.add, name="person-add"),
    path("people/<int:person_id>/", person.person, name="person"),
    path("people/<int:person_id>/deactivate/", person.deactivate, name="person-deactivate"),
    path("people/<int:person_id>/reactivate/", person.reactivate, name="person-reactivate"),
    path("people/<int:person_id>/password/", person.password, name="person-password"),
    path("people/<int:person_id>/second-step/remove/", person.remove_second_step, name="person-second-step-remove"),
    path("people/<int:person_id>/sessions/end/", person.end_sessions, name="person-sessions-end"),
    path("people/<int:person_id>/provider/<int:link_id>/unlink/", person.unlink, name="person-unlink"),
    path("people/<int:person_id>/tokens/<int:token_id>/revoke/", person.revoke_token, name="person-token-revoke"),
    path("account/password/", door.Password.as_view(), name="password"),
    path("account/sessions/", sessions.sessions, name="sessions"),
    path("account/sessions/end/", sessions.end_others, name="end-other-sessions"),
    path("account/sessions/<int:session_id>/end/", sessions.end, name="end-session"),
    path("account/tokens/", tokens.tokens, name="tokens"),
    path("account/tokens/<int:token_id>/revoke/", tokens.revoke_token, name="revoke-token"),
    path("audit/", audit.audit, name="audit"),
    path("audit/export", audit.export, name="audit-export"),
]

allauth = [
    path("sign-in", door.sign_in, name="account_login"),
    path("sign-out", door.SignOut.as_view(), name="account_logout"),
    path("account/inactive/", account_inactive, name="account_inactive"),
    path("account/confirm/", reauthenticate, name="account_reauthenticate"),
    path("account/security/", mfa.index, name="mfa_index"),
    path("sign-in/second-step/", mfa.authenticate, name="mfa_authenticate"),
    path("account/confirm/code/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("account/security/app/", totp.activate_totp, name="mfa_activate_totp"),
    path("account/security/app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("account/security/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("account/security/codes/new/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("account/security/codes/download", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("account/security/passkeys/", passkeys.list_webauthn, name="mfa_list_webauthn"),
    path("account/security/passkeys/add/", passkeys.add_webauthn, name="mfa_add_webauthn"),
    path("account/security/passkeys/<int:pk>/remove/", passkeys.remove_webauthn, name="mfa_remove_webauthn"),
    path("account/security/passkeys/<int:pk>/edit/", passkeys.edit_webauthn, name="mfa_edit_webauthn"),
    path("account/confirm/passkey/", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("sign-in/passkey/", login_not_required(passkeys.login_webauthn), name="mfa_login_webauthn"),
]

through_provider = [
    path("sign-in/provider/", openid.begin, name="openid-begin"),
    path("sign-in/provider/back", openid.back, name="openid-back"),
]

urlpatterns = ours + allauth + (through_provider if settings.OPENID_PROVIDER else [])
