"""Secrets in the database: sealed with the current secret key, and opened with it or a previous one.

A key of their own is derived from each secret key, so that what is sealed and what is signed share none.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.dispatch import Signal

from banguard.core.keys import USES

# Sent before previous keys are dropped, with ``keys``: those there will be. Whoever keeps something sealed seals it
# anew with the first of them.
keys_are_dropped = Signal()


class SealBroken(ValueError):
    """None of our keys opens it."""


def seal(text: str, keys: Sequence[str] | None = None) -> str:
    """``text`` sealed with the first of ``keys``, or with the current one."""
    return _box(keys[0] if keys else settings.SECRET_KEY).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """What was sealed, with whichever of our keys. Raises ``SealBroken``."""
    for number, key in enumerate([settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]):
        try:
            text = _box(key).decrypt(sealed.encode()).decode()
        except InvalidToken:
            continue
        USES.labels("previous" if number else "current").inc()
        return text
    raise SealBroken


def _box(key: str) -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=b"banguard.sealing.1").derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
