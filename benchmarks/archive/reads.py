"""Measures how history is read: prints the figures, and the addresses of pages to be asked for by HTTP."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Max, Min
from django.utils import timezone

from banguard.core.pagination import Page, Source, Total
from banguard.history import selectors
from banguard.history.models import Ban
from banguard.history.search import Range, Search
from banguard.history.selectors import listing, statistics, tops
from banguard.history.values import Dimension, TopKind
from banguard.machine import say
from benchmarks.archive import searches
from benchmarks.archive.watch import Sheet, database_ms

PAGE_SIZE = 50
NAIVE_TIMES = 2  # that the slow ways are tried
COUNTRIES_NAIVELY = """
SELECT country, count(*) FROM history_ban WHERE banned_at >= now() - interval '365 days' GROUP BY 1 ORDER BY 2 DESC
"""
TOPS_NAIVELY = """
SELECT address, count(*) FROM history_ban WHERE banned_at >= now() - interval '365 days' GROUP BY 1 ORDER BY 2 DESC
LIMIT 20
"""
COUNT_NAIVELY = "SELECT count(*) FROM history_ban"
Paths = dict[str, list[str]]


def main(repeats: int) -> None:
    sheet, paths = Sheet(repeats), Paths()
    chosen = searches.all_of_them()
    for name, search in chosen.items():
        say.plain(f"  {name}: {search.query}")
        paths[name] = list(_pages(sheet, name, search))
        sheet.plan("total_database", name, partial(selectors.total, search=search.at(timezone.now())))
    for name, search in searches.several().items():
        say.plain(f"  {name}: {search.query}")
        one = partial(selectors.bans_page, search=search, cursor=None, page_size=PAGE_SIZE)
        sheet.plan("several_filters_database", name, one)
    _charts(sheet)
    _tops(sheet)
    _addresses(sheet, [chosen["ipv4_32"], chosen["ipv6_128"]])
    sheet.measure()
    _naive(sheet)
    say.plain("figures=" + json.dumps({"figures": sheet.figures, "worst": sheet.worst, "paths": paths}))


def _pages(sheet: Sheet, name: str, search: Search) -> Iterator[str]:
    """First, middle (and the one after it) and last; the total is measured by itself."""
    found = search.at(timezone.now())
    source = Source(listing.bans(search=found), listing.NEWEST, search.chosen, Total(0), None, listing.reader_of(found))
    ends = Ban.objects.aggregate(first=Min("banned_at"), last=Max("banned_at"))
    low = max(found.since or ends["first"], ends["first"])
    middle = low + ((found.until or ends["last"]) - low) / 2
    started = Source(source.rows, source.order, source.filters, Total(0), (middle, listing.LAST_ID), source.read)
    after = started.page(cursor=None, page_size=PAGE_SIZE)
    cursors = {"first": None, "middle": after.next_cursor, "last": _first(source).last_cursor}
    for depth, cursor in cursors.items():
        if cursor or depth == "first":
            kind = "page_database"
            sheet.plan(kind, f"{name}_{depth}", partial(source.page, cursor=cursor, page_size=PAGE_SIZE))
            yield "&".join(part for part in (search.query, urlencode({"cursor": cursor}) if cursor else "") if part)


def _first(source: Source[Ban]) -> Page[Ban]:
    return source.page(cursor=None, page_size=PAGE_SIZE)


def _charts(sheet: Sheet) -> None:
    for name, search in {"all": Search(), **searches.dimensions()}.items():
        year = replace(search, range=Range.YEAR)
        kind = "charts_database" if name == "all" else "charts_filtered_database"
        sheet.plan(kind, f"{name}_trend", partial(statistics.trend, search=year))
        sheet.plan("summary", name, partial(statistics.summary, search=search))
        for dimension in Dimension:
            title = f"{name}_{str(dimension.name).lower()}s"
            sheet.plan(kind, title, partial(statistics.shares, dimension=dimension, search=year))


def _tops(sheet: Sheet) -> None:
    for kind in TopKind:
        for one in Range:
            name = "top_addresses" if kind == TopKind.ADDRESS else f"top_{kind.value}s"
            sheet.plan(name, one.value, partial(tops.tops, kind=kind, search=Search(range=one), limit=20))


def _addresses(sheet: Sheet, chosen: list[Search]) -> None:
    for search in chosen:
        text = str(search.address)
        sheet.plan("address_page", "ipv6" if ":" in text else "ipv4", partial(_address_page, text))


def _address_page(text: str) -> None:
    known = selectors.known(text=text)
    selectors.timeline(network=known.network, cursor=None, page_size=PAGE_SIZE)


def _naive(sheet: Sheet) -> None:
    """What it would cost without keyset and without roll-ups, in the same run."""
    rows = listing.bans(search=Search()).order_by("-banned_at", "-id")
    count = Ban.objects.count()
    for depth, offset in (("first", 0), ("middle", count // 2), ("last", count - PAGE_SIZE)):
        times = [database_ms(partial(list, rows[offset : offset + PAGE_SIZE])) for _ in range(NAIVE_TIMES)]
        sheet.note("offset", depth, times)
    for name, query in (("countries", COUNTRIES_NAIVELY), ("tops", TOPS_NAIVELY), ("count", COUNT_NAIVELY)):
        times = [database_ms(partial(_ask, query)) for _ in range(NAIVE_TIMES)]
        sheet.note("naive", name, times)
    for name, slow, fast in (
        ("last_page_speedup", "offset_last", "page_database_all_last"),
        ("countries_speedup", "naive_countries", "charts_database_all_countrys"),
        ("tops_speedup", "naive_tops", "top_addresses_365d"),
        ("total_speedup", "naive_count", "total_database_all"),
    ):
        figures = sheet.figures
        sheet.figures[name] = round(float(figures[f"{slow}_ms_median"]) / float(figures[f"{fast}_ms_median"]), 1)


def _ask(query: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query)
        cursor.fetchall()


if __name__ == "__main__":
    main(int(sys.argv[1]))
