"""Reaching a server, and writing down how it was found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone

from banguard.accounts import selectors as accounts
from banguard.agent.client import Agent
from banguard.agent.verbs import Jails
from banguard.agent.verbs import Status as AgentStatus
from banguard.core import networks
from banguard.core.errors import BanGuardError, Conflict, InvalidInput
from banguard.servers import selectors
from banguard.servers.models import ProtectedNetwork, Server, Status
from banguard.servers.selectors import LOCAL
from banguard.servers.values import Protected

PEOPLE_FOR = timedelta(days=30)  # since a sign-in, its address is not blocked


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
    """What no list and no hand may block on this server, each with its reason.

    Asks the agent, since only the guarded machine knows its own addresses; so nothing is blocked while
    they are unknown.
    """
    machine = agent_of(server=server).machine()
    named = [(network, "an address of this machine") for network in machine.own]
    named += [(network, "this machine's gateway") for network in machine.gateways]
    named += [(network, "this machine's name server") for network in machine.resolvers]
    named += [(network, "in Fail2ban's ignoreip") for network in machine.ignored]
    named += [(one.network, f"protected: {one.note}") for one in selectors.protected(now=True)]
    people = accounts.sign_in_addresses(within=PEOPLE_FOR)
    named += [(networks.parse_network(address), "where one of our people signed in") for address in people]
    return Protected(named=tuple(named), special=networks.SPECIAL_USE)


def protect(*, network: str, note: str, expires_at: datetime | None, created_by: str) -> ProtectedNetwork:
    """Never block this network. Raises ``AddressInvalid``, ``InvalidInput``, or ``Conflict`` if it is there already."""
    wanted = networks.parse_network(network)
    if wanted.prefixlen < networks.WIDEST[wanted.version]:
        raise InvalidInput("So wide a network would make every list worthless.", fields={"network": "Too wide."})
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidInput("This time is over already.", fields={"expires_at": "This is over already."})
    selectors.protected(now=False).filter(network=wanted, expires_at__lte=Now()).delete()
    values = {"note": note, "expires_at": expires_at, "created_by": created_by[:150]}
    made, is_new = ProtectedNetwork.objects.get_or_create(network=wanted, defaults=values)
    if not is_new:
        raise Conflict(f"{networks.text_of(wanted)} is protected already: {made.note}.", id=made.pk)
    return selectors.protected_network(protected_id=made.pk)


def unprotect(*, protected_id: int) -> None:
    """Let a network be blocked again. Raises ``NotFound``."""
    selectors.protected_network(protected_id=protected_id).delete()


def unprotect_several(*, protected_ids: Sequence[int]) -> int:
    """The same for several at once; how many of them were there."""
    return ProtectedNetwork.objects.filter(pk__in=protected_ids).delete()[0]
