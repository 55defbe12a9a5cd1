"""What a configuration comes to: the commands that Fail2ban would send its server, and what it would refuse."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from banguard.core import sandbox
from banguard.core.errors import Unavailable
from banguard.fail2ban import staging
from banguard.fail2ban.staging import Texts

CHILD = (Path(__file__).parent / "children" / "dry_check.py").read_text(encoding="utf-8")
LIMITS = sandbox.Limits(seconds=30.0)  # 91 jails take 0.9 s on an idle machine
CLIENT = "fail2ban-client"
_SAYS_NOTHING = re.compile(r"WARNING|test configuration failed")
_WHEN = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ +\S+ +\[\d+\]: ERROR +")

Command = list[object]


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, as far as it is known in which jail and option. ``severity``: error or warning;
    ``expression``: the one of several, as it is written."""

    jail: str | None
    option: str | None
    message: str
    severity: str
    expression: str | None = None


@dataclass(frozen=True)
class Expected:
    """What a jail's server would answer: seconds, seconds, a number, the names of its actions, and the rest as text."""

    ban_time: int
    find_time: int
    max_retries: int
    actions: tuple[str, ...]
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Resolution:
    stream: tuple[Command, ...]
    findings: tuple[Finding, ...]
    expected: Mapping[str, Expected]

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @cached_property
    def by_jail(self) -> dict[str, list[Command]]:
        """The commands of each jail that would run, and under the empty name those of the server as a whole."""
        found: defaultdict[str, list[Command]] = defaultdict(list)
        for command in self.stream:
            if command[0] in {"start", "config-error"}:
                continue
            general = command[0] == "set" and len(command) == 3
            found["" if general else str(command[1])].append(command)
        return dict(found)


def resolve(folder: Path, changes: Texts | None = None, *, every_jail: bool = False, feed: bool = False) -> Resolution:
    """Read ``folder``, with ``changes`` made to a copy of it, by Fail2ban's own readers in a sandbox.

    ``every_jail``: as if all were enabled. ``feed``: also try every command on a server that starts nothing.
    """
    user = sandbox.unused_user()
    with staging.staged(folder, changes or {}, owner=user) as stage:
        order = {"folder": str(stage), "every_jail": every_jail, "feed": feed}
        ended = sandbox.run(CHILD, order, limits=LIMITS, user=user)
        if ended.timed_out:
            return _refused("Reading the configuration takes too long; an expression or a reference in it explodes.")
        if not ended.well:
            return _refused(f"Fail2ban's own readers broke on it: {ended.complaint[-300:]}")
        return _resolution(json.loads(ended.output.replace(str(stage).encode(), str(folder).encode())))


def new_complaints(folder: Path, changes: Texts, *, client: str = CLIENT) -> list[Finding]:
    """What ``fail2ban-client -t`` and ``-d`` say against the folder once ``changes`` are made, and do not say now."""
    found = []
    for test in ("-t", "-d"):
        said = complaint_of_client(folder, changes, test, client=client)
        known = complaint_of_client(folder, {}, test, client=client) if said else ()
        found += [Finding(None, None, f"fail2ban-client {test}: {one}", "error") for one in said if one not in known]
    return found


def complaint_of_client(folder: Path, changes: Texts, test: str, *, client: str = CLIENT) -> tuple[str, ...]:
    """What ``fail2ban-client`` says when it tests the configuration with ``changes`` made; nothing if it is content."""
    program = shutil.which(client)
    if program is None:
        raise Unavailable(f"{client} is not installed, so nothing can be checked.", program=client)
    with staging.staged(folder, changes) as stage:
        try:
            done = subprocess.run(  # noqa: S603 - fixed words and our own paths, no shell
                [program, "-c", str(stage), test],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=LIMITS.seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return (f"it did not end within {LIMITS.seconds:g} seconds",)
        said = [line.strip() for line in done.stderr.replace(str(stage), str(folder)).splitlines()]
    if done.returncode == 0:
        return ()
    errors = tuple(_WHEN.sub("", line)[:500] for line in said if line and not _SAYS_NOTHING.search(line))
    return errors or (f"it ended with {done.returncode}",)


def changed_jails(before: Resolution, after: Resolution) -> tuple[str, ...]:
    """Jails that come, go or get other commands, by name; the empty name is the server as a whole."""
    names = {*before.by_jail, *after.by_jail}
    return tuple(sorted(name for name in names if before.by_jail.get(name) != after.by_jail.get(name)))


def with_other_actions(before: Resolution, after: Resolution) -> frozenset[str]:
    """Jails in both whose actions differ. A reload that does not restart these would lose or keep the old ones."""
    both = before.by_jail.keys() & after.by_jail.keys()
    return frozenset(name for name in both if _actions(before.by_jail[name]) != _actions(after.by_jail[name]))


def _actions(commands: list[Command]) -> list[Command]:
    return [command for command in commands if len(command) > 2 and command[2] in {"addaction", "action"}]


def _refused(message: str) -> Resolution:
    return Resolution((), (Finding(None, None, message, "error"),), {})


def _resolution(told: dict[str, list[dict[str, str]]]) -> Resolution:
    expected: Mapping[str, Mapping[str, object]] = told["expected"]  # type: ignore[assignment]
    return Resolution(
        stream=tuple(told["stream"]),  # type: ignore[arg-type]
        findings=tuple(Finding(**finding) for finding in told["findings"]),
        expected={jail: _expected(answers) for jail, answers in expected.items() if len(answers) == 5},
    )


def _expected(answers: Mapping[str, object]) -> Expected:
    actions = answers["actions"]
    return Expected(
        ban_time=int(float(str(answers["bantime"]))),
        find_time=int(float(str(answers["findtime"]))),
        max_retries=int(str(answers["maxretry"])),
        actions=tuple(map(str, actions)) if isinstance(actions, list) else (),
        values=answers["values"],  # type: ignore[arg-type]
    )
