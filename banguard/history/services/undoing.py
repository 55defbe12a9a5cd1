"""Taking back what somebody has just done by hand: the ban of a wrong address, or an unban too many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.db.models import Q

from banguard.agent.verbs import BLOCKLIST_JAIL
from banguard.core import networks
from banguard.core.networks import Network
from banguard.history import selectors
from banguard.history.services.banning import MOST, ban, unban
from banguard.history.values import Reversal
from banguard.servers import selectors as seen
from banguard.servers import services as servers


def reversal_of(*, what: str, addresses: Sequence[str], jail: str | None) -> Reversal | None:
    """What would take back a ban or unban that is about to be made; None when there is nothing, or too much.

    A ban is taken back only where the address was not banned before, an unban only where it was. What the
    blocklists hold is not ours to take back. Raises ``AddressInvalid``. One query.
    """
    wanted = [networks.parse_network(address) for address in addresses]
    jails = _not_banned(wanted, jail) if what == "ban" else _banned(wanted, jail)
    if not 0 < sum(map(len, jails.values())) <= MOST:
        return None
    return Reversal("unban" if what == "ban" else "ban", {name: tuple(some) for name, some in jails.items()})


def undo(*, reversal: Reversal, caller_address: str) -> int:
    """Carry it out; returns how many bans were lifted or made. Raises what banning and unbanning raise."""
    count = 0
    for jail, addresses in reversal.jails.items():
        if reversal.what == "unban":
            count += unban(addresses=addresses, jail=jail)
        else:
            count += ban(addresses=addresses, jail=jail, caller_address=caller_address)
    return count


def _banned(wanted: Sequence[Network], jail: str | None) -> dict[str, list[str]]:
    """The bans in force of these, and of whatever lies inside, by jail."""
    inside = Q(address__in=[network for network in wanted if network.num_addresses == 1])
    for network in wanted:
        if network.num_addresses > 1:
            inside |= Q(address__net_contained_or_equal=network)
    active = selectors.active(server=servers.local(), jail=jail).exclude(jail=BLOCKLIST_JAIL).filter(inside)
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, address in active.values_list("jail", "address").distinct()[: MOST + 1]:
        found[name].append(networks.text_of(address))
    return found


def _not_banned(wanted: Sequence[Network], jail: str | None) -> dict[str, list[str]]:
    """Each of these in each jail that would ban it, unless it is banned there now."""
    names = [jail] if jail else [one.name for one in seen.seen().jails if one.name != BLOCKLIST_JAIL]
    active = selectors.active(server=servers.local(), jail=jail).filter(address__in=wanted)
    known = set(active.values_list("jail", "address"))
    found = {
        name: [networks.text_of(one) for one in dict.fromkeys(wanted) if (name, one) not in known] for name in names
    }
    return {name: some for name, some in found.items() if some}
