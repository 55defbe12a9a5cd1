"""What the worker runs. Each may be delivered twice, and is harmless then."""

from __future__ import annotations

import structlog

from banguard.history import services

log = structlog.get_logger(__name__)

AT_ONCE = 100  # periods; the rest is for the next time


def rank() -> None:
    """Rank the days and months that have passed."""
    ranked = services.rank(most=AT_ONCE)
    if ranked:
        log.info("history_ranked", periods=ranked)
