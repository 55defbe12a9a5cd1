"""``/api/v1/locks``: who works on the servers."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import Query, Schema

from banguard.accounts.auth import require
from banguard.accounts.values import Scope
from banguard.core.lock_report import LockState, report
from banguard.core.pagination import Page, page_of_sequence
from banguard.core.routing import Router
from banguard.core.schemas import Listing, PageQuery

router = Router(tags=["locks"])


class LockOut(Schema):
    """A lock and who holds it, or held it last. ``subject`` is the id of what it guards; times are the database's."""

    lock: str
    subject: int
    guards: str
    held: bool
    token: int | None
    holder: str | None
    taken_at: datetime | None
    heartbeat_at: datetime | None
    released_at: datetime | None
    lost_at: datetime | None


@router.get("/locks", response=Listing[LockOut], auth=require(Scope.READ))
def list_locks(request: HttpRequest, query: Query[PageQuery]) -> Page[LockState]:
    """Every lock, by name."""
    return page_of_sequence(report(), cursor=query.cursor, page_size=query.page_size, name="locks")
