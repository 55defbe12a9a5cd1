from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.signals import connection_created
from django_structlog.signals import bind_extra_request_metadata

from banguard.agent import client
from banguard.tracing import calls, requests_traced, sending, sql


class TracingConfig(AppConfig):
    name = "banguard.tracing"

    def ready(self) -> None:
        if settings.TRACING is None:
            raise ImproperlyConfigured("banguard.tracing is installed by BANGUARD_TRACING_URL, and by nothing else.")
        provider = sending.begin(settings.TRACING)
        connection_created.connect(sql.watch)
        client.AROUND.append(calls.traced)
        bind_extra_request_metadata.connect(requests_traced.name_in_lines)
        tasks = import_module("banguard.tracing.tasks")  # it needs models, which are there only now
        self.tasks = tasks.Tasks(at_end=provider.shutdown)
        self.tasks.follow()
