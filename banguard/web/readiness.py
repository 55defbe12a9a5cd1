"""How each part of BanGuard is, from what the parts wrote down. Nothing here waits for one of them."""

from __future__ import annotations

from banguard.core import jobs, lock_report, locks, presence, schema_state
from banguard.core.presence import Role
from banguard.history import selectors as history
from banguard.servers import selectors as servers
from banguard.servers.values import Seen

Part = dict[str, object]


def parts() -> dict[str, Part]:
    """Part -> ``{"ok": bool, "age": seconds since it was heard of, ...}``. Raises Django's ``DatabaseError``.

    Without ``database`` or ``migrations`` this process is useless.
    """
    pending = schema_state.pending()
    migrations: Part = {"ok": not pending, "age": 0.0, "pending": pending}
    if pending:  # what else is asked may not be there
        return {"database": {"ok": True, "age": 0.0}, "migrations": migrations}
    server = servers.seen()
    return {
        "database": {"ok": True, "age": 0.0},
        "migrations": migrations,
        "fail2ban": _fail2ban(server),
        "worker": _worker(),
        "collector": _collector(server),
        "locks": _locks(),
    }


def is_useless(found: dict[str, Part]) -> bool:
    return not (found["database"]["ok"] and found["migrations"]["ok"])


def _text(server: Seen) -> str | None:
    return server.seen_at.isoformat() if server.seen_at else None


def _fail2ban(server: Seen) -> Part:
    if server.up:
        return {"ok": True, "age": server.age, "version": server.version}
    return {"ok": False, "age": server.age, "reason": server.reason}


def _worker() -> Part:
    queue = jobs.queue()
    ages = [one.age for one in presence.processes() if one.role == Role.WORKER]
    waits = {"waiting": queue.waiting, "oldest_waits": queue.oldest}
    return {"ok": queue.workers > 0, "age": min(ages, default=None), "workers": queue.workers, **waits}


def _collector(server: Seen) -> Part:
    """``behind_seconds``: how far history is behind; ``follows``: file, journal, or none, when no log can be read."""
    found = history.followed()
    behind, follows = (round(found.lag.total_seconds(), 1), found.source) if found else (None, None)
    seen = {"age": server.age, "seen_at": _text(server)}
    return {"ok": server.fresh, **seen, "behind_seconds": behind, "follows": follows}


def _locks() -> Part:
    """Not well for some minutes after somebody lost a lock: it harms nothing, but has a reason."""
    lost = lock_report.lost_lately()
    held = [f"{name} {subject}" for name, subject in sorted(locks.held_now())]
    return {"ok": not lost, "age": 0.0, "held": held, "lost_lately": lost}
