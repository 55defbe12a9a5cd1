"""Carrying what all sources together want to the server."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from banguard.agent.verbs import BLOCKLIST_JAIL
from banguard.blocklists import diff, enforce
from banguard.blocklists.values import Change, Enforcement
from banguard.blocklists.wanted import wanted as wanted_of
from banguard.core import jobs, locks, networks, ranges
from banguard.core.errors import FeedTooLarge
from banguard.core.locks import Held
from banguard.history import services as history
from banguard.history.values import LiftReason
from banguard.servers import services as servers
from banguard.servers.models import Server

log = structlog.get_logger(__name__)

TASK = "banguard.blocklists.tasks.enforce"
RETRY = "blocklists.enforce"  # the schedule that is there while the server is behind what is wanted
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
        if not wanted and not enforce.is_laid(agent):
            return 0, 0
        actual = enforce.blocked(agent, held.fence)
        _catch_up(actual, server, held)
        change = diff.diff(wanted=wanted, actual=actual)
        _carry_out(change, server, held, progress)
        return enforce.verify(agent, wanted), len(change)


def enforce_until_done(*, server: Server) -> None:
    """The same after a change of sources. When it fails it is tried again each minute, until it succeeds."""
    jobs.keep_schedule(RETRY, TASK, cron="* * * * *")
    enforce_wanted(server=server, progress=lambda _done, _whole: None)
    jobs.keep_schedule(RETRY, TASK, cron=None)


def _catch_up(actual: Sequence[str], server: Server, held: Held) -> None:
    """What was let go without history knowing: by somebody else, or by one of us who was stopped in between."""
    banned = [networks.parse_network(text) for text in actual]
    with held.writing():
        gone = history.record_gone(server=server, jail=BLOCKLIST_JAIL, banned=banned, reason=LiftReason.BLOCKLIST)
    if gone:
        log.info("history_caught_up", server=server.name, lifted=gone)


def _wanted(server: Server) -> tuple[str, ...]:
    allowed = tuple(ranges.texts(wanted_of(server=server, enforcement=Enforcement.JAIL).networks))
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
