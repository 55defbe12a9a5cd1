"""What the frame around every page shows."""

from __future__ import annotations

from django.http import HttpRequest

from banguard.history import undo
from banguard.servers import selectors as servers


def frame(request: HttpRequest) -> dict[str, object]:
    """``server``: how the Fail2ban server was last seen; ``undo``: what this person may still take back.

    Nobody who is not signed in learns either. One query.
    """
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    return {"server": servers.seen(), "undo": undo.offered(request)}
