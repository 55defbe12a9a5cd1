"""Takes secrets out of what is written down: log lines, whoever wrote them, and the audit trail.

Three ways to know one: by the name it goes by, by its shape in a text, and by its value, for those that the
settings hold. Every expression is bounded, since strangers choose what they are run on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import structlog

MASK = "•••"
WORDS = r"pass(?:word|wd|phrase)?|secret|token|api[_-]?key|private[_-]?key|credential|authorization|cookie|digest"
NAMES = re.compile(WORDS + r"|session[_-]?key|signature|csrf", re.IGNORECASE)
IN_TEXT = (
    (re.compile(r"(?<=://)[^/@\s]{1,300}(?=@)"), MASK),  # https://user:password@host
    (
        re.compile(r"([?&;][\w.-]{0,40}?(?:key|token|secret|pass|auth|sig)[\w.-]{0,40}=)[^&\s#\"']+", re.IGNORECASE),
        rf"\g<1>{MASK}",
    ),
    (re.compile(r"\b((?:set-)?cookie[\"']?\s{0,3}[:=]\s{0,3})[^\r\n]+", re.IGNORECASE), rf"\g<1>{MASK}"),
    (re.compile(r"\b(Bearer|Basic|ApiKey|Digest)\s{1,3}[\w.~+/=:-]{6,}", re.IGNORECASE), rf"\g<1> {MASK}"),
    (
        re.compile(rf"((?:{WORDS}|_session|csrf)[\w-]{{0,20}}[\"']?\s{{0,3}}[:=]\s{{0,3}}[\"']?)(?!{MASK})"
                   r"(?!Bearer |Basic |ApiKey |Digest )[^\s\"',;&)}\]]{4,}", re.IGNORECASE),
        rf"\g<1>{MASK}",
    ),
    (re.compile(r"\bbg_[\w-]{20,}"), MASK),  # our own tokens
    (re.compile(r"(/(?:setup|welcome)/)[\w:-]{8,}"), rf"\g<1>{MASK}"),  # links behind which a password is chosen
    (
        re.compile(r"(-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)[^-]{1,10000}"),
        rf"\g<1>{MASK}",
    ),
)  # fmt: skip
SHORTEST = 6  # characters of a secret that is known by its value: shorter ones stand in words


class Masking:
    """The processor. ``known``: secrets that are masked wherever they stand, also inside other text."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        spelt = {form for secret in known if len(secret) >= SHORTEST for form in (secret, quote(secret, safe=""))}
        longest_first = sorted(spelt, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if spelt else None

    def __call__(self, _logger: object, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
        return {name: self._masked(value, name) for name, value in event.items()}

    def _masked(self, value: Any, name: str = "") -> Any:
        if value is None or isinstance(value, bool | int | float):
            return value  # a count, or the number of a fence: no secret of ours is one
        if name and NAMES.search(name):
            return MASK if value else value
        if isinstance(value, str):
            return self._in(value)
        if isinstance(value, Mapping):
            return {self._masked(key): self._masked(inner, str(key)) for key, inner in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._masked(inner) for inner in value]
        return self._in(value.decode(errors="replace") if isinstance(value, bytes) else str(value))

    def _in(self, text: str) -> str:
        return in_text(self._known.sub(MASK, text) if self._known else text)


def in_text(text: str) -> str:
    """``text`` without what looks like a secret."""
    for shape, instead in IN_TEXT:
        text = shape.sub(instead, text)
    return text
