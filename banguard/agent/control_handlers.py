"""What the agent does for the verbs of running jails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from banguard.agent import control_verbs as verbs
from banguard.agent.guarded import Guarded
from banguard.agent.messages import Message
from banguard.core.errors import Fail2banUnreachable, JailUnknown
from banguard.core.networks import text_of
from banguard.fail2ban import watched
from banguard.fail2ban.values import ConfiguredJail


def control(guarded: Guarded, arguments: verbs.ControlArguments) -> verbs.Done:
    with guarded.fences.admitted(arguments.fence):
        guarded.control(arguments.jail, arguments.what)
    return verbs.Done()


def ignore(guarded: Guarded, arguments: verbs.IgnoreArguments) -> verbs.Done:
    with guarded.fences.admitted(arguments.fence):
        guarded.server.ignore(arguments.jail, arguments.add)
        if arguments.drop:
            jail = _configured(guarded, arguments.jail)
            kept = set(jail.option("ignoreip").replace(",", " ").split()) if jail else set()
            guarded.server.heed(arguments.jail, [one for one in arguments.drop if text_of(one) not in kept])
    return verbs.Done()


def what_is_watched(guarded: Guarded, arguments: verbs.WatchedArguments) -> verbs.Watched:
    configured = _configured(guarded, arguments.jail)
    followed, matches = _of_the_server(guarded, arguments.jail)
    if configured is None and followed is None:
        raise JailUnknown(f"There is no jail “{arguments.jail}”.", jail=arguments.jail)
    patterns = [*(configured.log_paths if configured else ()), *(followed or ())]
    files = watched.logs(patterns, guarded.log_folders, lines=arguments.lines)
    return verbs.Watched(
        files=tuple(
            verbs.LogFile(
                path=log.path,
                size=log.size,
                problem=log.problem,
                followed=log.path in (followed or ()),
                lines=log.lines,
            )
            for log in {log.path: log for log in files}.values()
        ),
        journal=tuple(
            verbs.JournalMatch(fields=match.fields, problem=match.problem, lines=match.lines)
            for match in watched.journal(matches, lines=arguments.lines)
        ),
    )


HANDLERS: dict[str, Callable[[Guarded, Any], Message]] = {
    "control": control,
    "ignore": ignore,
    "watched": what_is_watched,
}


def _configured(guarded: Guarded, name: str) -> ConfiguredJail | None:
    return next((jail for jail in guarded.read_jails().jails if jail.name == name), None)


def _of_the_server(guarded: Guarded, jail: str) -> tuple[tuple[str, ...] | None, tuple[tuple[str, ...], ...]]:
    """The files that it follows and what it looks for in the journal; None when it does not run."""
    try:
        return guarded.server.log_paths(jail), guarded.server.journal_matches(jail)
    except (JailUnknown, Fail2banUnreachable):
        return None, ()
