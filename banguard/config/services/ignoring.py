"""Addresses that jails never ban by themselves: at once in the server, and for good in its files.

A row is the wish. ``settle`` brings the files to all of them at once; they are an overlay of their own, read after
every other, so it repeats what the files before it say: Fail2ban knows no way to add to a list. The worker asks for
it soon after a change and looks each minute, so that what an administrator adds elsewhere counts within that time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import QuerySet
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
from banguard.core.errors import AgentUnreachable, Fail2banUnreachable, InvalidInput, JailUnknown
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
        _tell(server, jail, add=wanted)
        change.after = {"addresses": addresses, "jail": jail, "note": note, "expires_at": expires_at}
    return new


def heed(*, ignored_id: int) -> Ignored:
    """End one of them: from now on it is banned like any other. Raises ``NotFound``."""
    found = selectors.ignored(ignored_id=ignored_id)
    with accounts.told(action="heed", target=found, before={"note": found.note}, outside=True):
        _end(Ignored.objects.filter(pk=found.pk))
        _tell(found.server, found.jail or None, drop=[found.network])
    return found


def expire() -> None:
    """End those whose time is over."""
    for row in list(Ignored.objects.filter(ended_at=None, expires_at__lte=Now()).select_related("server")):
        with accounts.told(action="heed", target=row, outside=True) as change:
            change.after = {"expired": True}
            _end(Ignored.objects.filter(pk=row.pk))
            _tell(row.server, row.jail or None, drop=[row.network])


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


def _end(rows: QuerySet[Ignored]) -> None:
    rows.update(ended_at=Now(), kept=False)


def _tell(server: Server, jail: str | None, *, add: Sequence[Network] = (), drop: Sequence[Network] = ()) -> None:
    """The running server, as far as it answers; the files come after. One call for each jail."""
    jobs.enqueue(TASK)
    agent = servers.agent_of(server=server)
    try:
        running = [state.name for state in agent.status().jails if state.name != BLOCKLIST_JAIL]
        for name in [one for one in running if jail in (None, one)]:
            agent.ignore(name, add=add, drop=_no_longer_wished(server, name, drop))
    except (AgentUnreachable, Fail2banUnreachable, JailUnknown) as error:
        log.warning("ignoring_told_later", jail=jail, error_code=error.code, reason=error.message)


def _no_longer_wished(server: Server, jail: str, networks: Sequence[Network]) -> list[Network]:
    """Without those that another row still wishes for this jail."""
    if not networks:
        return []
    rows = Ignored.objects.filter(server=server, ended_at=None, jail__in=("", jail), network__in=networks)
    wished = set(rows.values_list("network", flat=True))
    return [network for network in networks if network not in wished]
