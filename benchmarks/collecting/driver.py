"""Bans and unbans at random, every way there is, and writes down what was done."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from ipaddress import ip_address

from banguard.core.networks import parse_network
from banguard.machine.errors import CannotGoOn
from benchmarks.collecting.server import BRIEF, JAILS, Server
from benchmarks.collecting.truth import LATE, Truth

PATIENCE = 30.0  # seconds
FOUND_WITHIN = 5.0  # seconds until Fail2ban has read of an attack and banned for it


class Driver:
    """Each of ``addresses`` is banned at least once, within about ``seconds``."""

    def __init__(self, server: Server, truth: Truth, chance: random.Random, addresses: int, seconds: float) -> None:
        self._server, self._truth, self._chance = server, truth, chance
        first = int(ip_address("10.0.0.0"))
        self._fresh = [str(ip_address(first + number * 7)) for number in range(addresses)]
        self._fresh[::10] = [f"2001:db8::{number + 1:x}" for number in range(len(self._fresh[::10]))]
        chance.shuffle(self._fresh)
        self._active: list[str] = []
        self._pause = seconds / addresses

    def step(self) -> bool:
        """One thing; False once every address has had its turn."""
        if not self._fresh:
            return False
        ways: list[tuple[Callable[[], None], float]] = [
            (self._ban, 40),
            (self._unban, 20),
            (self._unban_and_ban, 15),
            (self._ban_briefly, 20),
            (self._attack, 10),
            (lambda: self._ban_in("flushed"), 5),
            (lambda: self._ban_in("restless"), 5),
            (self._flush, 0.15),
            (self._restart_jail, 0.15),
        ]
        self._chance.choices([way for way, _ in ways], [weight for _, weight in ways])[0]()
        time.sleep(self._chance.uniform(0, 1.5 * self._pause))
        return True

    def restart(self) -> None:
        """The server ends and starts: what has not expired by then is taken up again."""
        time.sleep(FOUND_WITHIN)  # a ban whose row is not written yet is lost in the end of Fail2ban itself
        before = time.time()
        self._server.stop()
        for done in self._truth.open_in("brief"):
            done.end(before, before + BRIEF + LATE, "expired", "server_stopped")
        self._server.start()
        self._wait_until_restored(JAILS.keys() - {"brief", "found"})
        self._mark_brief(before)

    def finish(self) -> None:
        """Everything comes to its end: attacks are answered, brief bans are over, a jail is stopped for good."""
        time.sleep(FOUND_WITHIN)
        before = time.time()
        self._server.tell("stop", "restless")
        for done in self._truth.open_in("restless"):
            done.end(before, time.time(), "jail_stopped")

    def _wait_until_restored(self, jails: Iterable[str]) -> None:
        """Banned anew before Fail2ban has taken it up again, an address would have two bans, not one."""
        wanted = {jail: len(self._truth.open_in(jail)) for jail in jails}
        until = time.monotonic() + PATIENCE
        while any(self._server.client.state(jail).banned_current < count for jail, count in wanted.items()):
            if time.monotonic() > until:
                raise CannotGoOn("Fail2ban does not restore its bans.")
            time.sleep(0.05)

    def _mark_brief(self, since: float) -> None:
        for (jail, _), some in self._truth.done.items():
            if jail == "brief" and some[-1].begun + BRIEF >= since - 3:
                some[-1].reasons |= {"server_stopped"}
                some[-1].first = min(some[-1].first or since, since)

    def _ban(self) -> None:
        address = self._fresh.pop()
        self._ban_one("lab", address)
        self._active.append(address)

    def _ban_in(self, jail: str) -> None:
        self._ban_one(jail, self._fresh.pop())

    def _ban_one(self, jail: str, address: str) -> None:
        if self._server.client.ban(jail, [parse_network(address)]) == 1:
            self._truth.ban(jail, address, time.time())

    def _unban(self) -> None:
        if self._active:
            self._unban_one(self._active.pop(self._chance.randrange(len(self._active))))

    def _unban_one(self, address: str) -> None:
        before = time.time()
        if self._server.client.unban("lab", [parse_network(address)]) == 1:
            self._truth.done["lab", address][-1].end(before, time.time(), "manual")

    def _unban_and_ban(self) -> None:
        for _ in range(self._chance.randint(1, 3)):
            if self._active:
                address = self._chance.choice(self._active)
                self._unban_one(address)
                self._ban_one("lab", address)

    def _ban_briefly(self) -> None:
        address, before = self._fresh.pop(), time.time()
        if self._server.client.ban("brief", [parse_network(address)]) == 1:
            done = self._truth.ban("brief", address, time.time())
            done.end(before + BRIEF, time.time() + BRIEF + LATE, "expired")

    def _attack(self) -> None:
        address = self._fresh.pop()
        self._server.attack(address)
        self._truth.ban("found", address, time.time())

    def _flush(self) -> None:
        before = time.time()
        self._server.tell("reload", "--unban", "flushed")
        for done in self._truth.open_in("flushed"):
            done.end(before, time.time(), "flushed")

    def _restart_jail(self) -> None:
        self._server.tell("reload", "--restart", "restless")
        self._wait_until_restored(("restless",))
