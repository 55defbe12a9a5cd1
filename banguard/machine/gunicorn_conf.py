"""How gunicorn serves BanGuard. Threads, because pages wait for PostgreSQL far more than they compute."""

from __future__ import annotations

import os
from typing import Any

from prometheus_client import multiprocess

from banguard.core import logs
from banguard.env import Environment, read

logs.configure()
logconfig_dict = logs.configuration(read(Environment))
wsgi_app = "banguard.wsgi"
worker_class = "gthread"
workers = 2
threads = 4
graceful_timeout = 20
control_socket_disable = True
loglevel = "warning"  # requests are logged by the application, with their ids


def child_exit(_server: Any, worker: Any) -> None:
    """Forgets the gauges of a worker that has ended."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
