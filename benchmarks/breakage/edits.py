"""Edits by chance: good ones, bad ones, and ones that are no text at all."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.breakage.guarded import NAMES

OVERLAY, FILTER, SERVER = "jail.d/zz-banguard.local", "filter.d/lab.local", "fail2ban.d/zz-banguard.local"
WRONG = [
    "bantime = soon",
    "findtime = __import__('os').system('true')",
    "maxretry = many",
    "backend = bogus",
    "logencoding = bogus",
    "filter = nosuch",
    "action = nosuch",
    "failregex = ^(<HOST>$",
    "failregex = ^no address$",
    "logpath = /nonexistent/log",
    "bantime = %(nosuch)s",
    "bantime.formula = (",
    "maxretry = 1\nmaxretry = 2",
    "a line that is none",
]


@dataclass(frozen=True)
class Edit:
    """``accident``: what happens half-way, if anything."""

    kind: str
    path: str
    content: bytes | None
    accident: str = ""


def edit(chance: random.Random) -> Edit:
    kind = chance.choice(list(KINDS))
    return KINDS[kind](chance, kind)


def _valid(chance: random.Random, kind: str) -> Edit:
    if chance.random() < 0.15:
        return Edit(kind, SERVER, f"[Definition]\nloglevel = {chance.choice(('INFO', 'NOTICE'))}\n".encode())
    if chance.random() < 0.2:
        word = chance.choice(("login", "logon", "password"))
        return Edit(kind, FILTER, f"[Definition]\nfailregex = ^ {word} failed for \\S+ from <HOST>$\n".encode())
    return Edit(kind, OVERLAY, _jails(chance).encode())


def _jails(chance: random.Random) -> str:
    text = f"# {chance.random()}\n"
    for jail in chance.sample(NAMES, chance.randint(1, len(NAMES))):
        text += f"[{jail}]\nmaxretry = {chance.randint(1, 9)}\nfindtime = {chance.randint(1, 9)}h\n"
        text += f"action = {chance.choice(('noop', 'noop2'))}\n"
        if jail == NAMES[-1]:
            text += f"enabled = {chance.choice(('true', 'false'))}\n"
    return text


def _invalid(chance: random.Random, kind: str) -> Edit:
    path = chance.choice((OVERLAY, FILTER))
    if path == FILTER:
        return Edit(kind, FILTER, b"[Definition]\nfailregex = ^(<HOST>$\n")
    return Edit(kind, OVERLAY, f"[{chance.choice(NAMES[:2])}]\n{chance.choice(WRONG)}\n".encode())


def _truncated(chance: random.Random, kind: str) -> Edit:
    whole = _valid(chance, kind)
    text = whole.content or b""
    return Edit(kind, whole.path, text[: chance.randrange(len(text))])


def _random_bytes(chance: random.Random, kind: str) -> Edit:
    return Edit(kind, chance.choice((OVERLAY, FILTER, SERVER)), chance.randbytes(chance.randint(1, 2_000)))


def _wrong_encoding(chance: random.Random, kind: str) -> Edit:
    text = _jails(chance).replace("#", "# Ä")
    return Edit(kind, OVERLAY, text.encode(chance.choice(("utf-16", "latin-1", "utf-8-sig", "utf-32"))))


def _removal(chance: random.Random, kind: str) -> Edit:
    return Edit(kind, chance.choice((OVERLAY, FILTER, SERVER)), None)


def _with(accident: str) -> Callable[[random.Random, str], Edit]:
    def make(chance: random.Random, kind: str) -> Edit:
        begun = _valid(chance, kind) if chance.random() < 0.8 else _invalid(chance, kind)
        return Edit(kind, begun.path, begun.content, accident)

    return make


KINDS: dict[str, Callable[[random.Random, str], Edit]] = {
    "valid": _valid,
    "invalid": _invalid,
    "truncated": _truncated,
    "random_bytes": _random_bytes,
    "wrong_encoding": _wrong_encoding,
    "removal": _removal,
    "agent_killed": _with("agent_killed"),
    "fail2ban_killed": _with("fail2ban_killed"),
    "fail2ban_paused": _with("fail2ban_paused"),
}
