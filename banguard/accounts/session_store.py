"""Sessions in the database, signed: re-signed when a previous key had done it, and kept on their person's list."""

from __future__ import annotations

from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.core.signing import BadSignature

from banguard.core.keys import CountingTimestampSigner


class SessionStore(db.SessionStore):
    """Django's own, except that ``decode`` knows the secret, and ``cycle_key`` takes the list along."""

    signed_anew = False

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        signer = CountingTimestampSigner(salt=self.key_salt)
        try:
            data: dict[str, Any] = signer.unsign_object(str(session_data), serializer=self.serializer)
        except (BadSignature, ValueError):
            return {}  # signed with a key that was dropped: as if there were no session
        self.signed_anew = signer.previous
        self.modified = self.modified or signer.previous
        return data

    def cycle_key(self) -> None:
        if self.signed_anew and SESSION_KEY in self:
            return  # Django asks for it as the secret changed; other requests of this page, on their way, would be lost
        before = self.session_key
        super().cycle_key()
        UserSession.objects.filter(session_key=before).update(session_key=self.session_key)
