"""What the API tells of how feeds have done, and of what is enforced for them."""

from __future__ import annotations

from datetime import datetime

from ninja import Schema

from banguard.blocklists.models import Enforced
from banguard.blocklists.services.reports import ReportRow
from banguard.blocklists.values import Enforcement


class EnforcedOut(Schema):
    """What one back end of a server holds for all lists together, and what it dropped since its rules were made:
    ``packets`` and ``octets`` in all, ``packets6`` and ``octets6`` of IPv6; 0 where a jail enforces. ``problem``: why
    it is not as it should be, else empty."""

    server: str
    enforcement: Enforcement
    backend: str
    networks: int
    packets: int
    octets: int
    packets6: int
    octets6: int
    problem: str
    looked_at: datetime | None

    @staticmethod
    def resolve_server(row: Enforced) -> str:
        return row.server.name


class ReportOut(Schema):
    made_at: datetime
    sources: list[ReportRow]
    enforced: list[EnforcedOut]
