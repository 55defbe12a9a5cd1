"""Bans that a clock which is no use has dated years ahead."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from banguard.history import services
from banguard.history.models import Ban, BanMatches
from banguard.history.search import Search
from banguard.history.selectors import bans_page
from banguard.servers import services as servers

pytestmark = pytest.mark.django_db


def banned(at: datetime, number: int) -> Ban:
    told = {"server": servers.local(), "jail": "sshd", "origin": "jail", "address": f"203.0.113.{number}"}
    return Ban.objects.create(**told, banned_at=at)


def looks() -> int:
    """How often this transaction has looked into an index of lines."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT idx_scan FROM pg_stat_xact_user_tables WHERE relname = 'history_banmatches'")
        found: int = cursor.fetchone()[0]
    return found


@pytest.mark.parametrize("oldest", [False, True])
def test_one_that_is_there_already_keeps_no_search_waiting(oldest: bool) -> None:
    banned(datetime(9990, 1, 1, tzinfo=UTC), 1)
    ban = banned(timezone.now(), 2)
    BanMatches.objects.create(ban=ban, banned_at=ban.banned_at, lines=["root"])
    before = looks()
    assert bans_page(search=Search(words="root"), cursor=None, page_size=10, oldest=oldest).data == [ban]
    assert looks() - before < 30  # in steps of 512 days it would be 5,700


def test_a_line_of_a_file_that_tells_of_one_is_not_readable(tmp_path: Path) -> None:
    path, now = tmp_path / "bans.jsonl", timezone.now()
    moments = (now, now + timedelta(hours=23), now + timedelta(hours=25), datetime(9998, 1, 1, tzinfo=UTC))
    lines = [{"jail": "sshd", "address": f"203.0.113.{n}", "banned_at": at.isoformat()} for n, at in enumerate(moments)]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    done = services.bring(path=path, name="wrong clock")
    assert (done.read, done.stored, done.unreadable) == (4, 2, 2)
