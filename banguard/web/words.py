"""Moments, durations, states and countries as people say them."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from django.utils.translation import get_language, gettext, gettext_lazy

from banguard.core import countries, durations
from banguard.core.errors import InvalidInput

A_WEEK = 7 * 86_400
# How things are called that the API names by a word: origins of bans, states and stages of imports, states of jails and
# tokens, outcomes, what enforces.
STATES = {
    "jail": gettext_lazy("jail"),
    "manual": gettext_lazy("manual"),
    "blocklist": gettext_lazy("blocklist"),
    "queued": gettext_lazy("queued"),
    "running": gettext_lazy("running"),
    "succeeded": gettext_lazy("succeeded"),
    "unchanged": gettext_lazy("unchanged"),
    "held": gettext_lazy("held"),
    "failed": gettext_lazy("failed"),
    "interrupted": gettext_lazy("interrupted"),
    "fetching": gettext_lazy("fetching"),
    "parsing": gettext_lazy("parsing"),
    "merging": gettext_lazy("merging"),
    "storing": gettext_lazy("storing"),
    "enforcing": gettext_lazy("enforcing"),
    "kernel": gettext_lazy("kernel"),
    "idle": gettext_lazy("idle"),
    "stopped": gettext_lazy("stopped"),
    "disabled": gettext_lazy("disabled"),
    "valid": gettext_lazy("valid"),
    "expired": gettext_lazy("expired"),
    "revoked": gettext_lazy("revoked"),
    "begun": gettext_lazy("begun"),
    "done": gettext_lazy("done"),
    "refused": gettext_lazy("refused"),
}
REVISIONS = {
    "draft": gettext_lazy("draft"),
    "pending": gettext_lazy("being applied"),
    "applied": gettext_lazy("applied"),
    "failed": gettext_lazy("refused"),
    "rolled_back": gettext_lazy("rolled back"),
    "broken": gettext_lazy("needs you"),
}


def plainly(value: object) -> str:
    """``{{ value|plainly }}``: what JSON holds, as people write it: yes and no, and lists with commas."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return ", ".join(map(plainly, value)) or "–"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {plainly(one)}" for name, one in value.items()) or "–"
    return "–" if value is None or value == "" else str(value)


def state(name: str) -> str:
    """A word for people; a name that is none of ours stands for itself."""
    return str(STATES.get(name, name))


def revision(name: str) -> str:
    """The state of a change, as ``state``."""
    return str(REVISIONS.get(name, name))


def duration(seconds: float | None) -> str:
    """``{% duration jail.bantime %}``: its two largest units; ``None`` and anything below zero mean: without an end."""
    return durations.in_words(seconds)


def spelt(text: str) -> str:
    """``{% spelt jail.ban_time %}``: a duration of Fail2ban's files, in words; what is none stands for itself."""
    try:
        return durations.in_words(durations.seconds_of(text))
    except InvalidInput:
        return text


def relative(moment: datetime, now: datetime) -> str:
    """How far ``moment`` is from ``now``, in its largest unit; a date beyond a week."""
    if is_far(moment, now):
        return f"{moment:%Y-%m-%d}"
    seconds = (now - moment).total_seconds()
    size = round(abs(seconds))
    if size < 1:
        return gettext("just now")
    return _away(*next(durations.parts_of(size)), seconds > 0, get_language())


def is_far(moment: datetime, now: datetime) -> bool:
    """Whether ``relative`` tells it by its date."""
    return round(abs((now - moment).total_seconds())) >= A_WEEK


@lru_cache(maxsize=2_000)
def _away(words: str, count: int, past: bool, _language: str | None) -> str:
    """Kept, since a long table says it in each of its rows, and there are some three hundred."""
    said = {"duration": gettext(words) % {"count": count}}
    return gettext("%(duration)s ago") % said if past else gettext("in %(duration)s") % said


def country(code: str | None) -> str:
    """The name of an ISO 3166 country in the person's language; a code that is none stands for itself."""
    return countries.name_of(code) if code else gettext("unknown")
