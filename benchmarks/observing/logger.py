"""A process that logs: ``python -m benchmarks.observing.logger URL SECONDS PER_SECOND``, lines numbered from 0 on.

With a fourth argument it forks after the first line, and the child writes the odd numbers.
"""

from __future__ import annotations

import os
import sys
import time

import structlog

from banguard import env
from banguard.core import logs


def main(url: str, seconds: str, per_second: str, *forks: str) -> None:
    given = {"BANGUARD_AGENT_SOCKET": "/run/x", "BANGUARD_LOG_SHIPPING_URL": url}
    logs.begin(env.read(env.AgentEnvironment, given))
    log = structlog.get_logger("load")
    step, first, total = 1, 0, int(float(seconds) * float(per_second))
    child = None
    if forks:
        log.info("before", number=total)
        child = os.fork()
        step, first = 2, 0 if child else 1
    begun = time.monotonic()
    for number in range(first, total, step):
        log.info("load", number=number)
        time.sleep(max(0.0, begun + number / float(per_second) - time.monotonic()))
    if child:
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
