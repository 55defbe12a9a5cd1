"""Formats of other programs, one line at a time: what stands in a line of each.

A reader gives the entries of a line, none for a line that is no business of ours, and raises ``ValueError`` for
one that it cannot take: never is a rule that allows somebody taken for one that blocks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from banguard.blocklists.parse.lines import MAX_LINE
from banguard.blocklists.parse.reading import Found, Unread
from banguard.blocklists.values import Format

Reader = Callable[[str], list[str]]
_HOSTS_DENY = re.compile(r"([A-Za-z][\w.\-]*(?:[\s,]+[A-Za-z][\w.\-]*)*)\s*:\s*(.+)")
_NGINX = re.compile(r"(deny|allow)\s+(\S+?)\s*;.*", re.IGNORECASE)
_NGINX_GEO = re.compile(r"([\da-fA-F.:/]+)\s+[\w\"']+\s*;")
_APACHE = re.compile(r"(deny\s+from|require\s+not\s+ip)\s+(.+)", re.IGNORECASE)
_IPSET = re.compile(r"(?:add|-A)\s+\S+\s+(\S+)(.*)")
_SURICATA = re.compile(r"(alert|drop|reject\w*|pass|log)\s+[\w\-]+\s+(\[[^\]]*\]|\S+)\s+\S+\s+(?:->|<>)")
_CISCO = re.compile(r"(?:access-list\s+\S+\s+)?(?:extended\s+|line\s+\d+\s+|\d+\s+)*(deny|permit|shun)\s+(.+)")
_CISCO_HOST = re.compile(r"(?:[a-z]+\s+)?(?:host\s+)?([\d.]+)(?:\s+((?:\d+\.){3}\d+))?(?:\s|$)")
_P2P = re.compile(r".*?:\s*([\d.]+\s*-\s*[\d.]+)")
_TOR = re.compile(r"ExitAddress\s+(\S+)(?:\s.*)?")
_QUIET = re.compile(r"(?:ExitNode|Published|LastStatus)\s.*")


def found(file: Iterable[str], written: Format) -> Iterator[Found]:
    """Every entry with the number of its line."""
    reader, comments = READERS[written]
    for number, line in enumerate(file, 1):
        text = line[:MAX_LINE].strip()
        if not text or text.startswith(comments):
            yield number, None
            continue
        try:
            entries = reader(text)
        except ValueError as reason:
            yield number, Unread(text, reason)
            continue
        if not entries:
            yield number, None
        yield from ((number, entry) for entry in entries)


def _hosts_deny(line: str) -> list[str]:
    """``daemons : clients [: options]``; a client may be ``203.0.113.`` or ``[2001:db8::]/32``."""
    match = _matched(_HOSTS_DENY, line)
    clients = re.split(r"\s+:|(?<![\[:\w]):(?=\s)", match[2])[0]
    if "EXCEPT" in clients or "EXCEPT" in match[1]:
        raise ValueError("it makes an exception")
    return [_client(word) for word in re.split(r"[\s,]+", clients.partition("#")[0].strip())]


def _client(word: str) -> str:
    if match := re.fullmatch(r"((?:\d+\.){1,3})", word):
        numbers = match[1].rstrip(".").split(".")
        return f"{'.'.join([*numbers, *['0'] * (4 - len(numbers))])}/{8 * len(numbers)}"
    return re.sub(r"^\[([^\]]*)\]", r"\1", word)


def _nginx(line: str) -> list[str]:
    if match := _NGINX.fullmatch(line):
        if match[1].lower() == "allow":
            raise ValueError("it allows")
        return [match[2]]
    return [_matched(_NGINX_GEO, line)[1]]


def _apache(line: str) -> list[str]:
    if re.match(r"<|order\s|allow\s+from\s+all|require\s+all\s+granted|satisfy\s", line, re.IGNORECASE):
        return []
    words = _matched(_APACHE, line)[2].split()
    return [_client(word if word.endswith(".") or word.count(".") != 2 else f"{word}.") for word in words]


def _ipset(line: str) -> list[str]:
    if re.match(r"(?:create|flush|destroy|swap|-N|-F|-X|COMMIT)\b", line):
        return []
    match = _matched(_IPSET, line)
    if "nomatch" in match[2].split():
        raise ValueError("it makes an exception")
    return [match[1].partition(",")[0]]


def _suricata(line: str) -> list[str]:
    match = _matched(_SURICATA, line)
    if match[1] == "pass":
        raise ValueError("it lets pass")
    return [one.strip() for one in match[2].strip("[]").split(",")]


def _cisco(line: str) -> list[str]:
    if re.match(r"(?:no\s|remark\s|ip access-list|access-list \S+ remark|exit)", line):
        return []
    match = _matched(_CISCO, line)
    if match[1] == "permit":
        raise ValueError("it permits")
    host = _matched(_CISCO_HOST, match[2])
    is_host = re.match(r"(?:[a-z]+\s+)?host\s", match[2]) or match[1] == "shun" or host[2] is None
    return [host[1] if is_host else f"{host[1]}/{host[2]}"]


def _p2p(line: str) -> list[str]:
    return [re.sub(r"\s", "", _whole(_P2P, line)[1])]


def _tor(line: str) -> list[str]:
    return [] if _QUIET.fullmatch(line) else [_whole(_TOR, line)[1]]


def _rbldnsd(line: str) -> list[str]:
    if line.startswith("!"):
        raise ValueError("it makes an exception")
    return [line.split(maxsplit=1)[0]]


def _matched(pattern: re.Pattern[str], line: str) -> re.Match[str]:
    match = pattern.match(line)
    if match is None:
        raise ValueError("it is not written in this format")
    return match


def _whole(pattern: re.Pattern[str], line: str) -> re.Match[str]:
    match = pattern.fullmatch(line)
    if match is None:
        raise ValueError("it is not written in this format")
    return match


# How a line is read, and what lines that say nothing begin with.
READERS: dict[Format, tuple[Reader, tuple[str, ...]]] = {
    Format.HOSTS_DENY: (_hosts_deny, ("#",)),
    Format.NGINX: (_nginx, ("#", "geo", "map", "default", "}")),
    Format.APACHE: (_apache, ("#",)),
    Format.IPSET: (_ipset, ("#",)),
    Format.SURICATA: (_suricata, ("#",)),
    Format.CISCO: (_cisco, ("!", "#")),
    Format.P2P: (_p2p, ("#",)),
    Format.TOR: (_tor, ("#",)),
    Format.RBLDNSD: (_rbldnsd, ("#", ";", "$", ":")),
}
