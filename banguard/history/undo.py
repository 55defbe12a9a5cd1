"""What somebody may still take back: kept in their session for a minute after they banned or unbanned."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass

from django.http import HttpRequest

from banguard.core.errors import Conflict
from banguard.history.values import Reversal

SECONDS = 60
_KEY = "undo"


@dataclass(frozen=True)
class Offer:
    """``what`` will be done to ``count`` bans; there are ``seconds`` left to ask for it."""

    what: str
    count: int
    seconds: int


def offer(request: HttpRequest, reversal: Reversal | None) -> None:
    """Replaces what was offered before: only the last thing can be taken back."""
    request.session.pop(_KEY, None)
    if reversal is not None:
        request.session[_KEY] = asdict(reversal) | {"until": time.time() + SECONDS}


def offered(request: HttpRequest) -> Offer | None:
    kept = request.session.get(_KEY)
    left = int(kept["until"] - time.time()) if kept else 0
    if not kept or left <= 0:
        return None
    return Offer(kept["what"], sum(map(len, kept["jails"].values())), left)


def take(request: HttpRequest) -> Reversal:
    """Hand it out, once. Raises ``Conflict`` when there is nothing, or it is too late."""
    kept = request.session.pop(_KEY, None)
    if not kept or kept["until"] < time.time():
        raise Conflict("It is too late to take this back: ban or unban by hand.")
    return Reversal(kept["what"], {jail: tuple(some) for jail, some in kept["jails"].items()})
