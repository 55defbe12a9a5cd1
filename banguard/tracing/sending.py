"""Where spans go: to one OTLP endpoint over HTTP, in batches, from a thread. Nothing that is traced waits for it."""

from __future__ import annotations

import socket

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased

from banguard import __version__
from banguard.envtypes import Tracing

SECONDS = 3  # for one batch, of which two may wait: so long may a process that ends wait for an endpoint that is dead
WAITING, BATCH = 1_024, 512  # spans; what does not fit is lost
DELAY = 1_000  # milliseconds


def begin(wanted: Tracing) -> TracerProvider:
    """From now on a share of this process's traces, and of those that it forks, is sent; what is left, at its end."""
    names = {"service.name": "banguard", "service.version": __version__, "host.name": socket.gethostname()}
    provider = TracerProvider(sampler=TraceIdRatioBased(wanted.share), resource=Resource.create(names))
    exporter = OTLPSpanExporter(endpoint=wanted.endpoint, headers=dict(wanted.headers), timeout=SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter, WAITING, DELAY, BATCH))
    trace.set_tracer_provider(provider)
    return provider
