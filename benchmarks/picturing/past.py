"""What an older BanGuard would have exported: days of bans by the same jails, all of them over, as JSON lines."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from benchmarks.picturing.services import BAN_SECONDS, MAX_RETRY, one_of_them

LISTED = 0.15  # the share of bans that lists make
LISTED_DAYS = 9  # for about how long a list holds an address
HOURS = (4, 4, 5, 5, 5, 5, 5, 6, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 6, 6, 5, 5, 4)  # attacks come round the clock
QUIETER = {5: 0.9, 6: 0.85}  # at weekends
GROWTH = 0.6  # of the last day's bans there were so many on the first day


def lines(attackers: Sequence[str], *, until: datetime, days: int, per_day: int, seed: int) -> Iterator[str]:
    """A line for each ban, oldest first; the last ones are over ``until`` then."""
    chance, times = random.Random(seed), Counter[str]()  # noqa: S311 - the same for the same feed
    for ago in range(days, -1, -1):
        day = (until - timedelta(days=ago)).replace(hour=0, minute=0, second=0, microsecond=0)
        level = per_day * (1 - (1 - GROWTH) * ago / days) * QUIETER.get(day.weekday(), 1.0)
        for at in sorted(_moment(day, chance) for _ in range(int(level * chance.lognormvariate(0, 0.18)))):
            address = attackers[int(len(attackers) * chance.random() ** 2)]  # some come again and again
            over, ban = _ban(address, at, chance)
            if at + timedelta(seconds=BAN_SECONDS) < until:
                times[address] += 1
                told = ban | {"lifted_at": min(over, until).isoformat(), "ban_count": times[address]}
                yield json.dumps(told) + "\n"


def _moment(day: datetime, chance: random.Random) -> datetime:
    hour = chance.choices(range(24), HOURS)[0]
    return day + timedelta(hours=hour, seconds=chance.uniform(0, 3_600))


def _ban(address: str, at: datetime, chance: random.Random) -> tuple[datetime, dict[str, object]]:
    """When it is over, and all else."""
    ban: dict[str, object] = {"address": address, "banned_at": at.isoformat()}
    if chance.random() < LISTED:
        ban |= {"jail": "banguard-blocklist", "origin": "blocklist", "lift_reason": "blocklist", "failures": 0}
        return at + timedelta(days=chance.expovariate(1 / LISTED_DAYS)), ban
    service, over = one_of_them(chance), at + timedelta(seconds=BAN_SECONDS)
    ban |= {"jail": service.jail, "origin": "jail", "expires_at": over.isoformat(), "lift_reason": "expired"}
    ban["failures"] = MAX_RETRY + chance.choice((0, 0, 0, 1, 1, 2, 4))
    ban["matches"] = [service.failure(address, chance, at.timestamp()) for _ in range(MAX_RETRY)]
    return over, ban
