"""Carrying what all sources together want to the server, by both back ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import structlog
from django.db.models.functions import Now

from banguard.agent.client import AgentCalls
from banguard.agent.verbs import BLOCKLIST_JAIL
from banguard.blocklists import enforce_jail, enforce_kernel, wanted
from banguard.blocklists.models import Enforced, Run
from banguard.blocklists.services import trials
from banguard.blocklists.values import Enforcement, Order, Stage, Standing, State, Step
from banguard.core import locks, stopping
from banguard.core.errors import BanGuardError, Fail2banUnreachable, LockLost, WorkerStopping
from banguard.core.locks import Held
from banguard.core.networks import Network
from banguard.core.ranges import Ranges
from banguard.history import services as history
from banguard.history.values import LiftReason
from banguard.servers import services as servers
from banguard.servers.models import Server

log = structlog.get_logger(__name__)

TASK = "banguard.blocklists.tasks.enforce"
WAIT = 300.0  # seconds to wait while another import enforces


class BackEnd(Protocol):
    """A way to block, as a module: a reconciler that may be stopped anywhere and run again."""

    def standing(self, agent: AgentCalls) -> Standing: ...

    def is_there(self, agent: AgentCalls) -> bool: ...

    def steps(self, agent: AgentCalls, wanted: Ranges, order: Order) -> Iterator[Step]: ...


BACK_ENDS: dict[Enforcement, BackEnd] = {Enforcement.KERNEL: enforce_kernel, Enforcement.JAIL: enforce_jail}


def enforce_wanted(*, server: Server, wait: float = WAIT) -> tuple[int, int]:
    """Make both back ends hold what is wanted; returns how much they hold and how many changes it took.

    Waits for another enforcement of the same server to end. Raises ``LockBusy``, ``LockLost``, ``WorkerStopping``,
    ``Conflict`` while an enforcement that nobody confirmed stops all others, or what the agent raises; whatever was
    done until then stays, and the next call goes on from there. A back end that fails does not keep the other from
    its work.
    """
    with locks.hold(locks.ENFORCE, server.pk, wait=wait) as held:
        agent = servers.agent_of(server=server)
        trials.settle(server=server, agent=agent, held=held)
        with trials.asked(server=server, agent=agent, held=held) as trial:
            order = Order(held.fence, trial)
            total, changes, failure = 0, 0, None
            for enforcement in BACK_ENDS:
                one = _Reconciling(server, enforcement, agent, held)
                try:
                    total, changes = total + one.carry_out(order), changes + one.changes
                except (LockLost, WorkerStopping):
                    raise
                except BanGuardError as error:
                    one.note(problem=error.message)
                    failure = failure or error
            if failure:
                raise failure
            return total, changes


def compare(*, server: Server) -> None:
    """The same, for the schedule and after a change of sources; while somebody else is at it, it is left to them."""
    enforce_wanted(server=server, wait=0)


class _Reconciling:
    """One back end of one server, under the server's lock."""

    def __init__(self, server: Server, enforcement: Enforcement, agent: AgentCalls, held: Held) -> None:
        self.server, self.enforcement, self.agent, self.held = server, enforcement, agent, held
        self.back_end = BACK_ENDS[enforcement]
        self.changes = 0
        self._problem = ""

    def carry_out(self, order: Order) -> int:
        """How much is enforced in the end."""
        fingerprint = wanted.fingerprint(server=self.server, enforcement=self.enforcement)
        last = Enforced.objects.filter(server=self.server, enforcement=self.enforcement).first()
        standing = self.back_end.standing(self.agent)
        if last and standing.digest and (last.fingerprint, last.digest) == (fingerprint, standing.digest):
            self.note(**_told(standing))
            return last.networks
        found = wanted.wanted(server=self.server, enforcement=self.enforcement)
        networks = found.networks
        if not networks and self._is_idle(last):
            # Where no sets can be kept nothing is amiss as long as nobody wants any.
            self.note(**_told(standing) | {"problem": ""}, fingerprint=found.fingerprint, networks=0, digest="")
            return 0
        for step in self.back_end.steps(self.agent, networks, order):
            self._after(step)
        standing = self.back_end.standing(self.agent)
        told = _told(standing) | {"problem": self._problem}
        self.note(**told, fingerprint=found.fingerprint, networks=len(networks), digest=standing.digest)
        return len(networks)

    def _is_idle(self, last: Enforced | None) -> bool:
        """Whether it blocks nothing. A Fail2ban that does not run, and had nothing to hold, keeps nobody waiting."""
        try:
            return not self.back_end.is_there(self.agent)
        except Fail2banUnreachable:
            if last is not None and (last.networks or last.digest):
                raise
            return True

    def note(self, **values: object) -> None:
        """For the pages: how it stands."""
        with self.held.writing():
            Enforced.objects.update_or_create(
                server=self.server, enforcement=self.enforcement, defaults={**values, "looked_at": Now()}
            )

    def _after(self, step: Step) -> None:
        """What was done is whole: a worker that is told to stop may stop here."""
        self.held.check()
        if step.held is not None:
            self._catch_up(step.held)
        if step.lifted:
            with self.held.writing():
                history.record_lifted(
                    server=self.server, jail=BLOCKLIST_JAIL, addresses=step.lifted, reason=LiftReason.BLOCKLIST
                )
        if step.problem and step.problem != self._problem:
            log.warning("enforcement_differs", enforcement=self.enforcement.value, problem=step.problem)
        self.changes, self._problem = step.whole, step.problem
        self._tell_runs(step)
        stopping.check()

    def _tell_runs(self, step: Step) -> None:
        """Every import that waits for what it stored to be enforced is shown how far that is, whoever does it."""
        waiting = Run.objects.filter(state=State.RUNNING, stage=Stage.ENFORCE)
        with self.held.writing():
            waiting.update(done_enforcing=step.done, to_enforce=step.whole)

    def _catch_up(self, banned: Sequence[Network]) -> None:
        """What was let go without history knowing: by somebody else, or by one of us who was stopped in between."""
        with self.held.writing():
            gone = history.record_gone(
                server=self.server, jail=BLOCKLIST_JAIL, banned=banned, reason=LiftReason.BLOCKLIST
            )
        if gone:
            log.info("history_caught_up", server=self.server.name, lifted=gone)


def _told(standing: Standing) -> dict[str, object]:
    return {
        "backend": standing.backend,
        "packets": standing.packets,
        "octets": standing.octets,
        "packets6": standing.packets6,
        "octets6": standing.octets6,
        "problem": standing.problem,
    }
