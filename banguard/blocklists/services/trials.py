"""Enforcements that somebody has to confirm: whoever locks themselves out with one is let in again.

The switch itself is held by the agent (``agent/switch.py``), which needs neither the worker nor the database to take
things back. Here is what people see of it, and the stop: after one was taken back nothing more is enforced until
somebody tries again, or the next comparison would do what has just been undone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog
from django.db.models.functions import Now

from banguard.accounts import services as accounts
from banguard.agent import kernel_verbs as verbs
from banguard.agent.client import AgentCalls
from banguard.blocklists import selectors
from banguard.blocklists.models import Run, Trial
from banguard.blocklists.values import LONGEST_TRIAL, UNFINISHED, TrialState
from banguard.core import jobs
from banguard.core.errors import Conflict
from banguard.core.locks import Held
from banguard.servers import services as servers
from banguard.servers.models import Server

log = structlog.get_logger(__name__)

TASK = "banguard.blocklists.tasks.enforce"
OPEN = (TrialState.BEGUN, TrialState.ARMED)


def ask(*, server: Server, seconds: int, asked_by: str) -> Trial:
    """Have the next enforcement confirmed, and ask for one: for a change of what is protected.

    An import carries its own wish (``Run.confirm_within``).
    """
    with accounts.told(action="enforcement.ask", target=server.name) as change:
        trial = Trial.objects.create(server=server, seconds=seconds, asked_by=asked_by[:150])
        change.after = {"trial": trial.pk, "seconds": seconds}
        jobs.enqueue(TASK)
    return trial


@contextmanager
def asked(*, server: Server, agent: AgentCalls, held: Held) -> Iterator[verbs.Trial | None]:
    """The block of one enforcement, with what the agent is to be told if it has to be confirmed.

    Raises ``Conflict`` while one that was taken back stops all others.
    """
    trial = _under_way(server, held)
    if trial is None:
        yield None
        return
    yield verbs.Trial(number=trial.pk, seconds=trial.seconds)
    state = agent.trial()
    with held.writing():
        if state.number != trial.pk:
            _end(trial, TrialState.NEEDLESS)
        elif state.state == "armed":
            confirm_by = Now() + timedelta(seconds=state.remaining)
            Trial.objects.filter(pk=trial.pk).update(state=TrialState.ARMED, confirm_by=confirm_by)


def settle(*, server: Server, agent: AgentCalls, held: Held) -> None:
    """Write down how the newest one ended, by the agent's word."""
    trial = selectors.newest_trial(server=server)
    if trial is None or trial.state not in OPEN:
        return
    state = agent.trial()
    with held.writing():
        if state.number == trial.pk and state.state in {"kept", "taken_back"}:
            _end(trial, TrialState(state.state))


def confirm(*, trial_id: int, confirmed_by: str) -> Trial:
    """Keep what was enforced. Raises ``NotFound``, and ``Conflict`` when it came too late."""
    trial = selectors.trial(trial_id=trial_id)
    with accounts.told(action="enforcement.confirm", target=trial.server.name, outside=True) as change:
        state = servers.agent_of(server=trial.server).keep_trial(trial.pk)
        kept = state.number == trial.pk and state.state == "kept"
        if state.number == trial.pk and state.state in {"kept", "taken_back"}:
            _end(trial, TrialState(state.state))
        if not kept:
            raise Conflict("Nobody had confirmed it in time: it was taken back.", trial=trial.pk)
        change.after = {"trial": trial.pk, "confirmed_by": confirmed_by}
    return selectors.trial(trial_id=trial_id)


def go_on(*, trial_id: int) -> Trial:
    """Enforce again after one was taken back, to be confirmed like that one."""
    trial = selectors.trial(trial_id=trial_id)
    with accounts.told(action="enforcement.again", target=trial.server.name):
        if not Trial.objects.filter(pk=trial.pk, state=TrialState.TAKEN_BACK).update(state=TrialState.PASSED):
            raise Conflict("This enforcement was not taken back.", trial=trial.pk)
    return ask(server=trial.server, seconds=trial.seconds, asked_by=trial.asked_by)


def _under_way(server: Server, held: Held) -> Trial | None:
    newest = selectors.newest_trial(server=server)
    young = Trial.objects.filter(begun_at__gt=Now() - LONGEST_TRIAL)
    if newest and newest.state in OPEN and young.filter(pk=newest.pk).exists():
        return newest
    decided = Trial.objects.filter(
        state__in=[TrialState.KEPT, TrialState.TAKEN_BACK, TrialState.PASSED], run__isnull=False
    )
    asking = Run.objects.filter(state__in=UNFINISHED, confirm_within__isnull=False)
    run = asking.exclude(pk__in=decided.values("run")).order_by("pk").first()
    if run and run.confirm_within:
        with held.writing():
            return Trial.objects.create(server=server, run=run, seconds=run.confirm_within, asked_by=run.asked_by)
    if newest and newest.state == TrialState.TAKEN_BACK:
        raise Conflict(
            "Nothing more is enforced: nobody confirmed the last enforcement, and it was taken back. Protect your own "
            "networks or switch the list off, then enforce again.",
            trial=newest.pk,
        )
    return None


def _end(trial: Trial, outcome: TrialState) -> None:
    ended = Trial.objects.filter(pk=trial.pk, state__in=OPEN)
    if ended.update(state=outcome, ended_at=Now()):
        log.info("trial_ended", trial=trial.pk, outcome=outcome.value)
