"""Looking up again where addresses are: what changed changes, and is counted anew."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from banguard.history.models import Ban
from banguard.history.search import Search
from banguard.history.selectors import statistics
from banguard.history.services import locating
from banguard.history.values import Dimension
from banguard.servers import services as servers

pytestmark = pytest.mark.django_db


def test_every_ban_gets_what_is_known_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locating, "BATCH", 2)
    Ban.objects.bulk_create(
        Ban(server=servers.local(), jail="sshd", origin="jail", banned_at=timezone.now(), country="XX", address=address)
        for address in ("193.0.6.1", "193.0.6.2", "2001:67c:2e8::1", "203.0.113.1", "10.0.0.1")
    )
    said = StringIO()
    call_command("locate_bans", stdout=said)
    assert "5 bans looked up, 5 changed" in said.getvalue()
    assert Ban.objects.filter(address="193.0.6.1").get().country == "NL"
    shares = {share.value: share.bans for share in statistics.shares(dimension=Dimension.COUNTRY, search=Search())}
    assert "XX" not in shares
    assert sum(shares.values()) == 5
