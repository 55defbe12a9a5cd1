"""Looking up again where every ban's address is registered, when the databases on this machine have changed."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection, transaction
from django.db.models import F

from banguard.accounts import services as accounts
from banguard.history import locate
from banguard.history.models import Ban

BATCH = 5_000  # bans in one transaction
CHANGE = """
UPDATE history_ban AS ban SET country = told.country, asn = told.asn
FROM unnest(%s::bigint[], %s::text[], %s::bigint[]) AS told (id, country, asn) WHERE ban.id = told.id
"""


def relocate(*, moved: Callable[[int], None] = lambda _seen: None) -> tuple[int, int]:
    """How many bans were looked at, and how many are told to be elsewhere. What is counted of them follows."""
    with accounts.told(action="history.locate", target="every ban", outside=True) as change:
        after = seen = changed = 0
        while batch := _after(after):
            changed += _change(batch)
            after, seen = batch[-1].pk, seen + len(batch)
            moved(seen)
        change.after = {"seen": seen, "changed": changed}
    return seen, changed


def _after(key: int) -> list[Ban]:
    return list(Ban.objects.filter(pk__gt=key).only("address", "country", "asn").order_by(F("pk").asc())[:BATCH])


@transaction.atomic
def _change(batch: list[Ban]) -> int:
    places = locate.locations([ban.address for ban in batch])
    moved = [
        (ban.pk, country, asn)
        for ban, (country, asn) in zip(batch, places, strict=True)
        if (ban.country, ban.asn) != (country, asn)
    ]
    if moved:
        ids, countries, systems = zip(*moved, strict=True)
        with connection.cursor() as cursor:
            cursor.execute(CHANGE, [list(ids), list(countries), list(systems)])
    return len(moved)
