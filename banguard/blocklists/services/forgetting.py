"""Letting go of the runs that ended long ago: a feed that is fetched every minute makes half a million a year."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet
from django.db.models.functions import Now

from banguard.blocklists import selectors
from banguard.blocklists.models import Run

KEPT_FOR = timedelta(days=90)
KEPT = 100  # of a source, however old: those that went well, and as many others
BATCH = 1_000  # runs that one call lets go of


def forget_old(*, source_id: int) -> int:
    """Delete runs of a source that ended long ago; returns how many, ``BATCH`` of each kind at most.

    Each import calls it and makes one run, so that it keeps up. What is held or can be taken up stays.
    """
    well = selectors.good_imports(source_id=source_id)
    others = selectors.runs(source_id=source_id).exclude(pk__in=well.values("pk"))
    return _forget(well) + _forget(others)


def _forget(runs: QuerySet[Run]) -> int:
    newest = runs.order_by("-id").values_list("pk", flat=True)[:KEPT]
    old = runs.filter(finished_at__lt=Now() - KEPT_FOR, withheld__isnull=True).exclude(pk__in=list(newest))
    some = list(old.order_by("id").values_list("pk", flat=True)[:BATCH])
    Run.objects.filter(pk__in=some).delete()
    return len(some)
