"""The options that people change by form: what each means, what Fail2ban takes without it, and what it may hold.

``problem`` is about one value by itself; what it comes to in the whole configuration is judged with the change.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from banguard.core import durations
from banguard.core.errors import AddressInvalid, InvalidInput
from banguard.core.networks import parse_network

Text = str | Promise
MOST = 4_000  # characters of a value
TARGETS = {"STDOUT", "STDERR", "SYSLOG", "SYSOUT", "SYSTEMD-JOURNAL"}
LEVELS = ("CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "DEBUG")
_REFERENCE = re.compile(r"%\([A-Za-z0-9_./\-]+\)s")
_PATH = re.compile(r"/[A-Za-z0-9_@%+=:,.*?\[\]/\-]*")


@dataclass(frozen=True)
class Option:
    """``kind`` decides how it is asked for: word, lines, duration, truth, or choice of ``choices``."""

    name: str
    kind: str
    rule: Callable[[str], str]
    default: str
    label: Text
    meaning: Text
    choices: tuple[str, ...] = ()


def problem(option: Option, value: str) -> str:
    """Why the option may not have this value; empty if it may. References to other options are left as they are."""
    if len(value) > MOST or any(ord(char) < 32 and char != "\n" for char in value):
        return gettext("It is too long, or holds characters that cannot be seen.")
    if "\n" in value and option.kind != "lines":
        return gettext("It is one line.")
    whole = _REFERENCE.fullmatch(value)
    return "" if whole else option.rule(_REFERENCE.sub("", value) if option.kind == "lines" else value)


def _duration(value: str) -> str:
    try:
        seconds = durations.seconds_of(value)
    except InvalidInput as error:
        return error.message
    return "" if seconds else gettext("It must be longer than nothing.")


def _finite(value: str) -> str:
    return _duration(value) or (gettext("It cannot be without an end.") if durations.seconds_of(value) < 0 else "")


def _count(value: str) -> str:
    return "" if re.fullmatch(r"[1-9][0-9]{0,5}", value) else gettext("A whole number from 1.")


def _truth(value: str) -> str:
    return "" if value in {"true", "false"} else gettext("Either true or false.")


def _filter(value: str) -> str:
    # What stands in brackets becomes a part of expressions: words alone cannot make one explode.
    known = re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*(\[[A-Za-z0-9_ .,:/@=\"'\-]*\])?", value)
    return "" if known else gettext("A filter's name, perhaps with options: sshd[mode=aggressive].")


def _ports(value: str) -> str:
    return (
        ""
        if re.fullmatch(r"[A-Za-z0-9_,:\- ]{1,300}", value)
        else gettext("Numbers or names of services, with commas.")
    )


def _backend(value: str) -> str:
    known = re.fullmatch(r"(auto|polling|pyinotify|gamin|systemd)(\[[^\[\]]*\])?", value)
    return "" if known else gettext("One of auto, polling, pyinotify, gamin and systemd.")


def _logs(value: str) -> str:
    for line in filter(None, map(str.strip, value.split("\n"))):
        path = re.sub(r"\s+(head|tail)$", "", line)
        if not _PATH.fullmatch(path) or ".." in PurePosixPath(path).parts:
            return gettext("Each line is the whole path of a log: /var/log/auth.log.")
    return ""


def _addresses(value: str) -> str:
    for word in filter(None, re.split(r"[\s,]+", value)):
        try:
            parse_network(word)
        except AddressInvalid as error:
            if not re.fullmatch(r"[A-Za-z]([A-Za-z0-9\-]*\.)+[A-Za-z0-9\-]+|localhost", word):
                return error.message
    return ""


def _anything(value: str) -> str:
    return ""


def _factor(value: str) -> str:
    return "" if re.fullmatch(r"(0|[1-9][0-9]{0,4})(\.[0-9]{1,6})?", value) else gettext("A number, such as 1 or 1.5.")


def _multipliers(value: str) -> str:
    known = re.fullmatch(r"[1-9][0-9]{0,6}( [1-9][0-9]{0,6}){0,49}", value)
    return "" if known else gettext("Whole numbers with one blank between them: 1 2 4 8.")


def _level(value: str) -> str:
    return "" if value in LEVELS else gettext("One of the levels.")


def _target(value: str) -> str:
    """A path is written to by root: it stays where logs belong."""
    path = PurePosixPath(value)
    inside = re.fullmatch(r"/[A-Za-z0-9_.\-/]{1,200}", value) and ".." not in path.parts
    if value in TARGETS or (inside and path.is_relative_to("/var/log") and path.suffix == ".log"):
        return ""
    return gettext("One of %(targets)s, or a file /var/log/….log.") % {"targets": ", ".join(sorted(TARGETS))}


JAIL: tuple[Option, ...] = (
    Option("enabled", "truth", _truth, "false", _("Enabled"), _("Whether the server runs this jail.")),
    Option("filter", "word", _filter, "%(__name__)s", _("Filter"), _("What tells a failure from other lines.")),
    Option("action", "lines", _anything, "%(action_)s", _("Action"), _("What is done to ban, as root.")),
    Option("port", "word", _ports, "0:65535", _("Ports"), _("Which ports a ban closes: ssh, or 80,443.")),
    Option("logpath", "lines", _logs, "", _("Logs"), _("The files it watches, one a line; * stands for anything.")),
    Option("backend", "word", _backend, "auto", _("Backend"), _("How it reads: systemd is the journal.")),
    Option("maxretry", "word", _count, "5", _("Failures"), _("How many an address may make within the find time.")),
    Option("findtime", "duration", _finite, "10m", _("Find time"), _("How far back failures count.")),
    Option("bantime", "duration", _duration, "10m", _("Ban time"), _("How long a ban lasts; -1 is for ever.")),
    Option("ignoreip", "lines", _addresses, "", _("Never banned"), _("Addresses, networks and names of hosts.")),
    Option("ignoreself", "truth", _truth, "true", _("Spare itself"), _("Never ban an address of this machine.")),
)
RECURRING: tuple[Option, ...] = (
    Option(
        "bantime.increment", "truth", _truth, "false", _("Longer each time"), _("Who comes back is banned for longer.")
    ),
    Option("bantime.factor", "word", _factor, "1", _("Factor"), _("Every longer ban is multiplied by it.")),
    Option(
        "bantime.multipliers",
        "word",
        _multipliers,
        "1 2 4 8 16 …",
        _("Steps"),
        _("How many ban times the first, second and each later ban lasts."),
    ),
    Option("bantime.maxtime", "duration", _finite, "", _("Longest ban"), _("No ban gets longer than this.")),
    Option("bantime.rndtime", "duration", _finite, "", _("Random part"), _("Up to this much is added by chance.")),
    Option(
        "bantime.overalljails",
        "truth",
        _truth,
        "false",
        _("Count in every jail"),
        _("Bans of other jails count as earlier ones too."),
    ),
)
SERVER: tuple[Option, ...] = (
    Option("loglevel", "choice", _level, "INFO", _("Log level"), _("How much Fail2ban writes."), LEVELS),
    Option("logtarget", "word", _target, "STDERR", _("Log target"), _("Where it writes: BanGuard reads a file best.")),
    Option("dbpurgeage", "duration", _finite, "1d", _("Purge age"), _("When its database forgets a ban.")),
)
