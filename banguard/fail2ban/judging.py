"""What a change of files would come to: what is wrong with it, what it changes, and which jails have to be loaded.

It is tried on a copy of the whole folder: by Fail2ban's own readers and server classes in a child without power,
then by ``fail2ban-client -t`` and ``-d``. What was wrong before the change as well does not speak against it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from banguard.core.errors import InvalidInput, NotFound
from banguard.fail2ban import blocklist_jail, effective, origins, resolution, staging, trial
from banguard.fail2ban.readings import expressions_in
from banguard.fail2ban.resolution import Finding, Resolution
from banguard.fail2ban.staging import Texts
from banguard.fail2ban.undo import Loads
from banguard.fail2ban.values import BLOCKLIST_JAIL

MOST_ALONE = 8  # jails; the client reads all files anew for each, so more than these are loaded in one go
AT_RUN_TIME = {"loglevel", "logtarget", "syslogsocket", "dbmaxmatches", "dbpurgeage"}
_PLACE = re.compile(r"'(?P<file>[^']+\.(?:conf|local))'.{0,40}?line:?\s*(?P<line>\d+)", re.DOTALL)
_WITHOUT_LOG = re.compile(r"any log file for (?P<jail>\S+) jail")
_QUOTED = re.compile(r"expression '(?P<text>.+?)':")
_FILTER = re.compile(r"filter\.d/(?P<name>[^/]+)\.local")


@dataclass(frozen=True)
class Placed:
    """A finding with the file within the folder and the line, counted from 1, as far as they are known."""

    finding: Finding
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True)
class Judgement:
    """``effective``: a unified diff of what the configuration comes to; ``expressions``: those that come new to it,
    every reference followed; ``after``: what the server should answer then."""

    found: tuple[Placed, ...]
    effective: str
    loads: Loads
    expressions: tuple[str, ...]
    after: Resolution

    @property
    def errors(self) -> tuple[Placed, ...]:
        return tuple(one for one in self.found if one.finding.severity == "error")


def judge(folder: Path, changes: Texts, before: Resolution) -> Judgement:
    """``before``: what the folder comes to now. Raises ``Unavailable`` when it cannot be tried."""
    after = resolution.resolve(folder, changes, feed=True)
    found = [finding for finding in after.findings if finding not in before.findings]
    found += [*_of_bytes(changes), *_of_our_own_jail(folder, changes), *_for_the_next_start(before, after)]
    if not _errors(found):
        found += resolution.new_complaints(folder, changes)
    with staging.staged(folder, changes) as stage:
        placed = [_placed(stage, folder, finding) for finding in _without_echoes(found)]
        filters = [] if _errors(found) else [*_of_filters(folder, stage, changes)]
        placed += [found for found, _ in filters if found]
        effects = effective.diff(folder, stage, changes, before, after)
    known = {*expressions_in(before.stream)}
    used = [*expressions_in(after.stream), *(one for _, expressions in filters for one in expressions)]
    new = tuple(dict.fromkeys(one for one in used if one not in known))
    return Judgement(tuple(placed), effects, loads_of(before, after), new, after)


def loads_of(before: Resolution, after: Resolution) -> Loads:
    changed = {*resolution.changed_jails(before, after)} - {""}
    stopped = {jail for jail in changed if jail not in after.by_jail}
    restarted = resolution.with_other_actions(before, after) - {""}
    return Loads(
        touched=tuple(sorted(changed - stopped)),
        restarted=tuple(sorted(restarted)),
        stopped=tuple(sorted(stopped)),
        settings=_settings(after, before),
        settings_before=_settings(before, after),
        at_once=len(changed) > MOST_ALONE and not before.errors and not after.errors,
    )


def _settings(wanted: Resolution, other: Resolution) -> tuple[tuple[str, ...], ...]:
    """What to ``set`` on the server as a whole."""
    there = other.by_jail.get("", [])
    found = [command for command in wanted.by_jail.get("", []) if command not in there and command[1] in AT_RUN_TIME]
    return tuple(tuple(map(str, command[1:])) for command in found)


def _for_the_next_start(before: Resolution, after: Resolution) -> Iterator[Finding]:
    there = before.by_jail.get("", [])
    for command in after.by_jail.get("", []) if there else ():
        if command not in there and command[1] not in AT_RUN_TIME:
            yield Finding(None, str(command[1]), "This takes effect when Fail2ban is next started.", "warning")


def _errors(found: list[Finding]) -> bool:
    return any(one.severity == "error" for one in found)


def _of_bytes(changes: Texts) -> Iterator[Finding]:
    """Fail2ban passes over a file that is no UTF-8, and says that all is well."""
    for path, content in changes.items():
        try:
            (content or b"").decode("utf-8")
        except UnicodeDecodeError:
            yield Finding(None, None, f"{path} is no UTF-8: Fail2ban would pass over it.", "error")


def _of_our_own_jail(folder: Path, changes: Texts) -> Iterator[Finding]:
    """What blocks the blocklists is no text to edit: a change of it would undo every block at once."""
    for path, content in changes.items():
        file = folder / path
        before = blocklist_jail.own_lines(file.read_bytes() if file.is_file() else b"")
        if blocklist_jail.own_lines(content or b"") != before:
            yield Finding(BLOCKLIST_JAIL, None, "This section belongs to BanGuard; leave it as it is.", "error")


def _without_echoes(found: list[Finding]) -> Iterator[Finding]:
    """Fail2ban logs most errors as well as answering with them."""
    errors = [one.message for one in found if one.severity == "error"]
    for one in dict.fromkeys(found):
        if one.severity == "error" or not any(one.message in error for error in errors):
            yield one


def _of_filters(folder: Path, stage: Path, changes: Texts) -> Iterator[tuple[Placed | None, list[str]]]:
    """A filter that no jail uses yet is read by nobody else: what is wrong with it, and its expressions."""
    for path, content in changes.items():
        named = _FILTER.fullmatch(path)
        if named is None or content is None:
            continue
        message, expressions = _tried(folder, named["name"], changes)
        if message and not _tried(folder, named["name"], {})[0]:
            line = _line_of(stage / path, _quoted(message)) or _first_line(stage, named["name"])
            yield Placed(Finding(None, "failregex", message, "error"), path, line), []
        else:
            yield None, expressions


def _tried(folder: Path, name: str, changes: Texts) -> tuple[str, list[str]]:
    """What Fail2ban says against a filter (nothing when it takes it, or there is none), and its expressions."""
    try:
        told = trial.run(folder, trial.Wanted(name, {}, (), ()), ["nothing"], changes)
    except NotFound:
        return "", []
    except InvalidInput as error:
        return " ".join(error.message.split()), []
    expressions = [told["failregex"], told["ignoreregex"]]
    return "", [str(one) for some in expressions if isinstance(some, list) for one in some]


def _first_line(stage: Path, name: str) -> int | None:
    setting = origins.setting_of(stage, "filter", name, "failregex")
    return setting.line if setting else None


def _placed(stage: Path, folder: Path, finding: Finding) -> Placed:
    finding = replace(finding, message=finding.message.replace(str(stage), str(folder)))
    if said := _PLACE.search(finding.message):
        path = Path(said["file"])
        name = str(path.relative_to(folder)) if path.is_relative_to(folder) else path.name
        return Placed(finding, name, int(said["line"]))
    if said := _WITHOUT_LOG.search(finding.message):
        finding = replace(finding, jail=said["jail"], option="logpath")
    if finding.jail is None:
        return Placed(finding)
    setting = _setting(stage, finding.jail, finding.option)
    if setting is None:
        return Placed(finding)
    return Placed(finding, setting.file, _line_of(stage / setting.file, finding.expression) or setting.line)


def _line_of(file: Path, text: str | None) -> int | None:
    """The line that holds it, counted from 1."""
    lines = file.read_text("utf-8", "replace").split("\n")
    return next((number for number, line in enumerate(lines, 1) if text and text in line), None)


def _quoted(message: str) -> str | None:
    said = _QUOTED.search(message)
    return said and said["text"]


def _setting(stage: Path, jail: str, option: str | None) -> origins.Setting | None:
    """The line that decides it: in the jail, else in its filter; for a fault of no option, what names the filter."""
    for name in (option,) if option else ("filter", "action"):
        own = origins.setting_of(stage, "jail", jail, name)
        if own is not None:
            return own
    named = origins.setting_of(stage, "jail", jail, "filter")
    filter_ = named.written.split("[")[0].strip() if named else jail
    return origins.setting_of(stage, "filter", filter_ or jail, option) if option else None
