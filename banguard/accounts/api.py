"""``/api/v1/audit``."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Query

from banguard.accounts import selectors
from banguard.accounts.auth import require
from banguard.accounts.models import AuditRecord
from banguard.accounts.schemas import AuditOut, AuditQuery
from banguard.accounts.values import Scope
from banguard.core.pagination import Page
from banguard.core.routing import Router
from banguard.core.schemas import Listing

router = Router(tags=["audit"])


@router.get("/audit", response=Listing[AuditOut], auth=require(Scope.ADMINISTER))
def list_audit(request: HttpRequest, query: Query[AuditQuery]) -> Page[AuditRecord]:
    """Every change and every refused attempt, newest first."""
    return selectors.audit_page(search=query.search, cursor=query.cursor, page_size=query.page_size)
