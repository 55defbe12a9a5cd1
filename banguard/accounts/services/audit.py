"""The audit trail: every change is one record, chained to the one before by its hash.

Who, from where and which request stand in the context that the doors bind for the log
(``structlog.contextvars``: ``caller``, ``person_id``, ``token_id``, ``ip``, ``request_id``), so a service
only says what it does. Call these last in a transaction: they hold the chain's end until it commits.
"""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog
from django.db import DatabaseError, connection, transaction

from banguard.accounts.chain import hash_of, plain
from banguard.accounts.models import AuditHead, AuditRecord
from banguard.accounts.values import Outcome
from banguard.core import errors

log = structlog.get_logger(__name__)

REFUSALS = (
    *(errors.InvalidInput, errors.Forbidden, errors.Unauthenticated),
    *(errors.NotFound, errors.JailUnknown, errors.Conflict, errors.RateLimited),
)
NEXT = """
INSERT INTO accounts_audithead AS head (id, number, hash) VALUES (1, 1, '')
ON CONFLICT (id) DO UPDATE SET number = head.number + 1
RETURNING number, hash, clock_timestamp()
"""

Values = Mapping[str, object]


@transaction.atomic
def record(  # noqa: PLR0913 - each is a field of the record
    *,
    action: str,
    target: object = "",
    outcome: Outcome = Outcome.DONE,
    before: Values | None = None,
    after: Values | None = None,
    detail: str = "",
    who: str | None = None,
) -> AuditRecord:
    """Add one record. ``before`` and ``after`` hold what changed; secrets in them are masked."""
    context = structlog.contextvars.get_contextvars()
    with connection.cursor() as cursor:
        cursor.execute(NEXT)  # whoever comes at the same time waits here
        number, previous, now = cursor.fetchone()
    made = AuditRecord(
        number=number,
        at=now,
        action=action,
        target=plain(str(target))[:300],
        who=plain(who or context.get("caller") or f"process {Path(sys.argv[0]).name}")[:200],
        person_id=context.get("person_id"),
        token_id=context.get("token_id"),
        address=_address(str(context.get("ip", ""))),
        request_id=str(context.get("request_id", ""))[:64],
        outcome=outcome,
        before=plain(before),
        after=plain(after),
        detail=plain(detail)[:500],
        previous_hash=previous,
    )
    made.hash = hash_of(made)
    made.save(force_insert=True)
    AuditHead.objects.filter(pk=1).update(hash=made.hash)
    said = {"number": number, "action": action, "target": made.target, "outcome": outcome, "who": made.who}
    transaction.on_commit(partial(log.info, "audit", **said, hash=made.hash))  # of no record that is rolled back
    return made


def _address(text: str) -> str | None:
    """As PostgreSQL spells it; None for whoever comes through a Unix socket, or from nowhere."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def named(targets: Sequence[object]) -> str:
    """Several targets as one: the first three by name, and how many more."""
    more = f" and {len(targets) - 3} more" if len(targets) > 3 else ""
    return f"{', '.join(map(str, targets[:3]))}{more}"


@dataclass
class Told:
    """What a change may add to its record while it happens."""

    after: Values | None = None


@contextmanager
def told(*, action: str, target: object, before: Values | None = None, outside: bool = False) -> Iterator[Told]:
    """Record what happens inside, also when it is refused or fails. Not for use inside a transaction: that would
    take the record of a refusal back.

    What happens inside is one transaction with its record, unless it acts ``outside``, on something other than the
    database: then that it was asked for is recorded first.
    """
    if outside:
        record(action=action, target=target, outcome=Outcome.BEGUN)
    change = Told()
    with refusals_told(action=action, target=target), nullcontext() if outside else transaction.atomic():
        yield change
        if not outside:
            record(action=action, target=target, before=before, after=change.after)
    if outside:
        record(action=action, target=target, before=before, after=change.after)


@contextmanager
def refusals_told(*, action: str, target: object) -> Iterator[None]:
    """Record what is refused or fails inside. That it was done is for whoever does it to record."""
    try:
        yield
    except errors.BanGuardError as error:
        outcome = Outcome.REFUSED if isinstance(error, REFUSALS) else Outcome.FAILED
        record(action=action, target=target, outcome=outcome, detail=f"{error.code}: {error.message}")
        raise
    except Exception as error:
        detail = f"{errors.BanGuardError.code}: {type(error).__name__}"  # its words may hold anything
        with suppress(DatabaseError):  # where it is the database that fails, the first error is the one to hear of
            record(action=action, target=target, outcome=Outcome.FAILED, detail=detail)
        raise
