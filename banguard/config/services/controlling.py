"""Starting, stopping and pausing jails."""

from __future__ import annotations

from contextlib import suppress

from banguard.accounts import services as accounts
from banguard.agent.client import Agent
from banguard.agent.control_verbs import What
from banguard.agent.verbs import BLOCKLIST_JAIL
from banguard.config import selectors
from banguard.config.models import Pause
from banguard.core import locks
from banguard.core.errors import InvalidInput, Unavailable
from banguard.servers import services as servers
from banguard.servers.models import Server

PATIENCE = 15.0  # seconds to wait for a change that is being made


def control(*, jail: str, what: What, by: str) -> None:
    """Tell a running server what to do with one jail; returns once it is done, and was looked at again.

    Raises ``JailUnknown``, ``Conflict`` when the files will not do or do not enable the jail, and ``LockBusy``
    while somebody changes the configuration.
    """
    with accounts.told(action=f"jail.{what}", target=jail, outside=True):
        selectors.jail(name=jail)
        if jail == BLOCKLIST_JAIL and what in {"stop", "idle"}:
            raise InvalidInput(f"{jail} holds what the blocklists block: switch their enforcement off instead.")
        server = servers.local()
        agent = servers.agent_of(server=server)
        with locks.hold(locks.CONFIGURE, server.pk, wait=PATIENCE) as held:
            agent.control(jail, what, fence=held.fence)
            with held.writing():
                _note_pause(server, jail, idle=what == "idle", by=by)
    _look_again(server, agent)


def _note_pause(server: Server, jail: str, *, idle: bool, by: str) -> None:
    if idle:
        Pause.objects.get_or_create(server=server, jail=jail, defaults={"by": by[:150]})
    else:
        Pause.objects.filter(server=server, jail=jail).delete()


def _look_again(server: Server, agent: Agent) -> None:
    """So that whoever asked sees what came of it. One too busy to say is asked again by the collector."""
    with suppress(Unavailable):
        servers.record_up(server=server, status=agent.status())
