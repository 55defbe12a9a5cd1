"""Bans, one and many: by keyset, whatever they are narrowed to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import BooleanField, Case, Exists, F, Func, OuterRef, Q, QuerySet, Sum, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, Now
from django.db.models.lookups import GreaterThan
from django.utils import timezone

from banguard.core.errors import NotFound
from banguard.core.networks import Network
from banguard.core.pagination import Order, Page, Source, Stretch, Total, count_of, read_stretch
from banguard.history.models import OPEN, Ban, BanMatches, Retained, Standing, Tally
from banguard.history.search import Search
from banguard.history.selectors import tallies
from banguard.history.selectors.days import Days
from banguard.history.values import Dimension
from banguard.servers.models import Server

NEWEST = Order(("banned_at", "id"))
OLDEST = replace(NEWEST, descending=False)
# Spelt so that no index of ends seems fit: all that is active is in the order of the index of what is open.
NEVER = Value(datetime(9999, 12, 31, tzinfo=UTC))
ACTIVE = OPEN & Q(GreaterThan(Coalesce(F("expires_at"), NEVER), Now()))
RUN_OUT = OPEN & Q(expires_at__lte=Now())  # over, though its end is yet to be written: within 90 s, by the collector
RUN_OUT_UP_TO = 5_000  # bans; there are more only where no collector has run
COUNT_UP_TO = 2_000  # bans; where no tally tells, a total is "at least" so many
COUNT_SLOWLY_UP_TO = 150
LAST_ID = 2**63 - 1


def bans(*, search: Search) -> QuerySet[Ban]:
    """Bans that fit ``search``, unordered, each with its server and ``active``. Raises ``AddressInvalid``."""
    return _narrowed(_shown(), search)


def _shown() -> QuerySet[Ban]:
    return Ban.objects.select_related("server").annotate(
        active=Case(When(ACTIVE, then=Value(True)), default=Value(False), output_field=BooleanField())
    )


def _narrowed(rows: QuerySet[Ban], search: Search) -> QuerySet[Ban]:
    exact: dict[str, object] = {
        "jail": search.jail,
        "origin": search.origin,
        "country": search.country,
        "asn": search.asn,
    }
    exact |= {"banned_at__gte": search.since, "banned_at__lt": search.until, "ban_count__gte": search.min_ban_count}
    rows = rows.filter(**{name: value for name, value in exact.items() if value is not None})
    if search.server is not None:
        # By its number: only by that PostgreSQL knows which of the two indexes of servers holds it.
        number = _server(search.server)
        rows = rows.none() if number is None else rows.filter(server=number)
    if search.network is not None:
        rows = rows.filter(_inside(search.network))
    if search.active is not None:
        rows = rows.filter(ACTIVE if search.active else ~OPEN | RUN_OUT)
    if search.words is not None:
        rows = rows.filter(Exists(BanMatches.objects.filter(ban=OuterRef("pk")).filter(_has(search.words))))
    return rows


def _server(name: str) -> int | None:
    return Server.objects.filter(name=name).values_list("pk", flat=True).first()


def _inside(network: Network) -> Q:
    exactly = network.num_addresses == 1
    return Q(address=network) if exactly else Q(address__net_contained_or_equal=network)


def _has(words: str) -> Func:
    """By the very expression that is indexed."""
    lines = Func(F("lines"), F("banned_at"), function="history_words")
    wanted = Func(Value(words), function="history_query")
    return Func(lines, wanted, arg_joiner=" @@ ", template="(%(expressions)s)", output_field=BooleanField())


def active(*, server: Server, jail: str | None) -> QuerySet[Ban]:
    """The bans in force on a server, in one jail or in all."""
    rows = Ban.objects.filter(ACTIVE, server=server)
    return rows if jail is None else rows.filter(jail=jail)


def newest_active(*, jail: str, most: int) -> list[Ban]:
    """The newest bans in force in a jail."""
    return list(bans(search=Search(jail=jail, active=True)).order_by("-banned_at", "-id")[:most])


def bans_page(
    *, search: Search, cursor: str | None, page_size: int, at: datetime | None = None, oldest: bool = False
) -> Page[Ban]:
    """One page, newest first or oldest first, from the end of that or from the moment ``at``.

    Raises ``CursorInvalid``, ``AddressInvalid`` and ``InvalidInput``.
    """
    now = timezone.now()
    found = search.at(now)
    start = None if at is None else (at, 0 if oldest else LAST_ID)
    source = Source(
        bans(search=found), OLDEST if oldest else NEWEST, search.chosen, total(search=found), start, reader_of(found)
    )
    return source.page(cursor=cursor, page_size=page_size)


def reader_of(search: Search) -> Callable[[Stretch], Iterable[Ban]] | None:
    """No one range of an index holds a network's bans, or a word's, by time; functions in PostgreSQL merge several.

    Nor those that ended: what has run out is among what is open. And of two bounds on time in one direction
    PostgreSQL may begin at the wrong one.
    """
    alone = set(search.chosen)
    if alone == {"words"}:
        return lambda stretch: _called("history_words_page", "history_query(%s)", search.words, stretch)
    if alone == {"address"} and search.network is not None and search.network.num_addresses > 1:
        network = str(search.network)
        return lambda stretch: _called("history_network_page", "%s::cidr", network, stretch)
    if len(search.dimensions) > 1 and not search.beyond_dimensions:
        return lambda stretch: _in_order(_days(search).ids(stretch), stretch)
    if search.active is False:
        return lambda stretch: _ended_by_time(_from_there(search, stretch), stretch)
    if search.since or search.until:
        return lambda stretch: read_stretch(bans(search=_from_there(search, stretch)), NEWEST, stretch)
    return None


def _from_there(search: Search, stretch: Stretch) -> Search:
    """Without the end that the stretch begins beyond: an index would be entered at that one, and read up to its key."""
    moment = stretch.key[0] if stretch.key else None
    if not isinstance(moment, datetime):
        return search
    if stretch.descending:
        return replace(search, until=None) if search.until and moment < search.until else search
    return replace(search, since=None) if search.since and moment >= search.since else search


def _days(search: Search) -> Days:
    return Days(_narrowed(Ban.objects.all(), search), NEWEST, where_of(search), search.since, search.until)


def _ended_by_time(search: Search, stretch: Stretch) -> QuerySet[Ban]:
    """One statement, so that a ban whose end is just being written is told once."""
    written, run_out = (read_stretch(rows, NEWEST, stretch) for rows in _ended(search))
    if run_out.query.is_empty():
        return written
    return written.union(run_out, all=True).order_by(*_turn(stretch))[: stretch.limit]


def _ended(search: Search) -> tuple[QuerySet[Ban], QuerySet[Ban]]:
    """Those whose end is written, and those that have run out."""
    rows = bans(search=replace(search, active=None))
    return rows.filter(~OPEN), _run_out(rows)


def _run_out(rows: QuerySet[Ban]) -> QuerySet[Ban]:
    """Those of ``rows`` that have.

    PostgreSQL expects it of all that is open, since most bans are long over, and would look for them there. So they are
    named by the index of ends, as long as they are few.
    """
    named = Ban.objects.filter(RUN_OUT).order_by("expires_at").values("pk")[:RUN_OUT_UP_TO]
    count = named.count()
    if count < RUN_OUT_UP_TO:
        return rows.filter(_one_of(ArraySubquery(named))) if count else rows.none()
    return rows.filter(RUN_OUT)


def _one_of(ids: ArraySubquery) -> Func:
    """Asked for like that, PostgreSQL expects few, and goes by the primary key."""
    return Func(F("pk"), ids, arg_joiner=" = ANY (", template="(%(expressions)s))", output_field=BooleanField())


def _called(function: str, argument: str, value: object, stretch: Stretch) -> QuerySet[Ban]:
    key = stretch.key or (("infinity", LAST_ID) if stretch.descending else ("-infinity", 0))
    query = f"SELECT id FROM {function}({argument}, %s, %s::timestamptz, %s, %s)"
    chosen = RawSQL(query, [value, stretch.descending, *key, stretch.limit])  # noqa: S611 - our own names
    return _in_order(chosen, stretch)


def _in_order(ids: RawSQL | list[int], stretch: Stretch) -> QuerySet[Ban]:
    return _shown().filter(pk__in=ids).order_by(*_turn(stretch))


def _turn(stretch: Stretch) -> list[str]:
    return [f"-{column}" if stretch.descending else column for column in NEWEST.columns]


def total(*, search: Search) -> Total:
    """How many bans fit: exact where tallies tell apart what is asked for, else counted up to a bound."""
    where = where_of(search)
    if len(where) <= 2 and not search.beyond_dimensions:
        kept, gone = _kept(search.since)
        parts = tallies.stretches(kept, search.until, dimensions=len(where))
        older = _older(search, gone)
        return Total(tallies.total(where=where, parts=parts) + older.count, older.at_least)
    if search.beyond_dimensions == {"active"} and search.active and not (search.since or search.until):
        standing = Standing.objects.filter(**{tallies.COLUMNS[name]: value for name, value in where.items()})
        open_ones = standing.aggregate(n=Sum("count"))["n"] or 0
        run_out = _run_out(bans(search=replace(search, active=None))).count()
        return Total(max(0, open_ones - run_out))  # two looks: what is written in between may stand in one of them
    if set(search.chosen) == {"words"}:
        return _words(str(search.words))
    if len(where) > 2 and not search.beyond_dimensions:
        count = len(_days(search).ids(Stretch(None, descending=True, limit=COUNT_SLOWLY_UP_TO)))
        return Total(count, at_least=count >= COUNT_SLOWLY_UP_TO)
    return _counted(search, most=COUNT_SLOWLY_UP_TO if search.words else COUNT_UP_TO)


def _counted(search: Search, *, most: int) -> Total:
    parts = _ended(search) if search.active is False else [bans(search=search)]
    count = sum(count_of(rows, most=most).count for rows in parts)
    return Total(min(count, most), at_least=count >= most)


def _words(words: str) -> Total:
    """As their pages are read: whole, the index of words would name every ban that a common word stands in."""
    with connection.cursor() as cursor:
        query = "SELECT count(*) FROM history_words_page(history_query(%s), true, 'infinity', %s, %s)"
        cursor.execute(query, [words, LAST_ID, COUNT_SLOWLY_UP_TO])
        count: int = cursor.fetchone()[0]
    return Total(count, at_least=count >= COUNT_SLOWLY_UP_TO)


def whole_since() -> datetime | None:
    """From when on retention has let go of nothing; None: it never has."""
    return Retained.objects.values_list("since", flat=True).first()


def _kept(since: datetime | None) -> tuple[datetime | None, datetime | None]:
    """From when on tallies and bans agree, and until when they do not: what has ended was let go there."""
    retained = whole_since()
    return (since, None) if retained is None or (since and since >= retained) else (retained, retained)


def _older(search: Search, gone: datetime | None) -> Total:
    if gone is None:
        return Total(0)
    until = min(gone, search.until or gone)
    return count_of(bans(search=replace(search, until=until)), most=COUNT_UP_TO)


def where_of(search: Search) -> dict[Dimension, str | int]:
    """The dimensions of a search, as tallies spell them."""
    where: dict[Dimension, str | int] = dict(search.dimensions)
    if search.server is not None:
        where[Dimension.SERVER] = _server(search.server) or -1
    return where


def ban(*, ban_id: int) -> Ban:
    """One ban with its matched lines. Raises ``NotFound``."""
    found = _shown().select_related("matched").filter(pk=ban_id).first()
    if found is None:
        raise NotFound("There is no ban with this id.", id=ban_id)
    return found


def jails_and_countries() -> tuple[set[str], set[str]]:
    """Those that history knows; "" is an unknown country. By the tallies of months: a row for each in each month."""
    told = Tally.objects.filter(grain="m", dimensions__in=(Dimension.JAIL, Dimension.COUNTRY))
    rows = list(told.values_list("dimensions", "jail", "country").distinct())
    jails = {jail for dimension, jail, _country in rows if dimension == Dimension.JAIL}
    return jails, {country for dimension, _jail, country in rows if dimension == Dimension.COUNTRY}
