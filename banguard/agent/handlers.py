"""What the agent does for each verb. All refusals are errors of ``core.errors``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from banguard.agent import config_handlers, kernel_handlers, rows, verbs
from banguard.agent.guarded import Guarded
from banguard.core.errors import Fail2banUnreachable, InvalidInput
from banguard.core.networks import Network
from banguard.fail2ban.values import BanRow, ConfiguredJail, JailState, LogEvent

# Of the log lines in one answer: even if every character has to be escaped it stays under verbs.MAX_LINE.
MATCHES_BUDGET = 2_000_000  # characters
_NOT_RUNNING = {"no such socket", "connection refused"}
_WORD = re.compile(r"[^\s,'\[\]]+")  # in a list as Python or a file spells it
_ACTION = re.compile(r"""(?P<name>[^\s,\[\]"']+)(?:\[(?:"[^"]*"|'[^']*'|[^\]"'])*\])*""")


def status(guarded: Guarded, _: verbs.Nothing) -> verbs.Status:
    states = tuple(_state(state) for state in guarded.server.states())
    return verbs.Status(version=guarded.server.version(), jails=states)


def jails(guarded: Guarded, _: verbs.Nothing) -> verbs.Jails:
    configured = {jail.name: jail for jail in guarded.read_jails().jails}
    states = {state.name: state for state in _running(guarded)}
    workings = guarded.server.workings(states) if states else {}
    names = sorted({*configured, *states})
    return verbs.Jails(
        jails=tuple(_jail(name, configured.get(name), states.get(name), workings.get(name)) for name in names)
    )


def ban(guarded: Guarded, arguments: verbs.BanArguments) -> verbs.Counted:
    if arguments.trial and arguments.jail != verbs.BLOCKLIST_JAIL:
        raise InvalidInput("Only what the blocklist jail bans can be taken back.", jail=arguments.jail)
    with guarded.fences.admitted(arguments.fence), guarded.enforcement.banning(arguments.trial, arguments.addresses):
        return verbs.Counted(count=guarded.server.ban(arguments.jail, arguments.addresses))


def unban(guarded: Guarded, arguments: verbs.UnbanArguments) -> verbs.Counted:
    with guarded.fences.admitted(arguments.fence):
        return verbs.Counted(count=guarded.server.unban(arguments.jail, arguments.addresses))


def banned(guarded: Guarded, arguments: verbs.JailArguments) -> verbs.Addresses:
    found = (rows.address_of(text) for text in guarded.server.banned(arguments.jail))
    return verbs.Addresses(addresses=tuple(address for address in found if address is not None))


def bans_since(guarded: Guarded, arguments: verbs.BansSinceArguments) -> verbs.BanRows:
    page = guarded.bans.bans_since(arguments.rowid, arguments.since, arguments.limit)
    found = tuple(rows.message(row) for row in _within_budget(page.rows))
    return verbs.BanRows(rows=found, complete=page.complete and len(found) == len(page.rows))


def log_since(guarded: Guarded, arguments: verbs.LogSinceArguments) -> verbs.LogEvents:
    page = guarded.log.log_since(arguments.place)
    events = tuple(map(_event, page.events))
    return verbs.LogEvents(events=events, place=page.place, complete=page.complete, hole=page.hole, source=page.source)


def tickets(guarded: Guarded, arguments: verbs.JailArguments) -> verbs.Tickets:
    held = ((rows.address_of(ticket.identity), ticket) for ticket in guarded.server.tickets(arguments.jail))
    return verbs.Tickets(
        tickets=tuple(
            verbs.Ticket(address=address, banned_at=ticket.banned_at, ban_time=ticket.ban_time)
            for address, ticket in held
            if address is not None
        )
    )


def lay_blocklist_jail(guarded: Guarded, arguments: verbs.LayArguments) -> verbs.JailLaid:
    with guarded.fences.admitted(arguments.fence):
        return verbs.JailLaid(jail=verbs.BLOCKLIST_JAIL, changed=guarded.lay_blocklist_jail())


def machine(guarded: Guarded, _: verbs.Nothing) -> verbs.Machine:
    return guarded.read_machine().model_copy(update={"ignored": _ignored(guarded)})


def visitors(guarded: Guarded, _: verbs.Nothing) -> verbs.Visitors:
    return guarded.read_visitors()


HANDLERS: dict[str, Callable[[Guarded, Any], verbs.Message]] = {
    "status": status,
    "jails": jails,
    "ban": ban,
    "unban": unban,
    "banned": banned,
    "bans_since": bans_since,
    "log_since": log_since,
    "tickets": tickets,
    "lay_blocklist_jail": lay_blocklist_jail,
    "machine": machine,
    "visitors": visitors,
    **config_handlers.HANDLERS,
    **kernel_handlers.HANDLERS,
}


def _ignored(guarded: Guarded) -> tuple[Network, ...]:
    """What Fail2ban ignores, of the running server or else of its files; host names are for it alone to look up."""
    try:
        running = [state.name for state in guarded.server.states()]
        spelt = [had.get("ignoreip", "") for had in guarded.server.values(running, ["ignoreip"]).values()]
    except Fail2banUnreachable:
        spelt = [jail.option("ignoreip") for jail in guarded.read_jails().jails if jail.enabled]
    words = {word for text in spelt for word in _WORD.findall(text)}
    found = {address for address in map(rows.address_of, words) if address is not None}
    return tuple(sorted(found, key=lambda network: (network.version, network)))


def _running(guarded: Guarded) -> tuple[JailState, ...]:
    """No jail runs where no server does; one that runs but does not answer is an error."""
    try:
        return guarded.server.states()
    except Fail2banUnreachable as error:
        if error.details.get("reason") in _NOT_RUNNING:
            return ()
        raise


def _state(state: JailState) -> verbs.JailState:
    return verbs.JailState(
        name=state.name,
        failed_current=state.failed_current,
        failed_total=state.failed_total,
        banned_current=state.banned_current,
        banned_total=state.banned_total,
        ban_time=state.ban_time,
        find_time=state.find_time,
        max_retries=state.max_retries,
    )


def _jail(
    name: str,
    configured: ConfiguredJail | None,
    state: JailState | None,
    workings: tuple[tuple[str, ...], tuple[str, ...]] | None,
) -> verbs.Jail:
    files = configured or ConfiguredJail(name=name, enabled=False, options={}, files=())
    log_paths, actions = workings or (files.log_paths, _actions(files))
    return verbs.Jail(
        name=name,
        enabled=files.enabled,
        state=_state(state) if state else None,
        filter=files.option("filter"),
        backend=files.option("backend"),
        ban_time=str(state.ban_time) if state else files.option("bantime"),
        find_time=str(state.find_time) if state else files.option("findtime"),
        max_retries=str(state.max_retries) if state else files.option("maxretry"),
        log_paths=log_paths,
        actions=actions,
        files=files.files,
    )


def _actions(jail: ConfiguredJail) -> tuple[str, ...]:
    """The names in ``iptables[port="ssh, http"] sendmail[name=x]``."""
    return tuple(found["name"] for found in _ACTION.finditer(jail.option("action")))


def _event(event: LogEvent) -> verbs.LogEvent:
    return verbs.LogEvent(
        kind=event.kind,
        at=event.at,
        jail=event.jail,
        address=rows.address_of(event.identity) if event.identity else None,
        until=event.until,
        count=event.count,
    )


def _within_budget(some: Sequence[BanRow]) -> Iterator[BanRow]:
    """The first rows, as many as fit one answer, but always one."""
    spent = 0
    for number, row in enumerate(some):
        spent += sum(map(len, row.matches))
        if spent > MATCHES_BUDGET and number > 0:
            return
        yield row
