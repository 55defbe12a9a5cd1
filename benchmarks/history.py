"""Fills a scratch database with bans, then measures every way in which history is read, and how fast it is written."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from functools import partial

from banguard.machine import say
from benchmarks.archive.watch import Sheet
from benchmarks.figures import Figures, in_rounds
from benchmarks.observing.house import House, house

FILL_SECONDS = 900.0  # for ten million bans
# What is promised: at most, but for rates and ratios, which are at least.
MOST = {
    "page_database_ms_p95": 5.0,
    "page_http_ms_p95": 50.0,
    "charts_database_ms_p95": 20.0,
    "charts_filtered_database_ms_p95": 100.0,
    "total_database_ms_p95": 5.0,
    "top_addresses_ms_p95": 100.0,
    "fill_seconds": FILL_SECONDS,
}
LEAST = {"last_page_speedup": 1_000.0, "ingest_per_second": 20_000.0, "ingest_with_lines_per_second": 5_000.0}
TEN_MILLION = 10_000_000
_WORST = 12  # shown of each kind
_SHOWN = (
    "page_database",
    "page_http",
    "api_http",
    "several_filters_database",
    "total_database",
    "charts",
    "top",
    "address",
    "summary",
)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=int, default=1_000_000, help="bans to fill the database with (1000000)")
    parser.add_argument("--repeats", type=int, default=20, help="of each measurement (20)")
    parser.add_argument("--ingest", type=int, default=200_000, help="bans to store afterwards (200000)")


def run(options: argparse.Namespace) -> tuple[Figures, bool]:
    """The figures, and whether each keeps its bound. Ratios are promised of ten million bans."""
    with house() as there:
        begun = time.monotonic()
        figures = there.told("benchmarks.archive.fill", options.rows)
        figures |= {"rows": options.rows, "fill_seconds": round(time.monotonic() - begun, 1)}
        read = there.told("benchmarks.archive.reads", options.repeats)
        figures |= read["figures"] | {f"{kind}_ms_p95": round(worst, 3) for kind, worst in read["worst"].items()}
        figures |= _by_http(there, read["paths"], options.repeats)
        figures |= there.told("benchmarks.archive.writes", options.ingest)
    _show(figures)
    return figures, all(well for _name, _figure, _bound, well in _judged(figures))


def _by_http(there: House, paths: dict[str, list[str]], repeats: int) -> Figures:
    """Whole answers, as a browser and a script get them."""
    web, sheet = there.web("web"), Sheet(repeats)
    asked = {
        (kind, f"{name}_{depth}"): partial(
            web.get, f"{path}?{query if kind == 'api_http' else _as_the_form_has_it(query)}"
        )
        for kind, path in (("page_http", "/history/"), ("api_http", "/api/v1/bans"))
        for name, queries in paths.items()
        for depth, query in enumerate(queries)
    }
    for (kind, name), times in in_rounds(asked, repeats + 1).items():
        sheet.note(kind, name, times[1:])  # nobody's first page is what a page costs
    return sheet.figures | {f"{kind}_ms_p95": round(worst, 1) for kind, worst in sheet.worst.items()}


def _as_the_form_has_it(query: str) -> str:
    return query.replace("active=true", "state=active").replace("active=false", "state=ended")


def _judged(figures: Figures) -> Iterable[tuple[str, float, float, bool]]:
    whole = figures["rows"] == TEN_MILLION
    for name, bound in MOST.items():
        yield name, float(figures[name]), bound, float(figures[name]) <= bound
    for name, bound in LEAST.items():
        figure = float(figures[name])
        yield name, figure, bound, figure >= bound or (name == "last_page_speedup" and not whole)


def _show(figures: Figures) -> None:
    for kind in _SHOWN:
        rows = {name: float(ms) for name, ms in figures.items() if name.startswith(f"{kind}_") and "_ms_p95" in name}
        for name, p95 in sorted(rows.items(), key=lambda row: -row[1])[:_WORST]:
            median = figures.get(name.replace("_p95", "_median"))
            say.plain(f"{name.removesuffix('_ms_p95'):50} {'' if median is None else median:>10} {p95:>10.2f} ms")
    for name, figure, bound, well in _judged(figures):
        say.plain(f"{'   ' if well else 'NOT'} {name:46} {figure:>12,.2f} of {bound:,.0f}")
