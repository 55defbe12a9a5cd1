"""Addresses that jails never ban by themselves: at once in the server, and for good in its files.

A row is the wish. ``settle`` brings the files to all of them at once; they are an overlay of their own, read after
every other, so it repeats what the files before it say: Fail2ban knows no way to add to a list. The worker asks for
it soon after a change and looks each minute, so that what an administrator adds elsewhere counts within that time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from banguard.accounts import services as accounts
from banguard.accounts.values import Caller, Scope
from banguard.agent.client import AgentCalls
from banguard.agent.verbs import BLOCKLIST_JAIL
from banguard.config import overlay, selectors
from banguard.config.models import Ignored
from banguard.config.services import changing
from banguard.config.values import Wish
from banguard.core import jobs, networks
from banguard.core.errors import AgentUnreachable, Fail2banUnreachable, InvalidInput, JailUnknown, NotFound
from banguard.core.networks import Network
from banguard.servers import services as servers
from banguard.servers.models import Server

log = structlog.get_logger(__name__)

TASK = "banguard.config.tasks.settle_ignored"
MOST = 200  # addresses in one request
MOST_KEPT = 2_000  # of one server
OURSELVES = Caller("BanGuard", None, None, frozenset({Scope.CONFIGURE}))


def ignore(*, addresses: Sequence[str], jail: str | None, note: str, expires_at: datetime | None, author: str) -> int:
    """From now on a jail, or every one, bans none of these by itself; returns how many were not ignored before.

    Who is banned stays banned. Saying it again gives a new note and end. The running server is told at once; should
    it not answer, the worker tells it as soon as it does. Raises ``AddressInvalid``, ``InvalidInput``, ``JailUnknown``.
    """
    shown = f"{', '.join(addresses[:3])}{' …' if len(addresses) > 3 else ''}"
    target = f"{shown} in {jail}" if jail else f"{shown} in every jail"
    with accounts.told(action="ignore", target=target, outside=True) as change:
        wanted = _parsed(addresses)
        _refuse(jail, expires_at)
        server = servers.local()
        new = _kept(server, jail or "", wanted, {"note": note[:200], "expires_at": expires_at}, author[:150])
        _tell(server, add=[Wish(jail or "", network) for network in wanted])
        change.after = {"addresses": addresses, "jail": jail, "note": note, "expires_at": expires_at}
    return new


def heed(*, ignored_id: int) -> Ignored:
    """End one of them: from now on it is banned like any other. Raises ``NotFound``."""
    found = selectors.ignored(ignored_id=ignored_id)
    with accounts.told(action="heed", target=found, before={"note": found.note}, outside=True):
        _ended([found])
    return found


def heed_several(*, ignored_ids: Sequence[int]) -> int:
    """The same for several at once, in one record; returns how many there were. Raises ``NotFound`` for none."""
    found = selectors.ignored_among(ignored_ids=ignored_ids)
    if not found:
        raise NotFound("None of these is ignored any more.")
    before = {"notes": {str(row): row.note for row in found}}
    with accounts.told(action="heed", target=accounts.named(found), before=before, outside=True):
        _ended(found)
    return len(found)


def expire() -> None:
    """End those whose time is over, all at once."""
    over = list(Ignored.objects.filter(ended_at=None, expires_at__lte=Now()).select_related("server").order_by("pk"))
    if over:
        with accounts.told(action="heed", target=accounts.named(over), outside=True) as change:
            change.after = {"expired": [str(row) for row in over]}
            _ended(over)


def settle(*, server: Server) -> bool:
    """Bring the overlay to the wishes; whether it had to be written. Raises what changing a file raises.

    What failed is not tried again for an hour, unless something else is wished: each try loads jails.
    """
    seen = list(Ignored.objects.filter(server=server).values_list("pk", flat=True))
    agent = servers.agent_of(server=server)
    before = agent.config_file(overlay.IGNORED)
    if not seen and before.content is None:
        return False
    wishes = [Wish(row.jail, row.network) for row in Ignored.objects.filter(server=server, ended_at=None)]
    after = overlay.text(wishes, _bases(agent, {wish.jail for wish in wishes}))
    if after != before.content:
        selectors.refuse_failed_lately(server=server, path=overlay.IGNORED, content=after)
        comment = "Ignored addresses"
        changing.change(path=overlay.IGNORED, content=after, caller=OURSELVES, digest=before.digest, comment=comment)
    with transaction.atomic():
        Ignored.objects.filter(pk__in=seen, ended_at=None).update(kept=True)
        Ignored.objects.filter(pk__in=seen).exclude(ended_at=None).delete()
    return bool(after != before.content)


def _bases(agent: AgentCalls, named: set[str]) -> dict[str, overlay.Base]:
    """What the files before ours say, of each jail that may run or is named. Asked of the agent, not of what the
    collector saw: half of it would be written as if it were all."""
    jails = [jail for jail in agent.jails().jails if jail.files and (jail.enabled or jail.name in named)]
    return {jail.name: overlay.base_of(agent.config_item("jail", jail.name)) for jail in jails}


def _parsed(addresses: Sequence[str]) -> list[Network]:
    if not 1 <= len(addresses) <= MOST:
        raise InvalidInput(f"Name between 1 and {MOST} addresses.", given=len(addresses))
    found = list(dict.fromkeys(networks.parse_network(address) for address in addresses))
    for network in found:
        if network.prefixlen < networks.WIDEST[network.version]:
            raise InvalidInput(f"{network} is wider than /{networks.WIDEST[network.version]}: stop the jail instead.")
    return found


def _refuse(jail: str | None, expires_at: datetime | None) -> None:
    if jail == BLOCKLIST_JAIL:
        raise InvalidInput("What blocklists must not block is protected there, not ignored by their jail.", jail=jail)
    if jail is not None:
        selectors.jail(name=jail)
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidInput("It would end before it begins.", fields={"expires_at": "a time in the future"})


@transaction.atomic
def _kept(server: Server, jail: str, wanted: Sequence[Network], about: dict[str, object], author: str) -> int:
    rows = Ignored.objects.filter(server=server, ended_at=None)
    ours = rows.filter(jail=jail, network__in=wanted)
    known = set(ours.values_list("network", flat=True))
    ours.update(**about)
    if rows.count() + len(wanted) - len(known) > MOST_KEPT:
        raise InvalidInput(f"At most {MOST_KEPT} addresses are ignored at a time.")
    new = [
        Ignored(server=server, jail=jail, network=network, author=author, **about)
        for network in wanted
        if network not in known
    ]
    return len(Ignored.objects.bulk_create(new, ignore_conflicts=True))


def _ended(rows: Sequence[Ignored]) -> None:
    """End them, however many, and tell each server once."""
    Ignored.objects.filter(pk__in=[row.pk for row in rows]).update(ended_at=Now(), kept=False)
    for server in {row.server for row in rows}:
        _tell(server, drop=[Wish(row.jail, row.network) for row in rows if row.server == server])


def _tell(server: Server, *, add: Sequence[Wish] = (), drop: Sequence[Wish] = ()) -> None:
    """The running server, as far as it answers; the files come after. One call for each jail that it concerns."""
    jobs.enqueue(TASK)
    agent = servers.agent_of(server=server)
    wished = _wished(server, drop)
    try:
        for name in [state.name for state in agent.status().jails if state.name != BLOCKLIST_JAIL]:
            kept = _of_jail(name, wished)
            more, less = _of_jail(name, add), [one for one in _of_jail(name, drop) if one not in kept]
            if more or less:
                agent.ignore(name, add=list(more), drop=less)
    except (AgentUnreachable, Fail2banUnreachable, JailUnknown) as error:
        log.warning("ignoring_told_later", server=server.name, error_code=error.code, reason=error.message)


def _of_jail(name: str, wishes: Iterable[Wish]) -> dict[Network, None]:
    """The networks of those that count in a jail, each once and in order."""
    return dict.fromkeys(wish.network for wish in wishes if wish.jail in {"", name})


def _wished(server: Server, dropped: Sequence[Wish]) -> list[Wish]:
    """What other rows still wish of the same networks."""
    rows = Ignored.objects.filter(server=server, ended_at=None, network__in=[wish.network for wish in dropped])
    return [Wish(jail, network) for jail, network in rows.values_list("jail", "network")] if dropped else []
