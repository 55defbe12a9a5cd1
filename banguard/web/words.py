"""Moments and durations as people say them."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext
from django_countries import countries

from banguard.core import durations

A_WEEK = 7 * 86_400


def duration(seconds: float | None) -> str:
    """The two largest units of ``seconds``; ``None`` and anything below zero mean that there is no end."""
    return durations.in_words(seconds)


def relative(moment: datetime, now: datetime) -> str:
    """How far ``moment`` is from ``now``, in its largest unit; a date beyond a week."""
    seconds = (now - moment).total_seconds()
    size = round(abs(seconds))
    if size >= A_WEEK:
        return f"{moment:%Y-%m-%d}"
    if size < 1:
        return gettext("just now")
    said = {"duration": durations.parts_of(size)[0]}
    return gettext("%(duration)s ago") % said if seconds > 0 else gettext("in %(duration)s") % said


def country(code: str | None) -> str:
    """The name of an ISO 3166 country in the person's language; a code that is none stands for itself."""
    return (str(countries.name(code)) or code) if code else gettext("unknown")
