"""An agent in memory, for the tests of everything that calls one.

It runs the same handlers as the real agent, over ``fail2ban.memory``; only the socket is missing.
"""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path
from typing import TypeVar

from banguard.agent import calls, verbs
from banguard.agent.client import AgentCalls
from banguard.agent.enforcement import Enforcement
from banguard.agent.fencing import Fences
from banguard.agent.guarded import Guarded
from banguard.agent.handlers import HANDLERS
from banguard.agent.shelf import Shelf
from banguard.core.errors import AgentUnreachable
from banguard.core.packed import Packed
from banguard.fail2ban.memory import MemoryFail2ban, MemoryJail
from banguard.fail2ban.memory_loader import MemoryLoader
from banguard.fail2ban.readings import Readings
from banguard.fail2ban.transaction import Transaction
from banguard.fail2ban.values import BLOCKLIST_JAIL, ConfiguredJails
from banguard.firewall.memory import MemoryKernel
from banguard.firewall.values import Kernel

NOWHERE = Path("/nonexistent")  # a configuration folder, for tests that want none
M = TypeVar("M", bound=verbs.Message)


class MemoryAgent(AgentCalls):
    """``MemoryAgent("sshd", "nginx")`` guards a server with these jails.

    A test may set ``unreachable`` to a reason, ``fail2ban.running`` to False, ``loader.refuses`` to words of a
    refusal, ``configured``, ``surroundings`` and ``visiting`` to what the files and the machine tell,
    ``memory_kernel.problem`` to why it keeps no sets, and ``in_firewall`` to what the firewall holds of the blocklist
    jail; ``asked`` counts the calls of each verb.
    """

    def __init__(
        self,
        *jails: str,
        fail2ban: MemoryFail2ban | None = None,
        config_dir: Path = NOWHERE,
        log_folders: tuple[Path, ...] = (NOWHERE,),
    ) -> None:
        self.fail2ban = fail2ban or MemoryFail2ban(*jails)
        self.unreachable: str | None = None
        self.configured = ConfiguredJails()
        self.surroundings = verbs.Machine(own=(), gateways=(), resolvers=())
        self.visiting = verbs.Visitors(connected=(), signed_in=())
        self.asked: Counter[str] = Counter()
        self.memory_kernel = MemoryKernel()
        self.in_firewall: Packed | None = None
        readings = Readings(config_dir)
        self.loader = MemoryLoader(self.fail2ban, readings)
        self.guarded = Guarded(
            server=self.fail2ban,
            bans=self.fail2ban,
            log=self.fail2ban,
            read_jails=lambda: self.configured,
            lay_blocklist_jail=self._lay,
            control=self.fail2ban.control,
            read_machine=lambda: self.surroundings,
            read_visitors=lambda: self.visiting,
            fences=Fences(None),
            config_dir=config_dir,
            log_folders=log_folders,
            enforcement=Enforcement(self.fail2ban, self._choose, lambda _jail, _actions: self.in_firewall, Shelf(None)),
            readings=readings,
            transaction=Transaction(config_dir, self.fail2ban, self.loader, readings, threading.RLock()),
        )

    def ask(self, verb: str, arguments: verbs.Message, expected: type[M], *, extra_seconds: float = 0) -> M:
        self.asked[verb] += 1
        if self.unreachable is not None:
            raise AgentUnreachable(f"The agent does not answer: {self.unreachable}.", reason=self.unreachable)
        # Through the same text as over the socket, so that what would not survive it fails here too.
        call = calls.read_request(calls.request_line(calls.Call(verb=verb, arguments=arguments)))
        return calls.read_answer(calls.result_line(HANDLERS[verb](self.guarded, call.arguments)), expected)

    def _choose(self) -> Kernel:
        self.memory_kernel.try_out()
        return self.memory_kernel

    def _lay(self) -> bool:
        if BLOCKLIST_JAIL in self.fail2ban.jail_names():
            return False
        self.fail2ban.add_jail(MemoryJail(BLOCKLIST_JAIL, ban_time=-1))
        return True
