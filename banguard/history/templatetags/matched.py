"""The log lines that led to a ban, with what the filter captured of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django import template

from banguard.core import networks
from banguard.core.errors import AddressInvalid
from banguard.core.networks import Network
from banguard.history.models import Ban

register = template.Library()

# Every repetition is bounded: the lines are written by strangers.
CAPTURED = re.compile(
    r"(?<![0-9A-Za-z:.])(?P<address>[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{1,45}|\d{1,3}(?:\.\d{1,3}){3})(?![0-9A-Za-z])"
    r"|\b(?:for (?:invalid user |illegal user )?|user[ =:]{1,2}[\"'<]?|acct=[\"']?)(?P<user>[^\s\"'<>,;]{1,64})"
    r"(?=[\"'>,;]| from\b| by\b|$)"
)


@dataclass(frozen=True)
class Part:
    """``captured``: "address" (the one that was banned), "user", or "" for what lies between."""

    text: str
    captured: str = ""


@register.inclusion_tag("history/lines.html")
def matched_lines(ban: Ban) -> dict[str, object]:
    """``{% matched_lines ban %}``: each line, the banned address and the user's name marked."""
    lines = ban.matched.lines if hasattr(ban, "matched") else []
    return {"lines": [list(parts(line, ban.address)) for line in lines], "origin": ban.origin}


def parts(line: str, banned: Network) -> Iterator[Part]:
    """The line cut into what was captured and what was not; joined, they are the line."""
    at = 0
    for found in CAPTURED.finditer(line):
        kind = str(found.lastgroup)
        text = found[kind].rstrip(":.") if kind == "address" else found[kind]
        if kind == "address" and not _is_of(text, banned):
            continue
        begin = found.start(kind)
        yield Part(line[at:begin])
        yield Part(text, kind)
        at = begin + len(text)
    yield Part(line[at:])


def _is_of(text: str, banned: Network) -> bool:
    try:
        return networks.overlaps_any(networks.parse_network(text), [banned]) is not None
    except AddressInvalid:
        return False
