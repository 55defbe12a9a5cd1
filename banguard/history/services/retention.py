"""Letting go of bans that ended long ago, where somebody set a limit; what was counted of them stays."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from banguard.history.models import Retained
from banguard.history.selectors import tallies

BATCH = 2_000  # bans in one transaction: readers and the collector never wait for more
# Whoever else lets go at the same time takes others.
GO = """
WITH gone AS (
    DELETE FROM history_ban WHERE id IN (
        SELECT id FROM history_ban WHERE banned_at < %s AND lifted_at IS NOT NULL
        ORDER BY banned_at, id LIMIT %s FOR UPDATE SKIP LOCKED
    ) RETURNING id
), lines AS (
    DELETE FROM history_banmatches WHERE ban_id IN (SELECT id FROM gone)
)
SELECT count(*) FROM gone
"""


def retain(*, days: int, seconds: float) -> int:
    """Let go of ended bans that began more than ``days`` ago, for ``seconds`` at most; returns how many went.

    What is left is for the next time. Tallies, tops and what is known of each address stay.
    """
    before, deadline, gone = tallies.down(timezone.now() - timedelta(days=days), "d"), time.monotonic() + seconds, 0
    while time.monotonic() < deadline:
        some = _let_go(before)
        gone += some
        if some < BATCH:
            break
    return gone


@transaction.atomic
def _let_go(before: datetime) -> int:
    """The moment first: from then on totals count what lies before it from the bans that are left."""
    since = Retained.objects.select_for_update().values_list("since", flat=True).first()
    if since is None or since < before:
        Retained.objects.update_or_create(pk=1, defaults={"since": before})
    with connection.cursor() as cursor:
        cursor.execute(GO, [before, BATCH])
        count: int = cursor.fetchone()[0]
    return count
