"""Reaching a server, and writing down how it was found."""

from __future__ import annotations

from django.conf import settings
from django.db.models.functions import Now

from banguard.agent.client import Agent
from banguard.agent.verbs import Jails
from banguard.agent.verbs import Status as AgentStatus
from banguard.core import networks
from banguard.core.errors import BanGuardError
from banguard.servers.models import Server, Status
from banguard.servers.selectors import LOCAL
from banguard.servers.values import Protected


def local() -> Server:
    """The server beside us; its row is made when it is first asked for."""
    return Server.objects.get_or_create(name=LOCAL)[0]


def agent_of(*, server: Server) -> Agent:
    """A client of the agent on the server's machine. It raises ``AgentUnreachable`` when used, not here."""
    return Agent(settings.AGENT_SOCKET)


def record_up(*, server: Server, status: AgentStatus) -> None:
    jails = [jail.model_dump() for jail in status.jails]
    _record(server, up=True, reason="", version=status.version[:32], jails=jails)


def record_down(*, server: Server, error: BanGuardError) -> None:
    _record(server, up=False, reason=error.message[:500], version="", jails=[])


def record_jails(*, server: Server, jails: Jails) -> None:
    """Keep what the configuration says of each jail; its live counts come with every status."""
    configured = [jail.model_dump(exclude={"state"}) for jail in jails.jails]
    Status.objects.filter(server=server).update(configured=configured)


def _record(server: Server, **seen: object) -> None:
    Status.objects.update_or_create(server=server, defaults={**seen, "seen_at": Now()})


def protected_networks(*, server: Server) -> Protected:
    """What no list and no hand may block on this server: special-use ranges and what the machine lives by.

    Asks the agent, since only the guarded machine knows its own addresses; so nothing is blocked while
    they are unknown.
    """
    machine = agent_of(server=server).machine()
    own = [(network, "an address of this machine") for network in machine.own]
    gateways = [(network, "this machine's gateway") for network in machine.gateways]
    resolvers = [(network, "this machine's name server") for network in machine.resolvers]
    return Protected(machine=tuple(own + gateways + resolvers), special=networks.SPECIAL_USE)
