"""What the worker runs. Each may be delivered twice, and is harmless then."""

from __future__ import annotations

import structlog

from banguard.blocklists.services import clock as clocks
from banguard.blocklists.services import enforcing, imports, reports
from banguard.core.errors import BanGuardError, LockBusy
from banguard.servers import services as servers

log = structlog.get_logger(__name__)


def run_import(run_id: int) -> None:
    """Carry out a run that somebody asked for."""
    try:
        imports.run_import(run_id=run_id)
    except BanGuardError as error:  # somebody else is at it, or the source was removed meanwhile
        log.info("import_skipped", run=run_id, error_code=error.code, reason=error.message)


def clock() -> None:
    """Ask for an import of every source that is due; a schedule runs it each minute."""
    clocks.start_due()


def enforce() -> None:
    """Bring the server in line: each minute by schedule, and after a source was changed or removed."""
    try:
        enforcing.compare(server=servers.local())
    except LockBusy:
        log.debug("enforcement_under_way")
    except BanGuardError as error:
        log.warning("enforcement_failed", error_code=error.code, reason=error.message)


def settle() -> None:
    """Find the runs whose worker was killed."""
    imports.settle_all()


def report() -> None:
    """Make the feed report before somebody asks for it; a schedule sees to it every ten minutes."""
    reports.report()
