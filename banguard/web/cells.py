"""What a long table holds hundreds of, cells and rows: a template for each takes half of a page's time.

``templatetags/ui.py`` makes them tags.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from typing import Protocol
from urllib.parse import quote

from django.contrib.humanize.templatetags.humanize import intcomma
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils import dateformat, timezone
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from banguard.core.networks import text_of
from banguard.history.values import LiftReason
from banguard.web import words
from banguard.web.charts import CountryCount, Row


def badge(text: object, tone: str = "neutral") -> SafeString:
    """``{% badge "manual" tone="info" %}``: a word or two that stands out."""
    return _badge(str(text), tone)


@lru_cache(maxsize=1_000, typed=True)
def _badge(text: str, tone: str) -> SafeString:
    """Kept, as a table draws it again in each of its rows; typed, as what is safe already is not the same."""
    return format_html('<span class="chip tone-{}">{}</span>', tone, text)


def select(form: str, value: object, name: str = "addresses", told: object = None) -> SafeString:
    """``{% select "bulk" ban.address %}``: the first cell of a row that can be selected (``table … select="bulk"``).

    ``{% select "bulk" row.pk "ids" row.name %}`` where the value is none that people know the row by.
    """
    text = _text(value)
    box = '<input class="form-check-input" type="checkbox" name="{}" value="{}" form="{}" aria-label="{}">'
    label = gettext("Select %(value)s") % {"value": text if told is None else _text(told)}
    return format_html(f'<td class="select">{box}</td>', name, text, form, label)


def country(code: str | None) -> SafeString:
    """``{% country ban.country %}``: flag and name of an ISO 3166 code; nothing known is said to be unknown."""
    if not code:
        return format_html('<span class="country"><span class="soft">{}</span></span>', words.country(code))
    return _country(code.lower(), words.country(code))


@lru_cache(maxsize=2_000, typed=True)
def _country(letters: str, name: str) -> SafeString:
    flag = format_html('<span class="flag-sprite flag-{} flag-_{}" aria-hidden="true"></span>', letters[0], letters[-1])
    return format_html('<span class="country">{}<span>{}</span></span>', flag, name)


NEAR = '<time datetime="{}" title="{} UTC" data-relative>{}</time>'
FAR = '<time datetime="{}" title="{} UTC" data-relative="date">{}</time>'


def time(moment: datetime | None, otherwise: object = gettext_lazy("never")) -> SafeString:
    """``{% time ban.banned_at %}``: how long ago, and the exact time on hover; ``None`` shows ``otherwise``.

    On hover stands UTC, and with scripts the person's own zone before it.
    """
    if not moment:
        return format_html('<span class="soft">{}</span>', otherwise)
    now = timezone.now()
    drawn = FAR if words.is_far(moment, now) else NEAR
    return _moment(drawn, moment, words.relative(moment, now))


def _moment(drawn: str, moment: datetime, said: str) -> SafeString:
    utc = moment.astimezone(UTC)
    return format_html(drawn, utc.isoformat(), f"{utc:%Y-%m-%d %H:%M:%S}", said)


def address(value: object) -> SafeString:
    """``{% address ban.address %}``: an address or a network that leads to its own page."""
    text = _text(value)
    return format_html('<a class="address" href="{}">{}</a>', _page("address", text, get_script_prefix()), text)


def jail_link(name: str) -> SafeString:
    """``{% jail_link ban.jail %}``: a jail that leads to its own page; only its name where it can have none."""
    page = jail_page(name)
    return format_html('<a href="{}">{}</a>', page, name) if page else conditional_escape(name)


def jail_page(name: str) -> str | None:
    """Fail2ban lets a jail be called ``web/x``, or nothing at all; no address of a page can hold that."""
    try:
        return _page("jail", name, get_script_prefix())
    except NoReverseMatch:
        return None


@lru_cache(maxsize=10_000)
def _page(name: str, which: object, _prefix: str) -> str:
    """Kept, since the same attackers come again and again, and a list somebody looks at is asked for all the time."""
    return reverse(name, args=[which])


class Ending(Protocol):
    """What is asked of a ban for its duration and state."""

    banned_at: datetime
    failed_at: datetime | None
    expires_at: datetime | None
    lifted_at: datetime | None
    lift_reason: str
    active: bool


class Told(Ending, Protocol):
    """What is asked of a ban for its row."""

    pk: int
    address: IPv4Network | IPv6Network
    jail: str
    country: str
    origin: str
    failures: int
    ban_count: int


def ban_state(ban: Ending) -> SafeString:
    """``{% ban_state ban %}``: active and until when, expired and when, or lifted and after how long."""
    if ban.active:
        chip = badge(gettext("active"), "bad")
        return _state(chip, format_html(gettext("ends {when}"), when=time(ban.expires_at))) if ban.expires_at else chip
    if ban.lift_reason == LiftReason.UNKNOWN:
        return badge(gettext("ended"))
    if ban.lifted_at and ban.lift_reason != LiftReason.EXPIRED:
        return _state(badge(gettext("lifted")), _after(ban.banned_at, ban.lifted_at))
    return _state(badge(gettext("expired")), time(ban.lifted_at or ban.expires_at))


def ban_duration(ban: Ending) -> str:
    """``{% ban_duration ban %}``: how long it was made for, which Fail2ban counts from the failure before it."""
    if ban.expires_at is None:
        return gettext("permanent")
    return words.duration(round((ban.expires_at - (ban.failed_at or ban.banned_at)).total_seconds()))


def origin(value: str) -> SafeString:
    """``{% origin ban.origin %}``: jail, manual or blocklist."""
    return badge(words.state(value), "info")


BAN = """<tr>{}<td data-label="{}">{}</td><td data-label="{}">{}</td>\
<td data-label="{}"><a href="{}?jail={}">{}</a></td><td data-label="{}">{}</td>\
<td data-label="{}"><span>{}</span></td><td data-label="{}" class="nowrap">{}</td>\
<td data-label="{}"><span>{}</span></td>\
<td data-label="{}" class="number">{}</td><td data-label="{}" class="number">{}</td>\
<td class="actions"><a class="btn btn-sm" href="{}">{}<span class="visually-hidden"> {}</span></a></td></tr>"""


def ban_rows(bans: Iterable[Told], select_as: str, *columns: str) -> SafeString:
    """``{% ban_rows bans select banned address jail country origin duration state failures count details %}``.

    The rows of a table of bans with such ``columns``; ``select_as`` is the id of a selection, or nothing.
    """
    heads = map(conditional_escape, columns)
    banned, address_, jail, country_, origin_, duration, state, failures, count, details = heads
    history, prefix = reverse("history"), get_script_prefix()
    return format_html_join(
        "",
        BAN,
        (
            (
                select(select_as, ban.address, "address") if select_as else "",
                *(banned, time(ban.banned_at)),
                *(address_, address(ban.address)),
                *(jail, history, quote(ban.jail), ban.jail),
                *(country_, country(ban.country)),
                *(origin_, origin(ban.origin)),
                *(duration, ban_duration(ban)),
                *(state, ban_state(ban)),
                *(failures, ban.failures),
                *(count, ban.ban_count),
                *(_page("ban", ban.pk, prefix), details, _text(ban.address)),
            )
            for ban in bans
        ),
    )


def share(value: int, most: int) -> SafeString:
    """``{% share row.count most %}``: a number with a bar beside it, as long as its share of the largest one."""
    drawn = '<span class="share"><meter min="0" max="{}" value="{}" aria-hidden="true"></meter><span>{}</span></span>'
    return format_html(drawn, max(most, 1), value, _number(value))


def chart_row(row: Row) -> SafeString:
    """``{% chart_row row %}``: a row of a chart's table."""
    numbers = ((value, _number(value)) for value in row.values)
    cells = format_html_join("", '<td class="number" data-value="{}">{}</td>', numbers)
    return format_html('<tr><th scope="row">{}</th>{}</tr>', _place(row.at), cells)


