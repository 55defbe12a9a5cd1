"""Pages of a network: the same bans as a plain filter finds, however many of all bans are of it, and wherever."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from django.utils import timezone

from banguard.core import networks
from banguard.core.pagination import Stretch
from banguard.history import store
from banguard.history.models import Ban
from banguard.history.search import Search
from banguard.history.selectors.listing import LAST_ID, reader_of
from banguard.history.values import Episode, Origin
from banguard.servers import services as servers

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(microsecond=0)
BANS = 12_000  # more than twice as many as are looked at before a network's parts are
SHOWN = 40


def spread(chance: random.Random) -> str:
    """Much of 198.18.0.0/15, little of everything else, and of 2001:db8::/32 more than three hundred parts."""
    kind = chance.random()
    if kind < 0.02:  # networks of all sizes
        size = chance.randrange(15, 32)
        return f"{IPv4Address((0xC6120000 | chance.getrandbits(17)) >> 32 - size << 32 - size)}/{size}"
    if kind < 0.1:
        return str(IPv4Address(0xC6120000 | chance.getrandbits(17)))
    if kind < 0.2:
        return str(IPv6Address(0x20010DB8 << 96 | chance.getrandbits(96)))
    return str(IPv4Address(chance.randrange(1 << 24, 224 << 24)))


@pytest.fixture(params=["evenly", "in bursts", "at once"])
def bans(request: pytest.FixtureRequest) -> None:
    chance = random.Random(request.param)  # noqa: S311
    apart = {"evenly": 600, "in bursts": 600, "at once": 0}[request.param]
    together = 1_000 if request.param == "in bursts" else 1
    store.insert(server=servers.local(), episodes=list(episodes(chance, apart, together)))


def episodes(chance: random.Random, apart: int, together: int) -> Iterator[Episode]:
    for number in range(BANS):
        yield Episode(
            jail="sshd",
            address=networks.parse_network(spread(chance)),
            origin=Origin.JAIL,
            banned_at=NOW - timedelta(seconds=apart * (number - number % together)),
            expires_at=None,
            ban_count=1,
            failures=5,
            matches=(),
        )


PLACES: list[Callable[[Ban], tuple[datetime, int]]] = [
    lambda _: (NOW + timedelta(days=1), LAST_ID),
    lambda _: (NOW - timedelta(days=1_000), 0),
    lambda some: (some.banned_at, some.pk),
]


NETWORKS = ["198.18.0.0/15", "198.18.0.0/20", "198.0.0.0/9", "96.0.0.0/4", "96.0.0.0/3", "97.0.0.0/10", "97.1.0.0/25"]
NETWORKS += ["10.0.0.0/8", "0.0.0.0/1", "2001:db8::/32", "2001:db8::/34", "2001::/16", "2001:db8:8000::/56"]


@pytest.mark.usefixtures("bans")
def test_each_page_is_what_a_plain_filter_finds() -> None:
    bans = list(Ban.objects.order_by("banned_at", "pk"))
    for network in NETWORKS:
        read, wide = reader_of(Search(address=network)), ip_network(network)
        assert read is not None
        inside = [ban for ban in bans if ban.address.version == wide.version and ban.address.subnet_of(wide)]
        for place in PLACES:
            key = place(bans[BANS // 2])
            older = [ban.pk for ban in reversed(inside) if (ban.banned_at, ban.pk) < key][:SHOWN]
            newer = [ban.pk for ban in inside if (ban.banned_at, ban.pk) > key][:SHOWN]
            assert [ban.pk for ban in read(Stretch(key, True, SHOWN))] == older, (network, key)
            assert [ban.pk for ban in read(Stretch(key, False, SHOWN))] == newer, (network, key)


def test_where_bans_are_rare_a_page_looks_no_further_than_time_goes() -> None:
    chance = random.Random(7)  # noqa: S311
    days = 86_400 // 2
    store.insert(server=servers.local(), episodes=list(episodes(chance, days, 1))[:6_000])
    for text in ("198.0.0.0/8", "240.0.0.0/8", "2001::/16"):
        reader = reader_of(Search(address=text))
        assert reader is not None
        for descending in (True, False):
            found = list(reader(Stretch(None, descending, 2_001)))
            whole = Ban.objects.filter(address__net_contained_or_equal=text).count()
            assert len(found) == min(2_001, whole)
