"""The strip below the list: which part of the last days was followed, and why something may be missing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from banguard.accounts.models import Person
from banguard.history import selectors
from banguard.history.models import Coverage
from banguard.servers import services as servers

pytestmark = pytest.mark.django_db


def followed(begin: float, end: float, hole: str = "") -> None:
    now, server = timezone.now(), servers.local()
    began, until = now - timedelta(days=begin), now - timedelta(days=end)
    Coverage.objects.create(server=server, source="file", hole=hole, began_at=began, until=until)


def test_it_tells_what_was_followed_and_what_was_not(client: Client, viewer: Person) -> None:
    followed(10, 3.5)
    followed(1.75, 0, hole="the log was <b>gone</b>")
    strip = selectors.strip(days=7)
    assert strip is not None
    assert [(part.begin, part.length) for part in strip.parts] == [(0, 500), (750, 250)]
    assert strip.percent == 75
    client.force_login(viewer)
    shown = client.get("/history/").content.decode()
    assert 'x="750" width="250"' in shown
    assert "the log was &lt;b&gt;gone&lt;/b&gt;" in shown


def test_who_was_never_followed_has_none() -> None:
    assert selectors.strip(days=7) is None
