"""What locks count."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

ACQUIRED = Counter("banguard_lock_acquired_total", "Locks taken.", ["lock"])
CONTENDED = Counter("banguard_lock_contended_total", "Tries that found the lock held.", ["lock"])
HEARTBEAT_FAILURES = Counter("banguard_lock_heartbeat_failures_total", "Heartbeats that failed.", ["lock"])
LOST = Counter("banguard_lock_lost_total", "Locks lost while working under them.", ["lock"])
FENCED = Counter("banguard_lock_fenced_writes_total", "Writes refused because somebody newer held the lock.", ["lock"])
HOLD_SECONDS = Histogram(
    "banguard_lock_hold_seconds",
    "How long locks were held.",
    ["lock"],
    buckets=(0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 86400),
)
