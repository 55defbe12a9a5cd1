"""Log lines with fields: JSON for machines, aligned text for a terminal. Everything goes to stdout.

Whoever writes a line, we, Django, gunicorn, django-q2 or a library, it passes the same processors, the one
that masks secrets last. A copy goes to a log platform when one is named (``core/shipping``).
"""

from __future__ import annotations

import logging
import logging.config
import sys
import threading
from types import TracebackType

import structlog

from banguard.core.masking import Masking
from banguard.env import Logs

QUIET = frozenset({"request_started"})  # the line at a request's end says all of it


def _leave_out(_logger: object, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    if event.get("event") in QUIET:
        raise structlog.DropEvent
    return event


def _name_user(_logger: object, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """What the doors bind as ``person_id``, for the audit trail too, is what log platforms call the user."""
    if "person_id" in event:
        event["user_id"] = event.pop("person_id")
    return event


SHARED: list[structlog.types.Processor] = [
    structlog.contextvars.merge_contextvars,
    _name_user,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]

# Without the frames' variables: among them are passwords and tokens.
TRACEBACKS = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))


def _fields(masking: Masking, *, as_json: bool) -> dict[str, object]:
    """A formatter. Tracebacks become text or fields before the masking, which so sees them too."""
    rendering: list[structlog.types.Processor] = (
        [TRACEBACKS, masking, structlog.processors.JSONRenderer()]
        if as_json
        else [
            structlog.processors.format_exc_info,
            masking,
            structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0),
        ]
    )
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": SHARED,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
    }


def configuration(settings: Logs) -> dict[str, object]:
    """``logging``'s configuration for us and every library."""
    masking = Masking(settings.secrets)
    handlers: dict[str, object] = {
        "stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "stdout"}
    }
    if settings.log_shipping_url:
        handlers["shipping"] = {
            "()": "banguard.core.shipping.shipper.Shipper",  # named, so that nothing is loaded where nobody ships
            "url": settings.log_shipping_url,
            "headers": dict(settings.log_shipping_headers),
            "formatter": "shipping",
        }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "stdout": _fields(masking, as_json=settings.log_format == "json"),
            "shipping": _fields(masking, as_json=True),
        },
        "handlers": handlers,
        "root": {"handlers": list(handlers), "level": "INFO"},
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            "django-q": {"handlers": [], "propagate": True, "level": "INFO"},
            "gunicorn.error": {"handlers": [], "propagate": True},
            "gunicorn.access": {"handlers": [], "level": "WARNING"},  # a request is one line, the application's
            "urllib3": {"level": "WARNING"},
            "opentelemetry": {"level": "ERROR"},  # it would tell of each try
        },
    }


def configure() -> None:
    """Lead our own events into ``logging``, so that all lines look the same; and warnings, and what nobody caught."""
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
    sys.excepthook = _note_crash
    threading.excepthook = _note_crash_of_thread


def begin(settings: Logs) -> None:
    """Both, for a process that is not Django's."""
    logging.config.dictConfig(configuration(settings))
    logging.captureWarnings(True)
    configure()


def _note_crash(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    if sys.stderr.isatty():
        sys.__excepthook__(kind, error, traceback)  # a person at a terminal, who reads no JSON
        return
    logging.getLogger("banguard").critical("crashed", exc_info=(kind, error, traceback))


def _note_crash_of_thread(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_value is not None and not isinstance(failed.exc_value, SystemExit):
        told = (failed.exc_type, failed.exc_value, failed.exc_traceback)
        logging.getLogger("banguard").critical("thread_crashed", exc_info=told)
