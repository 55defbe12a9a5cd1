"""``python -m banguard.agent``: the one process with power over the guarded machine."""

from __future__ import annotations

import grp
import signal
import sys
import threading

import structlog

from banguard.agent.guarded import Guarded, guard
from banguard.agent.server import AgentServer
from banguard.core import logs
from banguard.core.errors import BanGuardError
from banguard.env import AgentEnvironment, EnvironmentInvalid, read

log = structlog.get_logger("banguard.agent")


def main() -> int:
    try:
        environment = read(AgentEnvironment)
        logs.begin(environment)
        guarded = guard(environment)
        server = AgentServer(environment.agent_socket, guarded, group=group_id(environment.agent_group))
    except (EnvironmentInvalid, BanGuardError, OSError) as error:
        sys.stderr.write(f"The agent cannot start. {error}\n")
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    guarded.enforcement.resume_soon()
    threading.Thread(target=_recover, args=(guarded,), daemon=True).start()
    server.serve()
    return 0


def _recover(guarded: Guarded) -> None:
    """End a change of the configuration in whose middle the last agent was killed; calls that change it wait."""
    try:
        guarded.transaction.recover()
    except BanGuardError as error:
        log.error("recovery_failed", error_code=error.code, reason=error.message)


def group_id(group: str | None) -> int | None:
    """``group`` is a name or a number. Raises ``EnvironmentInvalid``."""
    if group is None or group == "":
        return None
    try:
        return int(group) if group.isdecimal() else grp.getgrnam(group).gr_gid
    except KeyError as error:
        raise EnvironmentInvalid(f"BANGUARD_AGENT_GROUP names a group that is not there: {group}") from error


if __name__ == "__main__":
    sys.exit(main())
