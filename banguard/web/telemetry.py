"""What browsers tell of our pages, as metrics. Names that are not ours become ``other``: so series stay few."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Annotated, Literal

import structlog
from django.urls import Resolver404, get_resolver, get_script_prefix, resolve
from ninja import Schema
from prometheus_client import Counter, Histogram
from pydantic import Field

from banguard.core.requests_seen import name_of

log = structlog.get_logger(__name__)

VITALS = Histogram(
    "banguard_web_vital_seconds",
    "How pages did in browsers, by web vital.",
    ["page", "vital"],
    buckets=(0.1, 0.25, 0.5, 1, 1.8, 2.5, 4, 10),
)
SHIFTS = Histogram(
    "banguard_web_layout_shift",
    "How much pages moved while they were read (CLS).",
    ["page"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1),
)
ERRORS = Counter("banguard_web_script_errors_total", "Errors of scripts in browsers.", ["page"])
CALLS = Counter("banguard_web_api_calls_total", "Calls of the API that failed or were slow.", ["route", "outcome"])

SLOW = 1_000.0  # ms
MOST = 20
Seconds = Annotated[float, Field(ge=0, le=600, allow_inf_nan=False)]


class Vital(Schema):
    name: Literal["load", "TTFB", "FCP", "LCP", "INP", "CLS"]
    value: Seconds


class Fault(Schema):
    file: str = Field(max_length=200)
    line: int = Field(ge=0, le=10_000_000)


class Call(Schema):
    path: str = Field(max_length=500)
    status: int = Field(ge=0, le=599)
    milliseconds: float = Field(ge=0, le=3_600_000, allow_inf_nan=False)


class Told(Schema):
    """What one page tells at once. ``page`` is the name of its route. A vital is in seconds, but for CLS."""

    page: str = Field(max_length=80)
    vitals: list[Vital] = Field(default=[], max_length=MOST)
    errors: list[Fault] = Field(default=[], max_length=MOST)
    calls: list[Call] = Field(default=[], max_length=MOST)


def count(told: Told) -> None:
    page = told.page if told.page in _pages() else "other"
    for vital in told.vitals:
        if vital.name == "CLS":
            SHIFTS.labels(page).observe(vital.value)
        else:
            VITALS.labels(page, vital.name).observe(vital.value)
    _count_errors(page, told.errors)
    for call in told.calls:
        CALLS.labels(_route(call.path), "failed" if call.status >= 400 else "slow").inc()


def _count_errors(page: str, faults: Iterable[Fault]) -> None:
    for fault in faults:
        ERRORS.labels(page).inc()
        log.warning("script_error", page=page, file=fault.file, line=fault.line)


@functools.cache
def _pages() -> frozenset[str]:
    return frozenset(name for name in get_resolver().reverse_dict if isinstance(name, str))


def _route(path: str) -> str:
    """The name of a route. Browsers tell the whole path, with the prefix that BanGuard may be served below."""
    try:
        return name_of(resolve(f"/{path.removeprefix(get_script_prefix())}"))
    except Resolver404:
        return "none"
