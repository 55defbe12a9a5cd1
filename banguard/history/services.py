"""Following a server into history, and banning and unbanning through it."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from django.db import transaction
from django.db.models.functions import Now

from banguard.accounts import services as accounts
from banguard.agent.client import Agent
from banguard.agent.verbs import BLOCKLIST_JAIL
from banguard.core import networks
from banguard.core.errors import AddressProtected, InvalidInput, JailUnknown
from banguard.core.locks import Held
from banguard.core.networks import Network
from banguard.history import collect, normalise, selectors, store
from banguard.history.models import Cursor
from banguard.history.values import LiftReason, Place
from banguard.servers import services as servers
from banguard.servers.models import Server
from banguard.servers.values import Protected

log = structlog.get_logger(__name__)

MOST = 1_000  # addresses in one request: with a real firewall action that is ten seconds


def follow(*, server: Server, held: Held) -> int:
    """Store what is new since the last time; returns how many bans were new. Raises our own errors."""
    stored, complete = 0, False
    while not complete:
        some, complete = follow_once(server=server, held=held)
        stored += some
    return stored


def follow_once(*, server: Server, held: Held) -> tuple[int, bool]:
    """One batch of it; returns how many bans were new, and whether that was all there is."""
    cursor, _made = Cursor.objects.get_or_create(server=server)
    place = Place(cursor.rowid, cursor.mark)
    found = collect.new_rows(servers.agent_of(server=server), place)
    if found.place == place:
        return 0, found.complete
    if not found.place.rowid:
        log.info("history_read_again", server=server.name, rowid=place.rowid)
    stored = store.batch(server=server, episodes=normalise.episodes(found.rows), place=found.place, held=held)
    return stored, found.complete


def ban(*, addresses: Sequence[str], jail: str | None, caller_address: str) -> int:
    """Ban addresses and networks in one jail, or in every running one but the blocklists'; returns how many are new.

    All or nothing as far as can be known before: one address that may not be blocked refuses the call
    with ``AddressProtected``, one that cannot be read with ``AddressInvalid``.
    """
    with accounts.told(action="ban", target=_told(addresses, jail), outside=True) as change:
        wanted = _parsed(addresses)
        server = servers.local()
        _refuse_protected(wanted, server, caller_address)
        agent = servers.agent_of(server=server)
        count = sum(agent.ban(jail=name, addresses=wanted).count for name in _jails_to_ban_in(agent, jail))
        change.after = {"addresses": addresses, "jail": jail, "count": count}
    return count


def unban(*, addresses: Sequence[str], jail: str | None) -> int:
    """Unban in one jail, or in every one; returns how many bans ended. History keeps them."""
    with accounts.told(action="unban", target=_told(addresses, jail), outside=True) as change:
        wanted = _parsed(addresses)
        server = servers.local()
        lifted = servers.agent_of(server=server).unban(jail=jail, addresses=wanted).count
        with transaction.atomic():
            for network in wanted:
                _record_unban(server, jail, network)
        change.after = {"addresses": addresses, "jail": jail, "count": lifted}
    return lifted


def _told(addresses: Sequence[str], jail: str | None) -> str:
    more = f" and {len(addresses) - 3} more" if len(addresses) > 3 else ""
    return f"{', '.join(addresses[:3])}{more} in {jail or 'every jail'}"


def record_lifted(*, server: Server, jail: str, addresses: Sequence[Network], reason: LiftReason) -> None:
    """Write the end of these bans. One statement, however many addresses."""
    active = selectors.active(server=server, jail=jail)
    active.filter(address__in=addresses).update(lifted_at=Now(), lift_reason=reason)


def record_gone(*, server: Server, jail: str, banned: Sequence[Network], reason: LiftReason) -> int:
    """Write the end of what history holds for active although the jail holds only ``banned``; returns how many."""
    active = selectors.active(server=server, jail=jail)
    return active.exclude(address__in=banned).update(lifted_at=Now(), lift_reason=reason)


def _record_unban(server: Server, jail: str | None, network: Network) -> None:
    """As Fail2ban does it: where the network itself is banned it alone ends, elsewhere whatever lies inside it."""
    active = selectors.active(server=server, jail=jail)
    end = {"lifted_at": Now(), "lift_reason": LiftReason.MANUAL}
    if network.num_addresses > 1:
        itself = list(active.filter(address=network).values_list("jail", flat=True))
        active.filter(address__net_contained=network).exclude(jail__in=itself).update(**end)
    active.filter(address=network).update(**end)


def _jails_to_ban_in(agent: Agent, jail: str | None) -> list[str]:
    if jail == BLOCKLIST_JAIL:
        raise InvalidInput(
            f"What the jail {BLOCKLIST_JAIL} holds is what the blocklists hold: ban in another.", jail=jail
        )
    if jail is not None:
        return [jail]
    running = [state.name for state in agent.status().jails if state.name != BLOCKLIST_JAIL]
    if not running:
        raise JailUnknown("Fail2ban runs no jail to ban in.")
    return running


def _parsed(addresses: Sequence[str]) -> list[Network]:
    if not 1 <= len(addresses) <= MOST:
        raise InvalidInput(f"Name between 1 and {MOST} addresses.", given=len(addresses))
    return [networks.parse_network(address) for address in addresses]


def _refuse_protected(wanted: Sequence[Network], server: Server, caller_address: str) -> None:
    caller = [networks.parse_network(caller_address)] if caller_address else []  # none: through a Unix socket
    protected = servers.protected_networks(server=server)
    for network in wanted:
        reason = _reason_against(network, caller, protected)
        if reason:
            text = networks.text_of(network)
            raise AddressProtected(f"{text} may not be blocked: {reason}.", address=text, reason=reason)


def _reason_against(network: Network, caller: Sequence[Network], protected: Protected) -> str | None:
    if network.prefixlen < networks.WIDEST[network.version]:
        return f"it is wider than /{networks.WIDEST[network.version]}"
    if networks.overlaps_any(network, caller):
        return f"{networks.text_of(caller[0])} is where you are calling from"
    return protected.reason_against(network)
