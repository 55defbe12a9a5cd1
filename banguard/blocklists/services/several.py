"""What is done with several sources at once: each a batch with one record, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from banguard.accounts import services as accounts
from banguard.blocklists import selectors
from banguard.blocklists.models import Run, Source
from banguard.blocklists.services import asking, clock, holding
from banguard.blocklists.services.enforcing import TASK as ENFORCE
from banguard.core import jobs
from banguard.core.errors import BanGuardError, FeedTooSoon, NotFound


@dataclass(frozen=True)
class Asked:
    """``count``: imports that were asked for; ``refused``: why some were not, a sentence each."""

    count: int
    refused: tuple[str, ...]


def switch(*, source_ids: Sequence[int], enabled: bool) -> int:
    """Enable or disable sources, and carry that to the server once; returns how many were the other way before.

    Raises ``NotFound`` when none of them is there.
    """
    named = _named(source_ids)
    action = "source.enable" if enabled else "source.disable"
    with accounts.told(action=action, target=accounts.named(named), before={"sources": named}) as change:
        rows = Source.objects.select_for_update().filter(pk__in=source_ids).exclude(enabled=enabled)
        changed = list(rows.order_by("pk"))
        now = timezone.now()
        for source in changed:
            source.enabled = enabled
            source.due_at = clock.due_at(source, now=now)
        Source.objects.bulk_update(changed, ["enabled", "due_at"])
        if changed:
            jobs.enqueue(ENFORCE)
        change.after = {"changed": [source.name for source in changed]}
    return len(changed)


def request_imports(*, source_ids: Sequence[int], asked_by: str, confirm_within: int | None = None) -> Asked:
    """Import sources now. One that is being imported, or whose provider wants more time, keeps no other waiting.

    Raises ``NotFound`` when none of them is there. A task for each, since several workers may share them.
    """
    found = _found(source_ids)
    unfinished = selectors.unfinished_runs().filter(source__in=found).select_related("source")
    for run in unfinished:
        asking.settle(source=run.source)
    busy = {run.source_id: run for run in unfinished.all()}  # asked anew: some were given up by that
    refused = [asking.busy(run).message for run in busy.values()]
    free = [source for source in found if source.pk not in busy]
    late = {source.pk for source in free if _is_too_soon(source)}
    begun = _begun([source.pk for source in free if source.pk not in late], asked_by, confirm_within)
    for source_id in late:  # what a preview brought may be taken all the same
        try:
            holding.request_import(source_id=source_id, asked_by=asked_by, confirm_within=confirm_within)
            begun += 1
        except BanGuardError as error:
            refused.append(error.message)
    return Asked(begun, tuple(refused))


def _begun(source_ids: Sequence[int], asked_by: str, confirm_within: int | None) -> int:
    """How many of these an import was asked for. Under their rows' locks nobody else asks for one of them."""
    if not source_ids:
        return 0
    with transaction.atomic():
        locked = list(Source.objects.select_for_update().filter(pk__in=source_ids).order_by("pk"))
        taken = set(selectors.unfinished_runs().filter(source__in=locked).values_list("source", flat=True))
        free = [source for source in locked if source.pk not in taken]
        values = {"asked_by": asked_by[:150], "confirm_within": confirm_within}
        runs = Run.objects.bulk_create(Run(source=source, **values) for source in free)
        for run in runs:
            jobs.enqueue(asking.TASK, run.pk)
        if runs:
            told = {source.name: run.pk for source, run in zip(free, runs, strict=True)}
            accounts.record(action="source.import", target=accounts.named(list(told)), after={"runs": told})
    return len(runs)


def _is_too_soon(source: Source) -> bool:
    try:
        asking.refuse_too_soon(source)
    except FeedTooSoon:
        return True
    return False


def _found(source_ids: Sequence[int]) -> list[Source]:
    found = selectors.sources_among(source_ids=source_ids)
    if not found:
        raise NotFound("None of these sources is there any more.")
    return found


def _named(source_ids: Sequence[int]) -> list[str]:
    return [source.name for source in _found(source_ids)]
