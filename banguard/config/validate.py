"""Our own rules for a file of the configuration, before Fail2ban itself is asked. Plain text in, findings out.

They are about what Fail2ban accepts without a word and then does something else with (a duration that is none, a
line separator that ends a value), and about what only whoever may act as root may change.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Callable, Iterator

from banguard.config.values import Finding, Severity
from banguard.core import durations, inifile
from banguard.core.errors import AddressInvalid, InvalidInput
from banguard.core.inifile import Option
from banguard.core.networks import parse_network

MAX_BYTES = 256 * 1024
MAX_EXPRESSIONS = 200  # of one file that are new in it

_BREAKS = re.compile("\r(?!\n)|[\x00\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./\-]{0,99}")
_SECTION = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
_REFERENCE = re.compile(r"%\([^()]*\)s")
_SHELL = re.compile(r"[;&|`$\\\"'(){}<>\n]")
_BRACKETS = re.compile(r"\[[^\]]*\]")
_COMMAND = re.compile(r"\baction(?:start|stop|check|ban|unban|flush|repair|prolong|reban)\w*\s*=")
_BOOLEANS = {"1", "on", "true", "yes", "0", "off", "false", "no"}
_FOLDERS_OF_ROOT = ("/etc/", "/root/", "/proc/", "/sys/", "/dev/", "/boot/")
EXPRESSIONS = {"failregex", "ignoreregex", "prefregex"}


def findings(path: str, content: bytes | None, before: bytes | None) -> list[Finding]:
    """What is to say about ``content`` as the file ``path``, which holds ``before`` now."""
    if content is None:
        return []
    if len(content) > MAX_BYTES:
        return [Finding(Severity.ERROR, f"The file has more than {MAX_BYTES // 1024} kB.", path)]
    found = [*_of_bytes(path, content)] or [*_of_structure(path, content.decode())]
    if found:
        return found
    options = inifile.options_of(content.decode())
    known = {
        (one.section, one.name, one.value) for one in inifile.options_of((before or b"").decode("utf-8", "replace"))
    }
    found += _of_names(path, content.decode())
    for option in options:
        found += _of_value(path, option)
        if (option.section, option.name, option.value) not in known:
            found += _of_danger(path, option)
    return found


def dangers(path: str, content: bytes | None, before: bytes | None) -> list[Finding]:
    """What only whoever may act as root may change."""
    return [one for one in findings(path, content, before) if one.severity == Severity.DANGER]


def belongs_to_root(path: str) -> bool:
    """Whether everything in the file is run by root or tells root where to write."""
    return path.startswith(("action.d/", "fail2ban.d/"))


def expressions(content: bytes | None, before: bytes | None) -> list[tuple[int, str, str]]:
    """(line, option, expression) of those that are new in the file. One with a reference is whole only once it is
    resolved, so it is left out here."""
    known = {text for _, _, text in _expressions(before)}
    return [one for one in _expressions(content) if one[2] not in known and not _REFERENCE.search(one[2])]


def _expressions(content: bytes | None) -> Iterator[tuple[int, str, str]]:
    text = (content or b"").decode("utf-8", "replace")
    lines = inifile.lines_of(text)
    for option in inifile.options_of(text):
        if option.name not in EXPRESSIONS:
            continue
        number = option.first
        for expression in filter(None, option.value.split("\n")):
            while number < option.last and expression not in lines[number]:
                number += 1
            yield number + 1, option.name, expression


def _of_bytes(path: str, content: bytes) -> Iterator[Finding]:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        yield Finding(Severity.ERROR, "This line is no UTF-8: Fail2ban would skip the whole file.", path, line)
        return
    for found in _BREAKS.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Finding(Severity.ERROR, f"A hidden character ({found[0]!r}) ends the line or the text here.", path, line)
        return


def _of_structure(path: str, text: str) -> Iterator[Finding]:
    parser = configparser.RawConfigParser(inline_comment_prefixes=(";",))
    try:
        parser.read_string(text)
    except configparser.MissingSectionHeaderError as error:
        yield Finding(Severity.ERROR, "Options stand below a section such as [sshd].", path, error.lineno)
    except (configparser.DuplicateSectionError, configparser.DuplicateOptionError) as error:
        what = getattr(error, "option", None) or f"[{error.section}]"
        yield Finding(Severity.ERROR, f"{what} stands here for the second time.", path, error.lineno)
    except configparser.ParsingError as error:
        for line, said in error.errors[:20]:
            yield Finding(Severity.ERROR, f"This is neither a section nor an option: {said[:80]}", path, line)


def _of_names(path: str, text: str) -> Iterator[Finding]:
    for section in inifile.sections_of(text):
        if not _SECTION.fullmatch(section.name):
            yield Finding(Severity.ERROR, f"[{section.name[:80]}] cannot be a section.", path, section.line + 1)
    for option in inifile.options_of(text):
        if not _NAME.fullmatch(option.name):
            message = f"{option.name[:80]!r} cannot be an option."
            yield Finding(Severity.ERROR, message, path, option.first + 1, option.name[:80])


def _of_value(path: str, option: Option) -> Iterator[Finding]:
    rule = _RULES.get(option.name) if path.startswith("jail.d/") else None
    if option.section == "INCLUDES":
        rule = _include
    if rule is None or (option.section != "INCLUDES" and _REFERENCE.search(option.value)):
        return
    jail = option.section if path.startswith("jail.d/") else None
    if reason := rule(option.value):
        yield Finding(Severity.ERROR, reason, path, option.first + 1, option.name, jail)


def _of_danger(path: str, option: Option) -> Iterator[Finding]:
    reason = ""
    if path.startswith("action.d/"):
        reason = "Root runs this as a shell command." if option.name.startswith("action") else ""
    elif path.startswith("fail2ban.d/"):
        writes = option.name in {"logtarget", "dbfile", "pidfile", "socket", "syslogsocket"}
        reason = "Root writes to this place." if writes else ""
    elif path.startswith("jail.d/"):
        reason = _danger_in_jail(option.name, option.value)
    if reason:
        jail = option.section if path.startswith("jail.d/") else None
        yield Finding(Severity.DANGER, reason, path, option.first + 1, option.name, jail)


def _danger_in_jail(name: str, value: str) -> str:
    plain = _REFERENCE.sub("", value)
    if name == "ignorecommand" and value:
        return "Root runs this as a shell command."
    if name in {"bantime.formula", "bantime.evformula"}:
        return "Fail2ban evaluates this as a program, as root."
    if _COMMAND.search(plain):
        return "This puts a shell command of root's in the place of the action's own."
    if name == "logpath":
        read = any(line.strip().startswith(_FOLDERS_OF_ROOT) for line in value.split("\n"))
        return "Root reads this as a log, and lines of it are shown." if read else ""
    if name in EXPRESSIONS | {"datepattern", "filter", "ignoreip", "journalmatch", "ignorecache"}:
        return ""
    inside = " ".join(_BRACKETS.findall(plain)) if name.startswith(("action", "banaction")) else plain
    words = re.sub(r"[\[\]\"']", "", inside) if name.startswith(("action", "banaction")) else inside
    return "This may become part of a shell command that root runs." if _SHELL.search(words) else ""


def _duration(value: str) -> str:
    try:
        durations.seconds_of(value)
    except InvalidInput as error:
        return str(error)
    return ""


def _count(value: str) -> str:
    return "" if re.fullmatch(r"\d{1,6}", value) else f"{value[:80]!r} is no number."


def _boolean(value: str) -> str:
    return (
        "" if value.lower() in _BOOLEANS else f"{value[:80]!r} is neither true nor false; Fail2ban takes it for false."
    )


def _usedns(value: str) -> str:
    known = {"yes", "warn", "no", "raw"}
    return (
        "" if value.lower() in known else f"{value[:80]!r} is none of yes, warn, no and raw; Fail2ban takes it for no."
    )


def _addresses(value: str) -> str:
    for word in re.split(r"[\s,]+", value):
        if not word or re.fullmatch(r"[A-Za-z_][A-Za-z0-9.\-]*", word) or word.startswith("file:"):
            continue
        try:
            parse_network(word)
        except AddressInvalid:
            return f"{word[:80]!r} is no address, network or name of a host."
    return ""


def _backend(value: str) -> str:
    known = re.fullmatch(r"(auto|polling|pyinotify|gamin|systemd)(\[.*\])?", value, re.DOTALL)
    return "" if known else f"There is no backend {value[:80]!r}: auto, polling, pyinotify or systemd."


def _include(value: str) -> str:
    for line in value.split("\n"):
        if line.startswith("/") or ".." in line.split("/"):
            return f"{line[:80]!r} leads out of the configuration folder."
    return ""


_RULES: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(("bantime", "findtime", "bantime.maxtime", "bantime.rndtime"), _duration),
    **dict.fromkeys(("maxretry", "maxmatches", "maxlines"), _count),
    **dict.fromkeys(("enabled", "ignoreself", "bantime.increment", "bantime.overalljails"), _boolean),
    "usedns": _usedns,
    "ignoreip": _addresses,
    "backend": _backend,
}
