"""How each part of BanGuard is, from what the parts wrote down. Nothing here waits for one of them."""

from __future__ import annotations

from banguard.core import jobs, lock_report, locks
from banguard.servers import selectors as servers

Part = dict[str, object]


def parts() -> dict[str, Part]:
    """Part -> ``{"ok": bool, ...}``. Raises Django's ``DatabaseError`` when there is no database."""
    server = servers.seen()
    queue = jobs.queue()
    return {
        "database": {"ok": True},
        "fail2ban": _fail2ban(server.up, server.reason, server.version),
        "worker": {"ok": queue.workers > 0, "workers": queue.workers, "waiting": queue.waiting},
        "collector": {"ok": server.fresh, "seen_at": server.seen_at.isoformat() if server.seen_at else None},
        "locks": _locks(),
    }


def _fail2ban(up: bool, reason: str, version: str) -> Part:
    return {"ok": True, "version": version} if up else {"ok": False, "reason": reason}


def _locks() -> Part:
    """Not well for some minutes after somebody lost a lock: it harms nothing, but has a reason."""
    lost = lock_report.lost_lately()
    held = [f"{name} {subject}" for name, subject in sorted(locks.held_now())]
    return {"ok": not lost, "held": held, "lost_lately": lost}
