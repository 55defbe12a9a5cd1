"""Keeping sources: a change of one is stored, planned, and carried to the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from banguard.accounts import services as accounts
from banguard.blocklists import selectors
from banguard.blocklists.models import MB, Material, Source, Withheld
from banguard.blocklists.services import clock, headers
from banguard.blocklists.services.enforcing import TASK as ENFORCE
from banguard.blocklists.values import Kind, Purpose
from banguard.core import jobs, timetable
from banguard.core.errors import Conflict, InvalidInput

HOW_TO_READ = frozenset({"url", "format", "column", "max_lines", "widest4", "widest6", "may_be_empty"})
EDITABLE = HOW_TO_READ | {
    *("name", "enabled", "enforcement", "schedule", "zone", "jitter", "min_interval", "max_bytes"),
    *("shrink_percent", "grow_percent", "note"),
}
# The least and the most of each. A provider's own interval is at most a week.
BOUNDS = {
    "jitter": (0, 86_400),
    "min_interval": (0, 604_800),
    "max_bytes": (1_024, 1_024 * MB),
    "max_lines": (1, 20_000_000),
    "widest4": (6, 32),
    "widest6": (12, 128),
    "shrink_percent": (0, 100),
    "grow_percent": (0, 100_000),
}
MOST_GIVEN = 32 * MB  # of an upload


@dataclass(frozen=True)
class Given:
    """What somebody uploaded (with the file's name) or pasted."""

    content: bytes
    name: str = ""
    by: str = ""


def create(*, given: Given | None = None, secrets: Mapping[str, str] | None = None, **values: object) -> Source:
    """A new source. ``secrets``: headers that only its server sees; ``given``: what is to be read instead of a URL.

    Raises ``InvalidInput`` that names each field, or ``Conflict`` for a name in use.
    """
    kind = Kind.URL if given is None else Kind.UPLOAD if given.name else Kind.TEXT
    with accounts.refusals_told(action="source.create", target=values.get("name", "")):
        return _save(Source(kind=kind), values, secrets or {}, given)


def change(
    *, source_id: int, given: Given | None = None, secrets: Mapping[str, str] | None = None, **values: object
) -> Source:
    """Change some of a source's values; what it no longer wants blocked is let go. ``secrets`` None: they stay."""
    found = selectors.source(source_id=source_id)
    with accounts.refusals_told(action="source.change", target=found.name):
        return _save(found, values, secrets, given)


@transaction.atomic
def delete(*, source_id: int) -> None:
    """Forget a source with its runs and entries; what no other source wants blocked is let go."""
    Source.objects.select_for_update().filter(pk=source_id).first()  # waits for an import that stores, to take that too
    source = selectors.source(source_id=source_id)
    name, before = source.name, {field: getattr(source, field) for field in sorted(EDITABLE)}
    source.delete()
    jobs.enqueue(ENFORCE)
    accounts.record(action="source.delete", target=name, before=before)


@transaction.atomic
def _save(source: Source, values: dict[str, object], secrets: Mapping[str, str] | None, given: Given | None) -> Source:
    is_new = source.pk is None
    changed = {name for name in EDITABLE & values.keys() if is_new or values[name] != getattr(source, name)}
    before = {name: getattr(source, name) for name in sorted(changed)}
    for name in changed:
        setattr(source, name, values[name])
    if secrets is not None and (secrets or source.header_names):
        before["header_names"] = source.header_names
        headers.keep(source, secrets)
        changed |= {"header_names", "sealed_headers"}
    if changed & HOW_TO_READ or given:  # what another feed answered says nothing about this one
        source.etag = source.last_modified = source.digest = ""
        changed |= {"etag", "last_modified", "digest"}
        Withheld.objects.filter(run__source=source.pk, run__purpose=Purpose.PREVIEW).delete()
    _check(source, given)
    source.due_at = clock.due_at(source, now=timezone.now())
    _store(source, changed | {"due_at"}, is_new=is_new)
    _keep(source, given)
    if changed & {"enabled", "enforcement"} and not is_new:
        jobs.enqueue(ENFORCE)
    if before or given:
        _record(source, before, is_new=is_new)
    return selectors.source(source_id=source.pk)


def _record(source: Source, before: dict[str, object], *, is_new: bool) -> None:
    after = {name: getattr(source, name) for name in before}
    action = "source.create" if is_new else "source.change"
    accounts.record(action=action, target=source.name, before=None if is_new else before, after=after)


def _keep(source: Source, given: Given | None) -> None:
    if given is not None:
        values = {"content": given.content, "name": given.name[:200], "given_by": given.by[:150]}
        Material.objects.update_or_create(source=source, defaults={**values, "given_at": timezone.now()})


def _store(source: Source, changed: set[str], *, is_new: bool) -> None:
    try:
        with transaction.atomic():
            source.save(update_fields=None if is_new else changed)
    except IntegrityError as error:  # somebody took the name since it was checked
        raise _name_in_use(source) from error


def _name_in_use(source: Source) -> Conflict:
    return Conflict(f"There is a source named “{source.name}” already.", field="name")


def _check(source: Source, given: Given | None) -> None:
    """Refuse what cannot work, field by field, before it is stored."""
    fields: dict[str, str] = {}
    try:
        source.full_clean()
    except ValidationError as error:
        if "unique" in {fault.code for faults in error.error_dict.values() for fault in faults}:
            raise _name_in_use(source) from error
        fields = {name: " ".join(messages) for name, messages in error.message_dict.items()}
    fields |= _faults_of_origin(source, given) | _faults_of_schedule(source)
    for name, (least, most) in BOUNDS.items():
        value = getattr(source, name)
        if name not in fields and not least <= value <= most:
            fields[name] = f"This must lie between {least} and {most}."
    if fields:
        raise InvalidInput(f"Some fields cannot be used: {', '.join(sorted(fields))}.", fields=fields)


def _faults_of_origin(source: Source, given: Given | None) -> dict[str, str]:
    if source.kind == Kind.URL and not source.url:
        return {"url": "A feed needs an address, a file, or the list itself."}
    if source.kind == Kind.URL and not source.url.startswith(("http://", "https://")):
        return {"url": "Feeds are fetched by http or https."}
    if source.kind == Kind.URL and given is not None:
        return {"content": "This source is fetched from its address."}
    if given is not None and not 0 < len(given.content) <= MOST_GIVEN:
        return {"content": f"Between one byte and {MOST_GIVEN // MB} MB can be taken."}
    return {}


def _faults_of_schedule(source: Source) -> dict[str, str]:
    """Also one that would fire more often than the provider allows."""
    found = timetable.fault(source.schedule or "every 1d", source.zone)
    if found:
        return dict([found])
    if not source.schedule:
        return {}
    gap = timetable.shortest_gap(source.schedule, source.zone).total_seconds()
    if gap < source.min_interval:
        return {
            "schedule": f"Its provider wants at least {source.min_interval} s between two requests, not {gap:.0f} s."
        }
    return {}
