"""Refuses, before the server starts, settings in an order that would not do what they say."""

from __future__ import annotations

from collections.abc import Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured

from banguard.core import order


def middleware_order(app_configs: Sequence[AppConfig] | None, **_kwargs: object) -> list[CheckMessage]:
    """``banguard.E001`` for each pair of middleware that stand the wrong way round."""
    faults = order.faults(settings.MIDDLEWARE, order.MIDDLEWARE)
    return [Error(f"MIDDLEWARE: {fault}.", id="banguard.E001") for fault in faults]


def app_order(app_configs: Sequence[AppConfig] | None, **_kwargs: object) -> list[CheckMessage]:
    """``banguard.E002`` for each pair of apps that stand the wrong way round."""
    faults = order.faults(settings.INSTALLED_APPS, order.APPS)
    return [Error(f"INSTALLED_APPS: {fault}.", id="banguard.E002") for fault in faults]


ALL = (middleware_order, app_order)


def refuse_wrong_order() -> None:
    """For what Django checks nothing of by itself, a web server. Raises ``ImproperlyConfigured``."""
    found = [fault.msg for check in ALL for fault in check(None)]
    if found:
        raise ImproperlyConfigured("\n".join(found))
