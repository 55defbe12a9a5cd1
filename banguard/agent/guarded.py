"""What the agent works on: the real thing on a guarded machine, or a stand-in in tests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from banguard.agent import machine, visitors
from banguard.agent.enforcement import Enforcement
from banguard.agent.fencing import Fences
from banguard.agent.shelf import Shelf
from banguard.agent.verbs import Machine, Visitors
from banguard.core.networks import Network
from banguard.env import AgentEnvironment
from banguard.fail2ban import blocklist_jail, configfiles
from banguard.fail2ban.client import Fail2ban
from banguard.fail2ban.control import Control, JailControl
from banguard.fail2ban.database import BanDatabase
from banguard.fail2ban.loader import ClientLoader
from banguard.fail2ban.readings import Readings
from banguard.fail2ban.serverlog import ServerLog
from banguard.fail2ban.transaction import Transaction
from banguard.fail2ban.values import BanPage, ConfiguredJails, JailState, LogPage, Ticket
from banguard.firewall import chosen, of_fail2ban


class Server(Protocol):
    """The calls of ``fail2ban.client.Fail2ban`` that the handlers make."""

    def version(self) -> str: ...

    def states(self) -> tuple[JailState, ...]: ...

    def workings(self, jails: Iterable[str]) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]: ...

    def log_paths(self, jail: str) -> tuple[str, ...]: ...

    def journal_matches(self, jail: str) -> tuple[tuple[str, ...], ...]: ...

    def ignore(self, jail: str, addresses: Iterable[Network]) -> None: ...

    def heed(self, jail: str, addresses: Iterable[Network]) -> None: ...

    def values(self, jails: Iterable[str], names: Iterable[str]) -> dict[str, dict[str, str]]: ...

    def bans_until(self, jail: str) -> dict[str, float]: ...

    def banned(self, jail: str) -> tuple[str, ...]: ...

    def tickets(self, jail: str) -> tuple[Ticket, ...]: ...

    def ban(self, jail: str, addresses: Iterable[Network]) -> int: ...

    def unban(self, jail: str | None, addresses: Iterable[Network]) -> int: ...


class Bans(Protocol):
    """The call of ``fail2ban.database.BanDatabase``."""

    def bans_since(self, rowid: int, since: int, limit: int) -> BanPage: ...


class Log(Protocol):
    """The call of ``serverlog.ServerLog``."""

    def log_since(self, place: str) -> LogPage: ...


@dataclass(frozen=True)
class Guarded:
    """One machine and its Fail2ban. ``lay_blocklist_jail`` returns whether anything had to be done."""

    server: Server
    bans: Bans
    log: Log
    read_jails: Callable[[], ConfiguredJails]
    lay_blocklist_jail: Callable[[], bool]
    control: Control
    read_machine: Callable[[], Machine]
    fences: Fences
    config_dir: Path
    readings: Readings
    log_folders: tuple[Path, ...]
    enforcement: Enforcement
    transaction: Transaction
    read_visitors: Callable[[], Visitors] = visitors.read


def guard(environment: AgentEnvironment) -> Guarded:
    """The machine that this process runs on."""
    server = Fail2ban(environment.fail2ban_socket)
    config_dir = environment.fail2ban_config_dir
    turn = threading.RLock()  # whoever writes into the configuration folder, whichever lock they came under
    readings = Readings(config_dir)
    loader = ClientLoader(config_dir, environment.fail2ban_socket)
    transaction = Transaction(config_dir, server, loader, readings, turn)

    def lay() -> bool:
        with turn:
            transaction.recover()
            return blocklist_jail.lay(server, config_dir)

    shelf = Shelf(environment.agent_socket.with_suffix(".lists"))
    return Guarded(
        server=server,
        bans=BanDatabase(environment.fail2ban_database),
        log=ServerLog(server, environment.fail2ban_log),
        read_jails=lambda: configfiles.read_jails(config_dir),
        lay_blocklist_jail=lay,
        control=JailControl(server, loader, readings),
        read_machine=machine.read,
        fences=Fences(environment.agent_socket.with_suffix(".fences")),
        config_dir=config_dir,
        readings=readings,
        log_folders=environment.log_folders,
        enforcement=Enforcement(server, chosen.kernel, of_fail2ban.held_for, shelf),
        transaction=transaction,
    )
