"""Log lines with fields: JSON for machines, aligned text for a terminal. Everything goes to stdout.

Nothing is queued: a queue's thread dies in a forked worker and takes its lines along.
"""

from __future__ import annotations

import structlog

QUIET = frozenset({"request_started"})  # the line at a request's end says all of it


def _leave_out(_logger: object, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    if event.get("event") in QUIET:
        raise structlog.DropEvent
    return event


SHARED: list[structlog.types.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]

# Without the frames' variables: among them are passwords and tokens.
TRACEBACKS = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))


def _renderer(log_format: str) -> list[structlog.types.Processor]:
    if log_format == "json":
        return [TRACEBACKS, structlog.processors.JSONRenderer()]
    return [structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)]


def configuration(log_format: str) -> dict[str, object]:
    """``logging``'s configuration for Django and every library; ``log_format`` is ``json`` or ``console``."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "fields": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderer(log_format)],
            }
        },
        "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "fields"}},
        "root": {"handlers": ["stdout"], "level": "INFO"},
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            "django-q": {"handlers": [], "propagate": True, "level": "INFO"},
            "urllib3": {"level": "WARNING"},
        },
    }


def configure() -> None:
    """Lead our own events into ``logging``, so that all lines look the same."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            _leave_out,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
