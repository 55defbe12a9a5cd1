"""Fail2ban's commands as typed calls.

Every call opens a connection and closes it again. It raises ``Fail2banUnreachable`` (with the reason),
``Fail2banRefused`` (with the server's words) or ``JailUnknown``.
"""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from banguard.core.errors import Fail2banRefused, JailUnknown
from banguard.core.networks import Network, text_of
from banguard.fail2ban import protocol, tickets
from banguard.fail2ban.connection import Connection
from banguard.fail2ban.values import JailState, Ticket

# The server runs a command's actions before it answers anyone else: about 10 ms for each address with a
# firewall. Ten to a command cost no speed and keep it answering others within a tenth of a second.
ADDRESSES_PER_COMMAND = 10

# The first word after ``set`` or ``get`` is a jail unless it is one of these. As a "jail", ``dbpurgeage``
# would have the server evaluate the next word, and ``logtarget`` would make it log into a file of that name.
_SERVER_SETTINGS = {
    "allowipv6",
    "dbfile",
    "dbmaxmatches",
    "dbpurgeage",
    "loglevel",
    "logtarget",
    "syslogsocket",
    "thread",
}
_JAIL_NAME = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.\-]{0,63}")


class Fail2ban:
    """The server behind ``socket_path``. ``timeout`` is in seconds, for each command (not for a whole list)."""

    def __init__(self, socket_path: Path, *, timeout: float = 20.0) -> None:
        self.socket_path = socket_path
        self._timeout = timeout

    def ping(self) -> None:
        with self._connected() as server:
            server.ask("ping")

    def version(self) -> str:
        with self._connected() as server:
            return _text(server.ask("version"))

    def jail_names(self) -> tuple[str, ...]:
        """The running jails, sorted. Names that could not be addressed in a command are left out."""
        with self._connected() as server:
            return _running(server)

    def state(self, jail: str) -> JailState:
        with self._connected() as server:
            return _state(jail, server.exchange(_questions(_addressable(jail))))

    def states(self) -> tuple[JailState, ...]:
        """Every running jail: two round trips, whatever their number and however many addresses they hold."""
        with self._connected() as server:
            names = _running(server)
            replies = iter(server.exchange([question for name in names for question in _questions(name)]))
        return tuple(_states(names, replies))

    def ban_time(self, jail: str) -> int:
        return _integer(self._of(jail, "bantime"))

    def find_time(self, jail: str) -> int:
        return _integer(self._of(jail, "findtime"))

    def max_retries(self, jail: str) -> int:
        return _integer(self._of(jail, "maxretry"))

    def actions(self, jail: str) -> tuple[str, ...]:
        return _texts(self._of(jail, "actions"))

    def log_paths(self, jail: str) -> tuple[str, ...]:
        """The files it follows; none for a jail that reads the journal."""
        return _log_paths(self._of(jail, "logpath"))

    def workings(self, jails: Iterable[str]) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
        """Each jail's log paths and actions, in one round trip. A jail that is not running is left out."""
        names = [_addressable(jail) for jail in jails]
        with self._connected() as server:
            replies = iter(server.exchange([("get", name, what) for name in names for what in ("logpath", "actions")]))
        found = {}
        for name in names:
            pair = (next(replies), next(replies))
            try:
                found[name] = (_log_paths(protocol.decode(pair[0])), _texts(protocol.decode(pair[1])))
            except JailUnknown:
                continue
        return found

    def banned(self, jail: str) -> tuple[str, ...]:
        """What the jail holds banned, as the server spells it: mostly addresses. 0.1 s for 100,000."""
        return _texts(self._of(jail, "banip"))

    def bans_until(self, jail: str) -> dict[str, float]:
        """What the jail holds banned, and until when: seconds since 1970, infinite for ever."""
        with self._connected() as server:
            listed = _texts(server.ask("get", _addressable(jail), "banip", "--with-time"))
        held = [one for one in map(tickets.read, listed) if one is not None]
        return {one.identity: one.banned_at + one.ban_time if one.ban_time >= 0 else math.inf for one in held}

    def values(self, jails: Iterable[str], names: Iterable[str]) -> dict[str, dict[str, str]]:
        """Attributes of each jail as text, in one round trip. What a jail does not have is left out."""
        wanted = [(_addressable(jail), name) for jail in jails for name in names]
        with self._connected() as server:
            replies = server.exchange([("get", jail, name) for jail, name in wanted])
        found: dict[str, dict[str, str]] = {jail: {} for jail, _ in wanted}
        for (jail, name), reply in zip(wanted, replies, strict=True):
            with contextlib.suppress(Fail2banRefused):
                found[jail][name] = _spelt(protocol.decode(reply))
        return found

    def setting(self, name: str) -> str:
        """One of the server's own settings, such as ``loglevel``."""
        if name not in _SERVER_SETTINGS:
            raise Fail2banRefused(f"There is no setting {name[:80]!r}.")
        with self._connected() as server:
            return _spelt(server.ask("get", name))

    def tickets(self, jail: str) -> tuple[Ticket, ...]:
        """What the jail holds banned, since when and for how long. 0.9 s for 100,000, in which nobody else is heard."""
        return tuple(filter(None, map(tickets.read, _texts(self._of(jail, "banip", "--with-time")))))

    def ban(self, jail: str, addresses: Iterable[Network]) -> int:
        """How many were not banned yet. The jail's own ``ignoreip`` does not apply.

        When it fails half-way what was sent before stays banned; sending the whole list again is safe.
        """
        return self._each(("set", _addressable(jail), "banip"), addresses)

    def unban(self, jail: str | None, addresses: Iterable[Network]) -> int:
        """How many bans were lifted, in every jail if ``jail`` is None. Those not banned are no error.

        A network that is not banned itself lifts all addresses inside it.
        """
        return self._each(("unban",) if jail is None else ("set", _addressable(jail), "unbanip"), addresses)

    def stop(self, jail: str) -> None:
        """The server forgets the jail: its bans are lifted in the firewall, and only a load brings it back."""
        with self._connected() as server:
            server.ask("stop", _addressable(jail))

    def idle(self, jail: str, *, on: bool) -> None:
        """An idle jail reads nothing, bans nobody and ends no ban by time, until it is told to go on or loaded anew.

        What is banned stays banned. The server does not tell whether a jail is idle.
        """
        with self._connected() as server:
            server.ask("set", _addressable(jail), "idle", "on" if on else "off")

    def ignored(self, jail: str) -> tuple[str, ...]:
        """What the jail never bans, as the server spells it: addresses, networks and names."""
        return _texts(self._of(jail, "ignoreip"))

    def ignore(self, jail: str, addresses: Iterable[Network]) -> None:
        """Until the jail is loaded anew, it bans none of these by itself. Saying it twice is no error."""
        words = list(map(text_of, addresses))
        if words:
            with self._connected() as server:
                server.ask("set", _addressable(jail), "addignoreip", *words)

    def heed(self, jail: str, addresses: Iterable[Network]) -> None:
        """Ignore these no longer. Those that are not ignored are no error. One round trip."""
        listed = set(self.ignored(jail))
        words = [word for word in map(text_of, addresses) if word in listed]
        with self._connected() as server:
            for reply in server.exchange([("set", jail, "delignoreip", word) for word in words]):
                protocol.decode(reply)

    def journal_matches(self, jail: str) -> tuple[tuple[str, ...], ...]:
        """What it looks for in the journal: alternatives, each of ``FIELD=value``. None for one that reads files."""
        found = self._of(jail, "journalmatch")
        return tuple(_texts(match) for match in found) if isinstance(found, list) else ()

    def _connected(self) -> Connection:
        return Connection(self.socket_path, timeout=self._timeout)

    def _of(self, jail: str, *attribute: str) -> object:
        with self._connected() as server:
            return server.ask("get", _addressable(jail), *attribute)

    def _each(self, command: tuple[str, ...], addresses: Iterable[Network]) -> int:
        # One after the other, not pipelined: the server would work off a pipeline before it looks at anyone else.
        with self._connected() as server:
            return sum(_integer(server.ask(*command, *some)) for some in _tens(addresses))


