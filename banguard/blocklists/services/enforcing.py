"""Carrying what all sources together want to the server."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from banguard.agent.verbs import BLOCKLIST_JAIL
from banguard.blocklists import diff, enforce, merge, selectors
from banguard.blocklists.values import Change
from banguard.core import locks
from banguard.core.errors import FeedTooLarge
from banguard.core.locks import Held
from banguard.history import services as history
from banguard.history.values import LiftReason
from banguard.servers import services as servers
from banguard.servers.models import Server

log = structlog.get_logger(__name__)

TASK = "banguard.blocklists.tasks.enforce"
WAIT = 300.0  # seconds to wait while another import enforces
MOST_FOR_A_JAIL = 50_000  # networks; with a real firewall action every thousand take ten seconds

Progress = Callable[[int, int], None]  # changes made, changes to make


def enforce_wanted(*, server: Server, progress: Progress) -> tuple[int, int]:
    """Make the server's blocklist jail hold what is wanted; returns how much it holds and how many changes it took.

    Waits for another enforcement of the same server to end. Raises ``LockBusy``, ``LockLost`` or what the
    agent raises; whatever was done until then stays, and the next call goes on from there.
    """
    with locks.hold(locks.ENFORCE, server.pk, wait=WAIT) as held:
        wanted = _wanted(server)
        agent = servers.agent_of(server=server)
        change = diff.diff(wanted=wanted, actual=enforce.blocked(agent, held.fence))
        _carry_out(change, server, held, progress)
        return enforce.verify(agent, wanted), len(change)


def _wanted(server: Server) -> tuple[str, ...]:
    protected = servers.protected_networks(server=server).networks
    allowed = merge.merge(merge.spans_of(selectors.wanted()), protected=protected).allowed
    if len(allowed) > MOST_FOR_A_JAIL:
        raise FeedTooLarge(
            f"All lists together are {len(allowed)} networks; Fail2ban takes them one by one, so a jail is for at most "
            f"{MOST_FOR_A_JAIL}. Disable a list, or keep it without enforcing it.",
            networks=len(allowed),
            limit=MOST_FOR_A_JAIL,
        )
    return allowed


def _carry_out(change: Change, server: Server, held: Held, progress: Progress) -> None:
    done = 0
    progress(done, len(change))
    for step in enforce.steps(servers.agent_of(server=server), change, held.fence):
        held.check()
        done += step.done
        if step.lifted:
            with held.writing():
                history.record_lifted(
                    server=server, jail=BLOCKLIST_JAIL, addresses=step.lifted, reason=LiftReason.BLOCKLIST
                )
        progress(done, len(change))
    log.info("blocklists_enforced", server=server.name, added=len(change.add), removed=len(change.remove))
