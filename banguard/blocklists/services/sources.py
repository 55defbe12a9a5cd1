"""Keeping sources: a change of one is stored, scheduled, and carried to the server."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from banguard.accounts import services as accounts
from banguard.blocklists import selectors
from banguard.blocklists.models import Source
from banguard.blocklists.services.enforcing import TASK as ENFORCE
from banguard.blocklists.services.imports import SCHEDULED_TASK
from banguard.core import jobs
from banguard.core.errors import Conflict, InvalidInput

EDITABLE = frozenset({"name", "url", "format", "enabled", "enforcement", "schedule", "note"})


def create(**values: object) -> Source:
    """A new source. Raises ``InvalidInput`` that names each field, or ``Conflict`` for a name in use."""
    return _save(Source(), values)


def change(*, source_id: int, **values: object) -> Source:
    """Change some of a source's values; what it no longer wants blocked is let go."""
    return _save(selectors.source(source_id=source_id), values)


@transaction.atomic
def delete(*, source_id: int) -> None:
    """Forget a source with its runs and entries; what no other source wants blocked is let go."""
    source = selectors.source(source_id=source_id)
    name, before = source.name, {field: getattr(source, field) for field in sorted(EDITABLE)}
    jobs.keep_schedule(schedule_name(source), SCHEDULED_TASK, source.pk, cron=None)
    source.delete()
    jobs.enqueue(ENFORCE)
    accounts.record(action="source.delete", target=name, before=before)


def schedule_name(source: Source) -> str:
    return f"blocklists.source.{source.pk}"


@transaction.atomic
def _save(source: Source, values: dict[str, object]) -> Source:
    is_new = source.pk is None
    changed = {name for name in EDITABLE & values.keys() if is_new or values[name] != getattr(source, name)}
    before = {name: getattr(source, name) for name in sorted(changed)}
    for name in changed:
        setattr(source, name, values[name])
    if changed & {"url", "format"}:  # what another feed answered says nothing about this one
        source.etag = source.last_modified = ""
        changed |= {"etag", "last_modified"}
    _check(source)
    _store(source, changed, is_new=is_new)
    cron = source.schedule if source.enabled and source.schedule else None
    jobs.keep_schedule(schedule_name(source), SCHEDULED_TASK, source.pk, cron=cron)
    if changed & {"enabled", "enforcement"} and not is_new:
        jobs.enqueue(ENFORCE)
    if before:
        action = "source.create" if is_new else "source.change"
        after = {name: getattr(source, name) for name in before}
        accounts.record(action=action, target=source.name, before=None if is_new else before, after=after)
    return selectors.source(source_id=source.pk)


def _store(source: Source, changed: set[str], *, is_new: bool) -> None:
    try:
        with transaction.atomic():
            source.save(update_fields=None if is_new else changed)
    except IntegrityError as error:  # somebody took the name since it was checked
        raise _name_in_use(source) from error


def _name_in_use(source: Source) -> Conflict:
    return Conflict(f"There is a source named “{source.name}” already.", field="name")


def _check(source: Source) -> None:
    """Refuse what cannot work, field by field, before it is stored."""
    fields: dict[str, str] = {}
    try:
        source.full_clean()
    except ValidationError as error:
        if "unique" in {fault.code for faults in error.error_dict.values() for fault in faults}:
            raise _name_in_use(source) from error
        fields = {name: " ".join(messages) for name, messages in error.message_dict.items()}
    if not source.url.startswith(("http://", "https://")):
        fields["url"] = "Feeds are fetched by http or https."
    if source.schedule and not jobs.is_cron(source.schedule):
        fields["schedule"] = "This is not a cron expression, such as “17 * * * *” for every hour."
    if fields:
        raise InvalidInput(f"Some fields cannot be used: {', '.join(sorted(fields))}.", fields=fields)
