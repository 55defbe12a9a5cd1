"""What the worker runs. Each may be delivered twice, and is harmless then."""

from __future__ import annotations

import structlog

from banguard.config.services import ignoring, settling
from banguard.core.errors import BanGuardError
from banguard.servers import services as servers

log = structlog.get_logger(__name__)


def settle_ignored() -> None:
    """End what is ignored no longer, and bring the files to what is."""
    try:
        ignoring.expire()
        ignoring.settle(server=servers.local())
    except BanGuardError as error:
        log.warning("ignored_not_settled", error_code=error.code, reason=error.message)


def look() -> None:
    """Decide changes whose process was killed, and keep what was changed outside BanGuard."""
    try:
        settling.look(server=servers.local())
    except BanGuardError as error:  # the agent is not there, most likely; the next minute tries again
        log.info("config_not_looked_at", error_code=error.code, reason=error.message)
