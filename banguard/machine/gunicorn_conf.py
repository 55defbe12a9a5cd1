"""How gunicorn serves BanGuard. Threads, because pages wait for PostgreSQL far more than they compute."""

from __future__ import annotations

import gc
from importlib import import_module
from typing import Any

from banguard.core import logs, slots
from banguard.env import Environment, read

slots.use()
logs.configure()
logconfig_dict = logs.configuration(read(Environment))

wsgi_app = "banguard.wsgi"
worker_class = "gthread"
workers = 2
threads = 4
graceful_timeout = 20
control_socket_disable = True
loglevel = "warning"  # requests are logged by the application, with their ids


def post_worker_init(worker: Any) -> None:
    """Django is there now, and only in this worker; it may not be imported before."""
    presence = import_module("banguard.core.presence")
    presence.begin(presence.Role.WEB)
    import_module("banguard.core.downloads").share(worker.cfg.threads)
    settle()


def settle() -> None:
    """Load what the first request would wait for, and look for garbage in that no more.

    A whole collection looks at some 180,000 objects that live as long as the process: a tenth of a second, in the
    middle of somebody's request.
    """
    import_module("banguard.urls")
    gc.collect()
    gc.freeze()
