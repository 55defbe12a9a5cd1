"""A Fail2ban that lives in memory: the same calls as the client and the database, for tests.

``tests/fail2ban/test_contract.py`` holds it and a real server to the same behaviour.
"""

from __future__ import annotations

import ast
import math
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice

from banguard.core.errors import AddressInvalid, Conflict, Fail2banUnreachable, JailUnknown
from banguard.core.networks import Network, parse_network, span_of, text_of
from banguard.fail2ban.resolution import Expected
from banguard.fail2ban.values import BanPage, BanRow, JailState, Kind, LogEvent, LogPage, Ticket


@dataclass
class MemoryJail:
    name: str
    ban_time: int = 600
    find_time: int = 600
    max_retries: int = 5
    log_paths: tuple[str, ...] = ()
    actions: tuple[str, ...] = ("noop",)
    banned: dict[str, int] = field(default_factory=dict)  # since when, in the order of the bans
    banned_total: int = 0
    ignored: dict[str, None] = field(default_factory=dict)
    idle: bool = False

    def state(self) -> JailState:
        return JailState(
            name=self.name,
            failed_current=0,
            failed_total=0,
            banned_current=len(self.banned),
            banned_total=self.banned_total,
            ban_time=self.ban_time,
            find_time=self.find_time,
            max_retries=self.max_retries,
        )


