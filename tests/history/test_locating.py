"""Looking up again where addresses are: what changed changes, and is counted anew."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from banguard.core.networks import parse_network
from banguard.history import locate
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


def test_a_damaged_database_costs_no_ban(settings: Any, tmp_path: Path) -> None:
    """It opens well, and what it is asked for lies beyond its end."""
    nowhere = (1_000).to_bytes(3, "big")
    numbers = {"record_size": 24, "ip_version": 4}
    numbers |= {"binary_format_major_version": 2, "binary_format_minor_version": 0}
    told = b"".join(_text(name) + b"\xa1" + bytes([number]) for name, number in numbers.items())
    told += _text("node_count") + b"\xc1\x01" + _text("build_epoch") + b"\x01\x02\x01"
    told += _text("database_type") + _text("x") + _text("languages") + b"\x00\x04" + _text("description") + b"\xe0"
    whole = nowhere * 2 + bytes(16) + b"\xab\xcd\xefMaxMind.com" + bytes([0xE0 + len(numbers) + 5]) + told
    (tmp_path / "damaged.mmdb").write_bytes(whole)
    settings.GEOIP_DIR = tmp_path
    assert locate._databases(tmp_path)
    assert locate.locations([parse_network("193.0.6.1"), parse_network("2001:67c:2e8::1")]) == [("NL", None)] * 2


def _text(text: str) -> bytes:
    return bytes([0x40 + len(text)]) + text.encode()
