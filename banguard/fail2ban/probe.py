"""Whether the server is well after a change: it answers, what ran still runs, values are new, bans are there."""

from __future__ import annotations

import ast
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from banguard.core.errors import Fail2banRefused, Fail2banUnreachable, JailUnknown
from banguard.fail2ban.resolution import Expected
from banguard.fail2ban.undo import Loads
from banguard.fail2ban.values import JailState

STALLED = 10.0  # seconds without getting better; bans are made again one by one after a restart, so it may take a while
NOT_RUNNING = {"no such socket", "connection refused"}


class Probed(Protocol):
    """The calls of ``client.Fail2ban`` that are made here."""

    def states(self) -> tuple[JailState, ...]: ...

    def workings(self, jails: Iterable[str]) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]: ...

    def values(self, jails: Iterable[str], names: Iterable[str]) -> dict[str, dict[str, str]]: ...

    def bans_until(self, jail: str) -> dict[str, float]: ...


@dataclass(frozen=True)
class Health:
    """A running server before a change: its jails with their ban times, and what those to be loaded hold banned."""

    ban_times: Mapping[str, int]
    banned: Mapping[str, Mapping[str, float]]


def look(server: Probed, jails: Collection[str]) -> Health | None:
    """None when no server runs. Raises ``Fail2banUnreachable`` for one that runs and does not answer."""
    try:
        running = {state.name: state.ban_time for state in server.states()}
        return Health(running, {jail: server.bans_until(jail) for jail in jails if jail in running})
    except Fail2banUnreachable as error:
        if error.details.get("reason") in NOT_RUNNING:
            return None
        raise


def with_restarts(server: Probed, loads: Loads, running: Health, expected: Mapping[str, Expected]) -> Loads:
    """``loads``, with a restart of each jail that runs other actions than it should then, whatever the reason.

    Loading all at once reaches those outside the change too, and would take such actions from them.
    """
    loaded = running.ban_times if loads.at_once else loads.touched
    jails = [jail for jail in loaded if jail in running.ban_times and jail in expected]
    workings = server.workings(jails)
    other = {jail for jail in jails if sorted(workings.get(jail, ((), ()))[1]) != sorted(expected[jail].actions)}
    return replace(loads, restarted=tuple(sorted({*loads.restarted, *other})))


def wait_until_well(server: Probed, before: Health, loads: Loads, expected: Mapping[str, Expected]) -> None:
    """Raises ``Fail2banRefused`` with what is not as it should be, once that does not get better."""
    best, until = -1, time.monotonic() + STALLED
    while problems := list(_problems(server, before, loads, expected)):
        missing = sum(count for _, count in problems)
        if best < 0 or missing < best:
            best, until = missing, time.monotonic() + STALLED
        if time.monotonic() > until:
            raise Fail2banRefused(" ".join(text for text, _ in problems[:5]))
        time.sleep(0.2)


def _problems(
    server: Probed, before: Health, loads: Loads, expected: Mapping[str, Expected]
) -> Iterator[tuple[str, int]]:
    """(what is wrong, how much of it)."""
    running = {state.name: state for state in server.states()}
    wanted = {*before.ban_times, *(jail for jail in loads.touched if jail in expected)} - {*loads.stopped}
    for jail in sorted(wanted - running.keys()):
        yield f"The jail {jail} does not run.", 1
    for jail in sorted(running.keys() & {*loads.stopped}):
        yield f"The jail {jail} still runs.", 1
    loaded = sorted(running.keys() & expected.keys() & {*loads.touched, *loads.restarted})
    for jail, what, is_now, should_be in _differences(server, loaded, running, expected):
        yield f"{what} of the jail {jail} is {is_now}, not {should_be}.", 1
    for jail in loaded:
        shorter = 0 <= expected[jail].ban_time < before.ban_times.get(jail, -1) or before.ban_times.get(jail) == -1
        if gone := 0 if shorter and jail in loads.restarted else _gone(server, jail, before):
            yield f"{gone} bans of the jail {jail} are gone.", gone


def _differences(
    server: Probed, jails: list[str], running: Mapping[str, JailState], expected: Mapping[str, Expected]
) -> Iterator[tuple[str, str, object, object]]:
    names = sorted({name for jail in jails for name in expected[jail].values})
    workings, values = server.workings(jails), server.values(jails, names)
    for jail in jails:
        state, wanted = running[jail], expected[jail]
        pairs: list[tuple[str, object, object]] = [
            ("bantime", state.ban_time, wanted.ban_time),
            ("findtime", state.find_time, wanted.find_time),
            ("maxretry", state.max_retries, wanted.max_retries),
            ("action", sorted(workings.get(jail, ((), ()))[1]), sorted(wanted.actions)),
            *(
                (name, _told(name, text), _told(name, wanted.values.get(name, text)))
                for name, text in values[jail].items()
            ),
        ]
        for what, is_now, should_be in pairs:
            if is_now != should_be:
                yield jail, what, is_now, should_be


def _told(name: str, text: str) -> object:
    """Ignored addresses in an order: the server keeps them in a set, and tells them in another order each time."""
    return sorted(ast.literal_eval(text)) if name == "ignoreip" and text.startswith("[") else text


def _gone(server: Probed, jail: str, before: Health) -> int:
    """How many bans are missing whose time was not up."""
    held = before.banned.get(jail, {})
    if not held:
        return 0
    try:
        there = server.bans_until(jail)
    except JailUnknown:
        there = {}
    soon = time.time() + 1
    return sum(1 for identity, until in held.items() if identity not in there and until > soon)
