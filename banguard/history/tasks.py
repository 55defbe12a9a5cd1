"""What the worker runs. Each may be delivered twice, and is harmless then."""

from __future__ import annotations

import structlog
from django.conf import settings

from banguard.history import services

log = structlog.get_logger(__name__)

AT_ONCE = 100  # periods; the rest is for the next time
RETAINING = 120.0  # seconds; likewise


def rank() -> None:
    """Rank the days and months that have passed."""
    ranked = services.rank(most=AT_ONCE)
    if ranked:
        log.info("history_ranked", periods=ranked)


def retain() -> None:
    """Let go of what is older than the setting wants, where there is one."""
    if settings.HISTORY_DAYS is not None:
        gone = services.retain(days=settings.HISTORY_DAYS, seconds=RETAINING)
        if gone:
            log.info("history_let_go", bans=gone, days=settings.HISTORY_DAYS)
