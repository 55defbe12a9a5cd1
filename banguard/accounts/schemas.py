"""Audit records as the API gives them."""

from __future__ import annotations

from datetime import datetime

from ninja import Field, Schema
from pydantic import IPvAnyAddress

from banguard.accounts.selectors import AuditSearch
from banguard.accounts.values import Outcome
from banguard.core.schemas import Moment, PageQuery, Text


class AuditOut(Schema):
    """One record. ``hash`` is over all of it and ``previous_hash``: a chain that ``manage.py verify_audit`` checks."""

    number: int
    at: datetime
    action: str
    target: str
    who: str
    person_id: int | None
    token_id: int | None
    address: str | None
    request_id: str
    outcome: Outcome
    before: dict[str, object] | None
    after: dict[str, object] | None
    detail: str
    previous_hash: str
    hash: str


class AuditQuery(PageQuery):
    text: Text | None = Field(None, max_length=200, description="Part of who, target, detail or request id.")
    who: Text | None = Field(None, max_length=200, description="Only of this person, or of `token NAME`.")
    action: Text | None = Field(None, max_length=40, description="Only this action, such as `ban`.")
    outcome: Outcome | None = Field(None, description="Only records with this outcome.")
    address: IPvAnyAddress | None = Field(None, description="Only what came from this address.")
    since: Moment | None = Field(None, description="Only from this moment on.")
    until: Moment | None = Field(None, description="Only up to this moment.")

    @property
    def search(self) -> AuditSearch:
        address = str(self.address) if self.address else None
        return AuditSearch(self.text, self.action, self.outcome, address, self.since, self.until, self.who)
