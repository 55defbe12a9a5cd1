"""The lines of ``get JAIL banip --with-time``: ``192.0.2.7 \t2026-11-23 16:31:30 + 3600 = 2026-11-23 17:31:30``."""

from __future__ import annotations

import re
import time
from datetime import datetime

from banguard.fail2ban.values import Ticket

_TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
_LINE = re.compile(rf"(?P<identity>\S.{{0,200}}?) ?\t(?P<at>{_TIME}) \+ (?P<ban_time>-?\d{{1,12}}) = .*")


def read(line: str) -> Ticket | None:
    """The ticket that a line shows, or None: an identity may be any text at all."""
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    try:
        return Ticket(found["identity"], _seconds(found["at"]), max(int(found["ban_time"]), -1))
    except (ValueError, OverflowError):
        return None


def _seconds(text: str) -> int:
    """A local time; where the clocks went back and it was twice, the later of the two that are past."""
    moment = datetime.fromisoformat(text)
    first, second = (int(moment.replace(fold=fold).astimezone().timestamp()) for fold in (0, 1))
    return second if first < second <= time.time() else first
