"""One edit after the other, and after each the question: is what runs the last good configuration?"""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from banguard.agent.config_verbs import Change, encoded
from banguard.core.errors import BanGuardError
from banguard.core.networks import parse_network
from banguard.fail2ban.configfolder import digest
from benchmarks.breakage.edits import Edit, edit
from benchmarks.breakage.guarded import NAMES, GuardedMachine, Snapshot, wait_until

BANNED = parse_network("192.0.2.1")  # in each jail, from the beginning on
LONGEST_WAIT = 1.0  # seconds until an accident; an edit takes one on an idle machine
PAUSE = 1.0  # seconds that a paused Fail2ban sleeps
WELL_WITHIN = 30.0  # seconds


@dataclass(frozen=True)
class Outcome:
    """``ended``: applied, put_back, broken, an error's code, or unknown. ``recovery`` in seconds from the edit's end.

    ``broken``: what was wrong with the server then; ``strayed``: the files are neither as before nor as after.
    """

    edit: Edit
    ended: str
    recovery: float
    broken: str
    strayed: bool


def run(machine: GuardedMachine, edits: int, seed: int, tell: Callable[[int, Outcome], None]) -> list[Outcome]:
    chance = random.Random(seed)  # noqa: S311 - to be repeated
    for jail in NAMES:
        machine.agent.ban(jail, [BANNED])
    wait_until(lambda: not _trouble(machine), WELL_WITHIN, "the server was not well to begin with")
    found = []
    for number in range(1, edits + 1):
        found.append(_one(machine, edit(chance), chance.uniform(0, LONGEST_WAIT)))
        tell(number, found[-1])
    return found


def _one(machine: GuardedMachine, made: Edit, moment: float) -> Outcome:
    before = machine.snapshot()
    accident = threading.Timer(moment, _accident, (machine, made.accident))
    if made.accident:
        accident.start()
    ended = _apply(machine, made)
    accident.cancel()
    if made.accident:
        accident.join()
    begun = time.monotonic()
    broken = _bring_up(machine)
    recovery = time.monotonic() - begun
    return Outcome(made, ended, recovery, broken, _strayed(machine, made, ended, before))


def _apply(machine: GuardedMachine, made: Edit) -> str:
    path = machine.config / made.path
    now = path.read_bytes() if path.exists() else None
    change = {"path": made.path, "content": encoded(made.content), "before": digest(now)}
    try:
        return machine.agent.config_change([Change.model_validate(change)]).state
    except BanGuardError as error:
        return error.code


def _accident(machine: GuardedMachine, kind: str) -> None:
    if kind == "agent_killed":
        machine.signal("agent", signal.SIGKILL)
    elif kind == "fail2ban_killed":
        machine.signal("fail2ban", signal.SIGKILL)
    else:
        machine.signal("fail2ban", signal.SIGSTOP)
        time.sleep(PAUSE)
        machine.signal("fail2ban", signal.SIGCONT)


def _bring_up(machine: GuardedMachine) -> str:
    """Start again what was killed, as systemd does. Returns what stays wrong with the server."""
    for name in ("fail2ban", "agent"):
        if not machine.is_up(name):
            machine.start(name)
    until = time.monotonic() + WELL_WITHIN
    while (trouble := _trouble(machine)) and time.monotonic() < until:
        time.sleep(0.2)
    return trouble


def _trouble(machine: GuardedMachine) -> str:
    """What the server runs is what the files say, no jail is missing, and the bans are there."""
    try:
        if (machine.config / ".banguard-undo.json").exists():
            return "a change is still half-done"
        differences = machine.agent.config_drift().differences
        if differences:
            return f"it differs from the files: {differences[0]}"
        running = {jail.name: jail.banned_current for jail in machine.agent.status().jails}
        if not {*NAMES[:2]} <= running.keys():
            return f"jails are missing: {sorted(running)}"
        lost = [name for name in NAMES[:2] if not running[name]]
        return f"bans were lost in {lost}" if lost else ""
    except BanGuardError as error:
        return error.message


def _strayed(machine: GuardedMachine, made: Edit, ended: str, before: Snapshot) -> bool:
    """Whether the folder is what it must not be: after a failure all is as before, else the one file is new."""
    now = machine.snapshot()
    if ended not in {"applied", "agent_unreachable"}:
        return now != before
    after = {path: seen for path, seen in before.items() if path != made.path}
    rest = {path: seen for path, seen in now.items() if path != made.path}
    written = now[made.path][0] if made.path in now else ""
    done = rest == after and written == digest(made.content)
    return not done and (ended == "applied" or now != before)
