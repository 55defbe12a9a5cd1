"""What the frame around every page shows."""

from __future__ import annotations

from django.http import HttpRequest

from banguard.history import selectors as history
from banguard.history import undo
from banguard.servers import selectors as servers


def frame(request: HttpRequest) -> dict[str, object]:
    """``server``: how the Fail2ban server was last seen; ``holes``: how often within a day history may lack something;
    ``undo``: what this person may still take back.

    Nobody who is not signed in learns any of it. Two queries.
    """
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    return {"server": servers.seen(), "holes": history.holes(hours=24), "undo": undo.offered(request)}
