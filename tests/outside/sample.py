"""A month of a busy server, the same each time: what pages look like with something on them."""

from __future__ import annotations

import random
from datetime import timedelta

from django.utils import timezone

from banguard.history import services as history
from banguard.history.models import Ban
from banguard.history.values import LiftReason, Origin
from banguard.servers import services as servers

COUNTRIES = {
    "CN": 30,
    "US": 18,
    "RU": 12,
    "DE": 7,
    "BR": 6,
    "IN": 6,
    "SG": 5,
    "NL": 5,
    "VN": 4,
    "FR": 3,
    "ZA": 1,
    "": 3,
}
JAILS = {"sshd": 60, "nginx-http-auth": 20, "postfix": 12, "recidive": 8}


def fill(bans: int = 3_000) -> None:
    """Bans over the last five weeks, more of them of late, by the jail that everybody tries, and of the stubborn."""
    chance, now, server = random.Random(7), timezone.now(), servers.local()  # noqa: S311 - the same each time
    attackers = [".".join(str(chance.randint(1, most)) for most in (222, 250, 40, 9)) for _ in range(1 + bans // 2)]
    rows = []
    for at in range(bans):
        age = timedelta(days=35 * chance.random() ** 1.5, seconds=at)
        listed = chance.random() < 0.25
        expires = None if listed else now - age + timedelta(hours=chance.choice([1, 24, 96]))
        over = expires is not None and expires < now
        rows.append(
            Ban(
                server=server,
                jail="banguard-blocklist" if listed else _one(chance, JAILS),
                address=attackers[int(len(attackers) * chance.random() ** 2)],
                origin=Origin.BLOCKLIST if listed else Origin.JAIL if chance.random() < 0.97 else Origin.MANUAL,
                banned_at=now - age,
                expires_at=expires,
                lifted_at=expires if over else None,
                lift_reason=LiftReason.EXPIRED if over else "",
                failures=0 if listed else chance.randint(3, 30),
                ban_count=chance.randint(1, 5),
                country=_one(chance, COUNTRIES),
                asn=chance.choice([None, 4134, 14061, 16276, 24940, 45090]),
            )
        )
    Ban.objects.bulk_create(rows)
    history.rank()


def _one(chance: random.Random, weights: dict[str, int]) -> str:
    return chance.choices(list(weights), list(weights.values()))[0]
