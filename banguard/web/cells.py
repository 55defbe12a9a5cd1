"""The smallest components, of which a long table holds hundreds: a template for each takes half of a page's time.

``templatetags/ui.py`` makes them tags.
"""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network

from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from banguard.core.networks import text_of
from banguard.web import words


def badge(text: object, tone: str = "neutral") -> SafeString:
    """``{% badge "manual" tone="info" %}``: a word or two that stands out."""
    return format_html('<span class="chip tone-{}">{}</span>', tone, text)


def select(form: str, value: object, name: str = "addresses") -> SafeString:
    """``{% select "bulk" ban.address %}``: the first cell of a row that can be selected (``table … select="bulk"``)."""
    text = _text(value)
    box = '<input class="form-check-input" type="checkbox" name="{}" value="{}" form="{}" aria-label="{}">'
    drawn = format_html(box, name, text, form, gettext("Select %(value)s") % {"value": text})
    return format_html('<td class="select">{}</td>', drawn)


def country(code: str | None) -> SafeString:
    """``{% country ban.country %}``: flag and name of an ISO 3166 code; nothing known is said to be unknown."""
    if not code:
        return format_html('<span class="country"><span class="soft">{}</span></span>', words.country(code))
    letters = code.lower()
    flag = format_html('<span class="flag-sprite flag-{} flag-_{}" aria-hidden="true"></span>', letters[0], letters[-1])
    return format_html('<span class="country">{}<span>{}</span></span>', flag, words.country(code))


def time(moment: datetime | None, otherwise: object = gettext_lazy("never")) -> SafeString:
    """``{% time ban.banned_at %}``: how long ago, and the exact time on hover; ``None`` shows ``otherwise``.

    On hover stands UTC, and with scripts the person's own zone before it.
    """
    if not moment:
        return format_html('<span class="soft">{}</span>', otherwise)
    utc, relative = moment.astimezone(UTC), words.relative(moment, timezone.now())
    drawn = '<time datetime="{}" title="{} UTC" data-relative>{}</time>'
    return format_html(drawn, utc.isoformat(), f"{utc:%Y-%m-%d %H:%M:%S}", relative)


def address(value: object) -> SafeString:
    """``{% address ban.address %}``: an address or a network that leads to its own page."""
    text = _text(value)
    return format_html('<a class="address" href="{}">{}</a>', reverse("address", args=[text]), text)


def _text(value: object) -> str:
    return text_of(value) if isinstance(value, IPv4Network | IPv6Network) else str(value)