class MemoryFail2ban:
    """Set ``running`` to False to have every call fail as if the server were stopped, ``logs`` to have it log."""

    def __init__(self, *jails: str, clock: Callable[[], float] = time.time) -> None:
        self.running = True
        self.logs = False
        self.log: list[LogEvent] = []
        self._clock = clock
        self._lock = threading.RLock()
        self._jails = {name: MemoryJail(name) for name in jails}
        self._stopped: dict[str, MemoryJail] = {}
        self._rows: dict[int, BanRow] = {}
        self._rowids: dict[tuple[str, str], list[int]] = defaultdict(list)

    # What a test arranges.

    def add_jail(self, jail: MemoryJail) -> None:
        self._jails[jail.name] = jail

    def reload_jail(self, name: str, wanted: Expected) -> None:
        jail = self._jails.setdefault(name, MemoryJail(name))
        jail.ban_time, jail.find_time, jail.max_retries = wanted.ban_time, wanted.find_time, wanted.max_retries
        jail.actions = wanted.actions
        jail.ignored = dict.fromkeys(ast.literal_eval(wanted.values.get("ignoreip", "[]")))

    def remove_jail(self, name: str) -> None:
        self._jails.pop(name, None)

    def detect(
        self, jail: str, address: str, *, failures: int = 5, matches: tuple[str, ...] = (), banned_at: int | None = None
    ) -> None:
        """Ban an address as if the jail had found it in its log."""
        with self._lock:
            self._ban(self._jail(jail), text_of(parse_network(address)), failures, matches, banned_at)

    def ban_identity(self, jail: str, identity: str) -> None:
        """Ban something that is no address, as a jail may that counts users."""
        with self._lock:
            self._ban(self._jail(jail), identity, 0, (), None)

    def expire(self, jail: str, address: str) -> None:
        """End a ban as its time does: the address is free, its row stays."""
        with self._lock:
            if self._jail(jail).banned.pop(text_of(parse_network(address)), None) is not None:
                self._note("unban", jail, text_of(parse_network(address)))

    # The calls of ``client.Fail2ban``.

    def ping(self) -> None:
        self._check()

    def version(self) -> str:
        self._check()
        return "1.0.2"

    def jail_names(self) -> tuple[str, ...]:
        self._check()
        return tuple(sorted(self._jails))

    def state(self, jail: str) -> JailState:
        return self._jail(jail).state()

    def states(self) -> tuple[JailState, ...]:
        return tuple(self._jails[name].state() for name in self.jail_names())

    def ban_time(self, jail: str) -> int:
        return self._jail(jail).ban_time

    def find_time(self, jail: str) -> int:
        return self._jail(jail).find_time

    def max_retries(self, jail: str) -> int:
        return self._jail(jail).max_retries

    def actions(self, jail: str) -> tuple[str, ...]:
        return self._jail(jail).actions

    def log_paths(self, jail: str) -> tuple[str, ...]:
        return self._jail(jail).log_paths

    def workings(self, jails: Iterable[str]) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
        self._check()
        running = (self._jails[name] for name in jails if name in self._jails)
        return {jail.name: (jail.log_paths, jail.actions) for jail in running}

    def values(self, jails: Iterable[str], names: Iterable[str]) -> dict[str, dict[str, str]]:
        self._check()
        known = {jail: {"ignoreip": str(list(self._jails[jail].ignored))} for jail in jails if jail in self._jails}
        return {jail: {name: had[name] for name in names if name in had} for jail, had in known.items()}

    def bans_until(self, jail: str) -> dict[str, float]:
        return dict.fromkeys(self._jail(jail).banned, math.inf)

    def banned(self, jail: str) -> tuple[str, ...]:
        return tuple(self._jail(jail).banned)

    def tickets(self, jail: str) -> tuple[Ticket, ...]:
        held = self._jail(jail)
        return tuple(Ticket(identity, at, held.ban_time) for identity, at in held.banned.items())

    def ban(self, jail: str, addresses: Iterable[Network]) -> int:
        with self._lock:
            into = self._jail(jail)
            return sum(self._ban(into, text_of(address), 0, (), None) for address in addresses)

    def unban(self, jail: str | None, addresses: Iterable[Network]) -> int:
        with self._lock:
            self._check()
            jails = list(self._jails.values()) if jail is None else [self._jail(jail)]
            return sum(self._unban(one, address) for address in addresses for one in jails)

    def stop(self, jail: str) -> None:
        self._stopped[jail] = self._jail(jail)
        del self._jails[jail]

    def idle(self, jail: str, *, on: bool) -> None:
        self._jail(jail).idle = on

    def ignored(self, jail: str) -> tuple[str, ...]:
        return tuple(self._jail(jail).ignored)

    def ignore(self, jail: str, addresses: Iterable[Network]) -> None:
        self._jail(jail).ignored |= dict.fromkeys(map(text_of, addresses))

    def heed(self, jail: str, addresses: Iterable[Network]) -> None:
        for address in addresses:
            self._jail(jail).ignored.pop(text_of(address), None)

    def journal_matches(self, jail: str) -> tuple[tuple[str, ...], ...]:
        self._jail(jail)
        return ()

    # The call of ``control.JailControl``.

    def control(self, jail: str, what: str) -> None:
        if what == "stop":
            return self.stop(jail)
        if what in {"idle", "busy"}:
            return self.idle(jail, on=what == "idle")
        if what == "reload":
            self._jail(jail)
        return self._load(jail)

    def _load(self, jail: str) -> None:
        self._check()
        found = self._jails.get(jail) or self._stopped.pop(jail, None)
        if found is None:
            raise Conflict(f"The files do not enable the jail “{jail}”, so it cannot be loaded.", jail=jail)
        found.idle = False
        self._jails[jail] = found

    # The call of ``database.BanDatabase``.

    def bans_since(self, rowid: int, since: int, limit: int) -> BanPage:
        with self._lock:
            self._check()
            wanted = (row for row in self._rows.values() if row.rowid > rowid or row.banned_at >= since)
            rows = list(islice(wanted, limit + 1))
        return BanPage(rows=tuple(rows[:limit]), complete=len(rows) <= limit)

    # The call of ``serverlog.ServerLog``.

    def log_since(self, place: str) -> LogPage:
        """Every event that ``log`` holds, if the server logs; a stopped server's log is still there."""
        if not self.logs:
            return LogPage((), "", True, "", "none")
        with self._lock:
            seen = int(place.removeprefix("memory:") or 0)
            events, end = tuple(self.log[seen : seen + 1_000]), len(self.log)
        return LogPage(events, f"memory:{seen + len(events)}", seen + len(events) == end, "", "file")

    def _note(self, kind: Kind, jail: str, identity: str) -> None:
        self.log.append(LogEvent(kind, int(self._clock() * 1000), jail, identity))

    def _check(self) -> None:
        if not self.running:
            raise Fail2banUnreachable("Fail2ban does not answer: no such socket.", reason="no such socket")

    def _jail(self, name: str) -> MemoryJail:
        self._check()
        if name not in self._jails:
            raise JailUnknown(f"Fail2ban runs no jail named {name[:80]!r}.", jail=name[:80])
        return self._jails[name]

    def _ban(
        self, jail: MemoryJail, identity: str, failures: int, matches: tuple[str, ...], banned_at: int | None
    ) -> int:
        if identity in jail.banned:
            return 0
        jail.banned[identity] = int(self._clock()) if banned_at is None else banned_at
        self._note("ban", jail.name, identity)
        jail.banned_total += 1
        rowid = next(reversed(self._rows), 0) + 1  # given again after an unban, as SQLite does
        self._rowids[jail.name, identity].append(rowid)
        self._rows[rowid] = BanRow(
            rowid=rowid,
            jail=jail.name,
            identity=identity,
            banned_at=jail.banned[identity],
            ban_time=jail.ban_time,
            ban_count=1,
            failures=failures,
            matches=matches,
        )
        return 1

    def _unban(self, jail: MemoryJail, address: Network) -> int:
        wanted = text_of(address)
        inside = [wanted] if wanted in jail.banned else _inside(jail, address)
        for identity in {wanted, *inside}:
            self._forget(jail.name, identity)
        for identity in inside:
            del jail.banned[identity]
            self._note("unban", jail.name, identity)
        return len(inside)

    def _forget(self, jail: str, identity: str) -> None:
        for rowid in self._rowids.pop((jail, identity), ()):
            del self._rows[rowid]


def _inside(jail: MemoryJail, wanted: Network) -> list[str]:
    if wanted.prefixlen == wanted.max_prefixlen:
        return []
    return [identity for identity in jail.banned if _within(identity, wanted)]


def _within(identity: str, wanted: Network) -> bool:
    try:
        banned = parse_network(identity)
    except AddressInvalid:
        return False
    (low, high), (first, last) = span_of(banned), span_of(wanted)
    return banned.version == wanted.version and first <= low and high <= last
