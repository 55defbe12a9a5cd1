"""What the agent does for the verbs of the configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from banguard.agent import config_verbs as verbs
from banguard.agent import control_handlers
from banguard.agent.guarded import Guarded
from banguard.agent.messages import Fenced, Message, Nothing
from banguard.fail2ban import configfolder, drift, origins, trial
from banguard.fail2ban.judging import Placed
from banguard.fail2ban.origins import Effective
from banguard.fail2ban.transaction import Ended
from banguard.fail2ban.values import Fault

MOST_FOUND = 100  # findings in one answer
MOST_CHARACTERS = 500_000  # of the difference: a change of [DEFAULT] may show in every jail


def config_item(guarded: Guarded, arguments: verbs.ItemArguments) -> verbs.Item:
    found = origins.definition(guarded.config_dir, arguments.kind, arguments.name)
    return verbs.Item(
        kind=arguments.kind,
        name=found.name,
        options=tuple(map(_option, found.options)),
        files=found.files,
        faults=tuple(map(_fault, found.faults)),
    )


def config_names(guarded: Guarded, _: Nothing) -> verbs.Names:
    filters, actions = (origins.names(guarded.config_dir, kind) for kind in ("filter", "action"))
    return verbs.Names(filters=filters, actions=actions)


def config_files(guarded: Guarded, _: Nothing) -> verbs.ConfigFiles:
    files = configfolder.listed(guarded.config_dir)
    return verbs.ConfigFiles(
        files=tuple(
            verbs.ConfigFile(
                path=one.path,
                size=one.size,
                digest=one.digest,
                modified_at=one.modified_at,
                writable=verbs.is_overlay(one.path),
            )
            for one in files
        )
    )


def config_file(guarded: Guarded, arguments: verbs.PathArguments) -> verbs.FileContent:
    found = configfolder.content(guarded.config_dir, arguments.path)
    return verbs.FileContent(path=arguments.path, content=verbs.encoded(found), digest=configfolder.digest(found))


def config_drift(guarded: Guarded, _: Nothing) -> verbs.Drift:
    states = guarded.server.states()
    workings = guarded.server.workings([state.name for state in states])
    found = drift.differences(guarded.readings.now(), states, workings)
    return verbs.Drift(
        differences=tuple(
            verbs.Difference(jail=one.jail, what=one.what, files=one.files, server=one.server) for one in found
        )
    )


def config_check(guarded: Guarded, arguments: verbs.CheckArguments) -> verbs.Checked:
    judged = guarded.transaction.check(_texts(arguments.changes))
    return verbs.Checked(
        found=tuple(map(_found, judged.found[:MOST_FOUND])),
        effective=judged.effective[:MOST_CHARACTERS],
        touched=judged.loads.touched,
        restarted=judged.loads.restarted,
        stopped=judged.loads.stopped,
        expressions=judged.expressions,
    )


def config_change(guarded: Guarded, arguments: verbs.ChangeArguments) -> verbs.Changed:
    digests = {change.path: change.before for change in arguments.changes}
    with guarded.fences.admitted(arguments.fence):
        return _changed(guarded.transaction.apply(_texts(arguments.changes), digests))


def config_recover(guarded: Guarded, arguments: Fenced) -> verbs.Recovered:
    with guarded.fences.admitted(arguments.fence):
        ended = guarded.transaction.recover()
    return verbs.Recovered(ended=ended and _changed(ended))


def ships_expression(guarded: Guarded, arguments: verbs.ExpressionArguments) -> verbs.Shipped:
    return verbs.Shipped(shipped=guarded.readings.ships(arguments.expression))


def try_filter(guarded: Guarded, arguments: verbs.TryArguments) -> verbs.Tried:
    found = trial.run(
        guarded.config_dir,
        trial.Wanted(arguments.filter, arguments.options, arguments.failregex, arguments.ignoreregex),
        arguments.lines,
        _texts(arguments.changes),
    )
    return verbs.Tried.model_validate(found)


HANDLERS: dict[str, Callable[[Guarded, Any], Message]] = {
    "config_item": config_item,
    "config_names": config_names,
    "config_files": config_files,
    "config_file": config_file,
    "config_drift": config_drift,
    **control_handlers.HANDLERS,
    "config_check": config_check,
    "config_change": config_change,
    "config_recover": config_recover,
    "ships_expression": ships_expression,
    "try_filter": try_filter,
}


def _option(option: Effective) -> verbs.OptionInForce:
    places = tuple(
        verbs.Place(file=one.file, line=one.line, section=one.section, written=one.written) for one in option.settings
    )
    return verbs.OptionInForce(section=option.section, name=option.name, value=option.value, places=places)


def _texts(changes: Iterable[verbs.Change]) -> dict[str, bytes | None]:
    return {change.path: change.content for change in changes}


def _found(placed: Placed) -> verbs.Found:
    one = placed.finding
    return verbs.Found(
        severity="error" if one.severity == "error" else "warning",
        message=one.message,
        jail=one.jail,
        option=one.option,
        file=placed.file,
        line=placed.line,
    )


def _changed(ended: Ended) -> verbs.Changed:
    return verbs.Changed(state=ended.state, message=ended.message, by_hand=ended.by_hand)


def _fault(fault: Fault) -> str:
    return f"{fault.place}: {fault.message}"
