"""Durations as Fail2ban spells them: ``600``, ``10m``, ``1d 12h``, and ``-1`` for ever.

Fail2ban's server evaluates such a text as Python, so nothing reaches it that was not read here first. What is
accepted is the part of its notation that people use: numbers with units, added up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from django.utils.translation import gettext, gettext_noop

from banguard.core.errors import InvalidInput

FOR_EVER = -1
LONGEST = 3_155_760_000  # seconds: a hundred years
_UNITS = (  # its own spellings, and its own months and years: a twelfth of 365.25 days, and those
    (r"days?|da|dd?", 86_400),
    (r"weeks?|wee?|ww?", 604_800),
    (r"months?|mon?", 2_629_800),
    (r"years?|yea?|yy?", 31_557_600),
    (r"seconds?|sec?|ss?", 1),
    (r"minutes?|min?|mm?", 60),
    (r"hours?|hou?|hh?", 3_600),
)
_NUMBER = r"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,6})?"
_PART = re.compile(rf"({_NUMBER}) ?({'|'.join(unit for unit, _ in _UNITS)})(?![a-z])", re.IGNORECASE)
_WHOLE = re.compile(rf"(?:{_PART.pattern} ?\+? ?)+", re.IGNORECASE)

_WORDS = (  # static/js/locale.js says the same
    (86_400, gettext_noop("%(count)s d")),
    (3_600, gettext_noop("%(count)s h")),
    (60, gettext_noop("%(count)s min")),
    (1, gettext_noop("%(count)s s")),
)


def seconds_of(text: str) -> int:
    """Raises ``InvalidInput`` for what is no duration; ``FOR_EVER`` for one without an end."""
    plain = text.strip()
    if re.fullmatch(r"-1|0|[1-9][0-9]{0,11}", plain):
        return _bounded(float(plain), text)
    if len(plain) > 100 or not _WHOLE.fullmatch(plain) or plain.endswith("+"):
        raise InvalidInput(f"{text[:40]!r} is not a duration, such as 600, 10m, 1d 12h, or -1 for ever.")
    return _bounded(sum(float(number) * _length(unit) for number, unit in _PART.findall(plain)), text)


def in_words(seconds: float | None) -> str:
    """The two largest units of ``seconds``; ``None`` and anything below zero mean that there is no end."""
    if seconds is None or seconds < 0:
        return gettext("for ever")
    parts = [gettext(words) % {"count": count} for words, count in islice(parts_of(int(seconds)), 2)]
    return " ".join(parts) or gettext("%(count)s s") % {"count": 0}


def parts_of(seconds: int) -> Iterator[tuple[str, int]]:
    """Each unit, as words to be translated and their ``count``, the largest first."""
    for size, words in _WORDS:
        count, seconds = divmod(seconds, size)
        if count:
            yield words, count


def _bounded(seconds: float, text: str) -> int:
    if seconds > LONGEST:
        raise InvalidInput(f"{text[:40]!r} is longer than a hundred years; -1 is for ever.")
    return int(seconds)


def _length(unit: str) -> int:
    return next(seconds for spelt, seconds in _UNITS if re.fullmatch(spelt, unit, re.IGNORECASE))
