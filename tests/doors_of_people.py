"""The part of the table of doors (test_doors.py) that is about people, their tokens, and what they did."""

from __future__ import annotations

from banguard.accounts.values import Scope

OF_ONESELF = {  # each asks again who is there, has to be posted to, or is about what one may not have
    "/language/",
    "/account/sessions/end/",
    "/account/sessions/1/end/",
    "/account/confirm/code/",
    "/account/confirm/passkey/",
    "/account/security/app/",
    "/account/security/app/remove/",
    "/account/security/codes/",
    "/account/security/codes/new/",
    "/account/security/codes/download",
    "/account/security/passkeys/",
    "/account/security/passkeys/add/",
    "/account/security/passkeys/1/edit/",
    "/account/security/passkeys/1/remove/",
}
CHANGES = {
    *(f"/people/1/{what}/" for what in ("deactivate", "reactivate", "password", "second-step/remove", "sessions/end")),
    "/people/1/provider/1/unlink/",
    "/people/1/tokens/1/revoke/",
}
LOOKED_AT = {"/people/", "/people/add/", "/people/1/", "/account/tokens/", "/audit/", "/audit/export"}
PAGES = dict.fromkeys([*sorted(LOOKED_AT), "/account/tokens/1/revoke/", *sorted(CHANGES)], Scope.ADMINISTER)
