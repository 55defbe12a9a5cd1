"""When sources are due, and starting those that are."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import structlog
from django.db.models.functions import Now
from django.utils import timezone

from banguard.blocklists import selectors
from banguard.blocklists.models import Source
from banguard.blocklists.services import asking
from banguard.blocklists.values import Kind
from banguard.core import timetable
from banguard.core.errors import BanGuardError

log = structlog.get_logger(__name__)

FIRST_WAIT = timedelta(minutes=5)  # after one failure; doubled with each further
LONGEST_WAIT = timedelta(days=1)


def due_at(source: Source, *, now: datetime, wait: int = 0) -> datetime | None:
    """When ``source`` is to be imported next; None: only when asked.

    Never sooner than its provider allows, than its server wants (``wait``, seconds), or, after failures, than ever
    longer waits; moved by a random part of the jitter, so that not all who follow a feed come in the same second.
    """
    if not (source.enabled and source.schedule) or source.kind != Kind.URL:
        return None
    regular = timetable.next_time(source.schedule, source.zone, now)
    regular += timedelta(seconds=random.uniform(0, source.jitter))  # noqa: S311 - nobody gains by guessing it
    allowed = (source.asked_at or now) + timedelta(seconds=source.min_interval if source.asked_at else 0)
    backed_off = now + min(FIRST_WAIT * 2 ** min(source.failures - 1, 20), LONGEST_WAIT) if source.failures else now
    return max(regular, allowed, backed_off, now + timedelta(seconds=wait))


def plan(*, source_id: int, wait: int = 0) -> None:
    """Write down when the source is due next."""
    source = selectors.source(source_id=source_id)
    Source.objects.filter(pk=source_id).update(due_at=due_at(source, now=timezone.now(), wait=wait))


def start_due() -> int:
    """Ask for an import of every source that is due; returns how many. Asked twice at once, each starts once."""
    started = 0
    for source in selectors.due_sources():
        upcoming = due_at(source, now=timezone.now())
        claimed = Source.objects.filter(pk=source.pk, due_at=source.due_at, due_at__lte=Now()).update(due_at=upcoming)
        if claimed:
            started += _start(source)
    return started


def _start(source: Source) -> bool:
    try:
        asking.request_run(source_id=source.pk, asked_by="schedule")
    except BanGuardError as error:  # the last one still runs, or its provider is not to be asked yet
        log.info("scheduled_import_skipped", source=source.name, error_code=error.code, reason=error.message)
        return False
    return True
