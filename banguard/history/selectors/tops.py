"""Where most bans came from: addresses, networks, autonomous systems.

Past days and months are ranked once, by ``services.rank``. A range is the sum of those, and of the bans themselves
where a period is not ranked (today, or one that a late ban has touched). Of a ranked period only the first values
(``values.TOP_KEPT``) are known: whoever had fewer bans than all of those counts nothing there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils import timezone

from banguard.core import networks
from banguard.history.models import Ranked
from banguard.history.search import Search
from banguard.history.selectors import listing, statistics, tallies
from banguard.history.values import Dimension, TopKind

VALUES = {
    TopKind.ADDRESS: "address",
    TopKind.NETWORK: "history_network(address, 24, 64)",
    TopKind.ASN: "asn",
}
TYPES = {TopKind.ADDRESS: "cidr", TopKind.NETWORK: "cidr", TopKind.ASN: "bigint"}
Query = tuple[str, list[str | int | datetime]]
NEWEST_READ = 50_000  # bans; under a filter nothing is ranked, and the newest so many are counted


@dataclass(frozen=True)
class Top:
    """``value``: an address, a network, or a number."""

    value: str
    bans: int


def tops(*, kind: TopKind, search: Search, limit: int) -> list[Top]:
    """The values that most bans came from. Two queries, three under a filter."""
    statistics.refuse(search)
    since, until = search.ends(timezone.now())
    if search.dimensions:
        query, parameters = _filtered(kind, search, since, until)
    else:
        query, parameters = summed(kind=kind, since=since, until=until, grains="dm")
    with connection.cursor() as cursor:
        # What is unknown is left out here: told of it, PostgreSQL would rather read a wider index.
        cursor.execute(
            f"WITH parts AS MATERIALIZED ({query})"
            " SELECT value::text, sum(count) FROM parts GROUP BY value ORDER BY 2 DESC, parts.value LIMIT %s",
            [*parameters, limit + 1],
        )
        return [Top(_spelt(kind, value), count) for value, count in cursor.fetchall() if value is not None][:limit]


def _spelt(kind: TopKind, value: str) -> str:
    """As everywhere; PostgreSQL writes the length of a lone address, too."""
    return value if kind is TopKind.ASN else networks.text_of(networks.parse_network(value))


def _filtered(kind: TopKind, search: Search, since: datetime, until: datetime) -> Query:
    where = listing.where_of(search)
    columns = tallies.COLUMNS | {Dimension.SERVER: "server_id"}
    conditions = "".join(f" AND {columns[name]} = %s" for name in where)
    query = (
        f"SELECT {VALUES[kind]} AS value, 1 AS count FROM history_ban"
        f" WHERE banned_at >= %s AND banned_at < %s{conditions} ORDER BY banned_at DESC, id DESC LIMIT {NEWEST_READ}"
    )
    return query, [since, until, *where.values()]


def summed(*, kind: TopKind, since: datetime, until: datetime, grains: str) -> Query:
    """Rows of ``value`` and ``count`` in that time: of ranked periods of these ``grains``, else of each ban."""
    known = set(Ranked.objects.filter(grain__in=grains).values_list("grain", "period"))
    selects, parameters = list[str](), list[str | int | datetime]()
    for grain, low, high in _parts(since, until, known):
        if grain:
            selects.append(
                f"SELECT value::{TYPES[kind]} AS value, count::int FROM history_top"
                " WHERE kind = %s AND grain = %s AND period = %s"
            )
            parameters += [kind.value, grain, low]
        else:
            selects.append(
                f"SELECT {VALUES[kind]} AS value, 1 AS count FROM history_ban WHERE banned_at >= %s AND banned_at < %s"
            )
            parameters += [low, high]
    return " UNION ALL ".join(selects), parameters


def _parts(since: datetime, until: datetime, known: set[tuple[str, datetime]]) -> list[tuple[str, datetime, datetime]]:
    """Ranked months and days that lie in the range, and the stretches between them."""
    last = max((tallies.following(period, grain) for grain, period in known), default=since)
    found, at = list[tuple[str, datetime, datetime]](), since
    for grain, low, high in _ranked_in(since, min(until, last), known):
        if at < low:
            found.append(("", at, low))
        found.append((grain, low, high))
        at = high
    return [*found, ("", at, until)] if at < until else found


def _ranked_in(
    since: datetime, until: datetime, known: set[tuple[str, datetime]]
) -> Iterable[tuple[str, datetime, datetime]]:
    at = tallies.up(since, "d")
    while at < until:
        month, day = tallies.following(at, "m"), tallies.following(at, "d")
        if month <= until and ("m", at) in known:
            yield "m", at, month
            at = month
            continue
        if day <= until and ("d", at) in known:
            yield "d", at, day
        at = day
