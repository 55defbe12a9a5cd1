"""Every lock, as people and scripts are told: who holds it, or held it last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models.functions import Now

from banguard.core import locks
from banguard.core.models import Lease

LATELY = timedelta(minutes=5)


@dataclass(frozen=True)
class LockState:
    """``holder``, ``token`` and the times are of the last holder; None: nobody ever held it.

    Times are the database's.
    """

    lock: str
    subject: int
    guards: str
    held: bool
    token: int | None = None
    holder: str | None = None  # program, host and process
    taken_at: datetime | None = None
    heartbeat_at: datetime | None = None
    released_at: datetime | None = None
    lost_at: datetime | None = None


def report() -> list[LockState]:
    """By name, then subject. A lock that nobody ever took stands there with subject 0. Two queries."""
    held = locks.held_now()
    states = [_state(lease, held) for lease in Lease.objects.all()]
    known = {state.lock for state in states}
    never = [LockState(name, 0, lock.guards, held=False) for name, lock in locks.LOCKS.items() if name not in known]
    return sorted(states + never, key=lambda state: (state.lock, state.subject))


def lost_lately() -> list[str]:
    """The names of locks that somebody lost in the last minutes. One query."""
    return list(Lease.objects.filter(lost_at__gt=Now() - LATELY).order_by("lock").values_list("lock", flat=True))


def _state(lease: Lease, held: set[tuple[str, int]]) -> LockState:
    lock = locks.LOCKS.get(lease.lock)
    return LockState(
        lock=lease.lock,
        subject=lease.subject,
        guards=lock.guards if lock else "",
        held=(lease.lock, lease.subject) in held,
        token=lease.token,
        holder=f"{lease.holder} on {lease.host}, process {lease.pid}",
        taken_at=lease.taken_at,
        heartbeat_at=lease.heartbeat_at,
        released_at=lease.released_at,
        lost_at=lease.lost_at,
    )
