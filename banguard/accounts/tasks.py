"""What the worker runs. It may be delivered twice, and is harmless then."""

from __future__ import annotations

import structlog

from banguard.accounts import services

log = structlog.get_logger(__name__)


def tidy() -> None:
    """Let go of sessions that ended, and of what was counted in minutes that are over."""
    log.info("accounts_tidied", sessions=services.forget_ended(), spent=services.forget_spent())
