"""The secret keys, made once: sessions and links outlive a restart, and no key has a default."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from banguard.machine import ordinary
from banguard.machine.call import OrdinaryUser


def lay_down(data: Path, variables: Mapping[str, str], user: OrdinaryUser | None) -> None:
    """``<data>/secret-keys``, readable for ``user`` alone, unless the environment brings the keys."""
    if "BANGUARD_SECRET_KEYS" in variables or "BANGUARD_SECRET_KEYS_FILE" in variables:
        return
    path = data / "secret-keys"
    if not path.exists():
        new = path.with_name("secret-keys.new")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(64))
        new.rename(path)
    ordinary.give(path, user)