def _tens(addresses: Iterable[Network]) -> Iterator[list[str]]:
    rest = (text_of(address) for address in addresses)
    while some := list(islice(rest, ADDRESSES_PER_COMMAND)):
        yield some


def _addressable(jail: str) -> str:
    if jail in _SERVER_SETTINGS or not _JAIL_NAME.fullmatch(jail):
        raise JailUnknown(f"{jail[:80]!r} cannot be a jail's name.", jail=jail[:80])
    return jail


def _running(server: Connection) -> tuple[str, ...]:
    # [("Number of jail", 2), ("Jail list", "recidive, sshd")]
    listed = _text(_fields(server.ask("status")).get("Jail list", "")).split(",")
    names = (name.strip() for name in listed)
    return tuple(name for name in names if _JAIL_NAME.fullmatch(name) and name not in _SERVER_SETTINGS)


def _questions(jail: str) -> list[tuple[str, ...]]:
    # "short" is the flavour without the list of addresses: 0.2 ms where the full one takes 0.2 s.
    return [
        ("status", jail, "short"),
        ("get", jail, "bantime"),
        ("get", jail, "findtime"),
        ("get", jail, "maxretry"),
    ]


def _states(names: Sequence[str], replies: Iterator[bytes]) -> Iterator[JailState]:
    for name in names:
        of_this_jail = list(islice(replies, 4))
        try:
            yield _state(name, of_this_jail)
        except JailUnknown:
            continue  # it was stopped since the list was read


def _state(jail: str, replies: Sequence[bytes]) -> JailState:
    status, ban_time, find_time, max_retries = (protocol.decode(reply) for reply in replies)
    parts = _fields(status)
    failed, banned = _fields(parts.get("Filter")), _fields(parts.get("Actions"))
    return JailState(
        name=jail,
        failed_current=_integer(failed.get("Currently failed")),
        failed_total=_integer(failed.get("Total failed")),
        banned_current=_integer(banned.get("Currently banned")),
        banned_total=_integer(banned.get("Total banned")),
        ban_time=_integer(ban_time),
        find_time=_integer(find_time),
        max_retries=_integer(max_retries),
    )


def _fields(value: object) -> dict[str, object]:
    """A list of pairs, which is how the server writes a table, as a dictionary."""
    if not isinstance(value, list) or not all(isinstance(pair, tuple) and len(pair) == 2 for pair in value):
        raise _unexpected(value)
    return {str(name): content for name, content in value}


def _integer(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _unexpected(value)
    return int(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _unexpected(value)
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise _unexpected(value)
    return tuple(_text(part) for part in value)


def _spelt(value: object) -> str:
    """As ``children/dry_check.py`` spells it too."""
    return str([str(one) for one in value]) if isinstance(value, list | tuple) else str(value)


def _log_paths(value: object) -> tuple[str, ...]:
    return _texts(value) if isinstance(value, list | tuple) else ()


def _unexpected(value: object) -> Fail2banRefused:
    return Fail2banRefused(f"Fail2ban answered with something else than expected: {type(value).__name__}.")
