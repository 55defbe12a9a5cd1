"""What the worker runs. It may be delivered twice, and is harmless then."""

from __future__ import annotations

import structlog

from banguard.accounts import services
from banguard.core import jobs

log = structlog.get_logger(__name__)


def tidy() -> None:
    """Let go of sessions that ended, of counts of minutes that are over, and of what failed long ago."""
    gone = {"sessions": services.forget_ended(), "spent": services.forget_spent(), "failed_tasks": jobs.forget_failed()}
    log.info("accounts_tidied", **gone)
