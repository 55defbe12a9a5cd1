"""Moments and durations as people say them."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext, gettext_noop
from django_countries import countries

# static/js/locale.js says the same words.
UNITS = (
    (86_400, gettext_noop("%(count)s d")),
    (3_600, gettext_noop("%(count)s h")),
    (60, gettext_noop("%(count)s min")),
    (1, gettext_noop("%(count)s s")),
)
A_WEEK = 7 * 86_400


def duration(seconds: float | None) -> str:
    """The two largest units of ``seconds``; ``None`` and anything below zero mean that there is no end."""
    if seconds is None or seconds < 0:
        return gettext("for ever")
    return " ".join(_parts(int(seconds))[:2]) or gettext("%(count)s s") % {"count": 0}


def relative(moment: datetime, now: datetime) -> str:
    """How far ``moment`` is from ``now``, in its largest unit; a date beyond a week."""
    seconds = (now - moment).total_seconds()
    size = round(abs(seconds))
    if size >= A_WEEK:
        return f"{moment:%Y-%m-%d}"
    if size < 1:
        return gettext("just now")
    said = {"duration": _parts(size)[0]}
    return gettext("%(duration)s ago") % said if seconds > 0 else gettext("in %(duration)s") % said


def country(code: str | None) -> str:
    """The name of an ISO 3166 country in the person's language; a code that is none stands for itself."""
    return (str(countries.name(code)) or code) if code else gettext("unknown")


def _parts(seconds: int) -> list[str]:
    parts = []
    for size, words in UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(gettext(words) % {"count": count})
    return parts
