"""What must come before what in the settings."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from django.conf import settings as real
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

from banguard.core import order
from banguard.core.checks import refuse_wrong_order

RULED = [name for name in real.MIDDLEWARE if any(name in (rule.first, rule.then) for rule in order.MIDDLEWARE)]


def swapped(names: list[str], one: str, other: str) -> list[str]:
    return [{one: other, other: one}.get(name, name) for name in names]


def test_the_order_of_the_settings_is_right() -> None:
    assert [*order.faults(real.MIDDLEWARE, order.MIDDLEWARE)] == []
    assert [*order.faults(real.INSTALLED_APPS, order.APPS)] == []


def test_every_middleware_has_its_place() -> None:
    assert set(RULED) == set(real.MIDDLEWARE)


@pytest.mark.parametrize(("first", "then"), list(pairwise(RULED)))
def test_swapping_two_middleware_is_refused_with_the_reason(first: str, then: str, settings: Any) -> None:
    settings.MIDDLEWARE = swapped(real.MIDDLEWARE, first, then)
    told = [fault.msg for fault in run_checks(tags=["order"]) if fault.id == "banguard.E001"]
    assert any(message.startswith(f"MIDDLEWARE: {first} must come before {then}: ") for message in told)


@pytest.mark.parametrize("rule", order.APPS, ids=lambda rule: rule.first)
def test_swapping_two_apps_is_refused_with_the_reason(rule: order.Before) -> None:
    told = [*order.faults(swapped(real.INSTALLED_APPS, rule.first, rule.then), order.APPS)]
    assert f"{rule.first} must come before {rule.then}: {rule.why}" in told


def test_what_is_missing_or_there_twice_is_named() -> None:
    rules = [order.Before("a", "b", "so")]
    assert [*order.faults(["b"], rules)] == ["a is missing: it belongs before b"]
    assert [*order.faults(["a"], rules)] == ["b is missing: it belongs after a"]
    assert [*order.faults(["a", "b", "b"], rules)] == ["b is there twice"]


def test_a_web_server_does_not_start_with_a_wrong_order(settings: Any) -> None:
    settings.MIDDLEWARE = swapped(real.MIDDLEWARE, *RULED[:2])
    with pytest.raises(ImproperlyConfigured, match="must come before"):
        refuse_wrong_order()