def world_row(row: CountryCount, most: int) -> SafeString:
    """``{% world_row row most %}``: a country in the table of a map."""
    cell = '<td data-label="{}"><a href="{}">{}</a></td><td data-label="{}" class="number">{}</td>'
    cells = format_html(cell, gettext("Country"), row.href, country(row.code), gettext("Bans"), share(row.count, most))
    drawn = '<tr data-code="{}" data-name="{}" data-value="{}">{}</tr>'
    return format_html(drawn, row.code, row.name, row.count, cells)


def _state(chip: SafeString, when: str) -> SafeString:
    return format_html('{} <span class="soft small nowrap">{}</span>', chip, when)


def _after(begun: datetime, end: datetime) -> SafeString:
    """How long it was in force; when it ended on hover."""
    said = gettext("after %(duration)s") % {"duration": words.duration((end - begun).total_seconds())}
    return _moment('<time datetime="{}" title="{} UTC">{}</time>', end, said)


def _place(at: datetime | date | str) -> str:
    """Where on its axis a row stands."""
    if isinstance(at, datetime):
        utc = at.astimezone(UTC)
        return format_html('<time datetime="{}">{}</time>', utc.isoformat(), f"{utc:%Y-%m-%d %H:%M}")
    if isinstance(at, date):
        return format_html('<time datetime="{}" data-day>{}</time>', at.isoformat(), dateformat.format(at, "j M"))
    return at


def _number(value: int) -> str:
    """With separators where it needs any; to ask how they look takes longer than all the rest."""
    return str(value) if abs(value) < 1_000 else intcomma(value)


def _text(value: object) -> str:
    return text_of(value) if isinstance(value, IPv4Network | IPv6Network) else str(value)
