"""The components that pages are made of. ``/styleguide/`` shows each one; templates/ui/ draws them.

In a template: ``{% load ui %}``. A *tone* is one of good, warn, bad, info, neutral.
"""

from __future__ import annotations

from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from urllib.parse import urlencode

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select
from django.template.context import RequestContext
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from banguard.core.networks import text_of
from banguard.core.pagination import COUNT_UP_TO, Page
from banguard.web import words

register = template.Library()

RUN_TONES = {
    "queued": "neutral",
    "running": "info",
    "succeeded": "good",
    "unchanged": "good",
    "held": "warn",
    "failed": "bad",
    "interrupted": "warn",
}
JAIL_TONES = {"running": "good", "idle": "warn", "stopped": "neutral", "disabled": "neutral", "failed": "bad"}
TOKEN_TONES = {"valid": "good", "expired": "neutral", "revoked": "neutral"}
OUTCOME_TONES = {"begun": "neutral", "done": "good", "refused": "warn", "failed": "bad"}
NOTICE_TONES = {"success": "good", "warning": "warn", "error": "bad", "info": "info", "debug": "neutral"}


@register.inclusion_tag("ui/icon.html")
def icon(name: str) -> dict[str, object]:
    """``{% icon "history" %}``: a drawing of static/img/icons.svg beside words; screen readers skip it."""
    return {"name": name}


@register.inclusion_tag("ui/badge.html")
def badge(text: object, tone: str = "neutral") -> dict[str, object]:
    """``{% badge "manual" tone="info" %}``: a word or two that stands out."""
    return {"text": text, "tone": tone}


@register.inclusion_tag("ui/badge.html")
def run_state(state: str) -> dict[str, object]:
    """``{% run_state run.state %}``: queued, running, succeeded, unchanged, held, failed or interrupted."""
    return {"text": str(state), "tone": RUN_TONES.get(state, "neutral")}


@register.inclusion_tag("ui/badge.html")
def jail_state(state: str) -> dict[str, object]:
    """``{% jail_state jail.state %}``: running, idle, stopped, disabled or failed."""
    return {"text": str(state), "tone": JAIL_TONES.get(state, "neutral")}


@register.inclusion_tag("ui/badge.html")
def token_state(state: str) -> dict[str, object]:
    """``{% token_state token.state %}``: valid, expired or revoked."""
    return {"text": str(state), "tone": TOKEN_TONES.get(state, "neutral")}


@register.inclusion_tag("ui/badge.html")
def outcome(text: str) -> dict[str, object]:
    """``{% outcome record.outcome %}``: begun, done, refused or failed."""
    return {"text": str(text), "tone": OUTCOME_TONES.get(text, "neutral")}


@register.inclusion_tag("ui/notice.html")
def notice(text: object, tone: str = "info") -> dict[str, object]:
    """``{% notice "Nothing is enforced yet." tone="warn" %}``: a sentence on a coloured ground.

    ``tone`` may also be a level of Django's messages.
    """
    return {"text": text, "tone": NOTICE_TONES.get(tone, tone)}


@register.simple_block_tag
def table(content: SafeString, caption: str, *columns: str) -> SafeString:
    """``{% table "Bans, newest first" "Address" "#Failures" "" %} <tr>...</tr> {% endtable %}``.

    The caption is for screen readers. A column that begins with ``#`` holds numbers (give its cells
    ``class="number"``); an empty one holds actions (``class="actions"``). Each cell repeats its column in
    ``data-label``, which a phone shows beside the value: ``<td data-label="Address">``.
    """
    heads = [{"text": name.lstrip("#"), "number": name.startswith("#")} for name in columns]
    return render_to_string("ui/table.html", {"content": content, "caption": caption, "columns": heads})


@register.inclusion_tag("ui/pager.html", takes_context=True)
def pager(context: RequestContext, page: Page[object], things: str = "rows") -> dict[str, object]:
    """``{% pager page "bans" %}``: how many there are, and the pages beside this one.

    ``page`` is a ``core.pagination.Page``; the links keep the query string of the request but ``cursor``.
    """
    query = context["request"].GET.copy()
    query.pop("cursor", None)

    def link(cursor: str | None) -> str | None:
        return None if cursor is None else "?" + urlencode([*_pairs(query), ("cursor", cursor)])

    return {
        "total": page.total,
        "more": page.total >= COUNT_UP_TO,
        "things": things,
        "first": "?" + query.urlencode() if page.previous_cursor else None,
        "previous": link(page.previous_cursor),
        "next": link(page.next_cursor),
    }


def _pairs(query: object) -> list[tuple[str, str]]:
    return [(name, value) for name, values in query.lists() for value in values]  # type: ignore[attr-defined]


@register.inclusion_tag("ui/field.html")
def field(bound: BoundField) -> dict[str, object]:
    """``{% field form.name %}``: label, input, help and errors of one field, tied together for screen readers."""
    widget = bound.field.widget
    choices = isinstance(widget, (CheckboxSelectMultiple, RadioSelect))
    check = isinstance(widget, CheckboxInput)
    kind = "form-check-input" if check else "form-select" if isinstance(widget, Select) else "form-control"
    control = bound if choices else bound.as_widget(attrs={"class": f"{kind} {widget.attrs.get('class', '')}".strip()})
    return {"field": bound, "control": control, "choices": choices, "check": check}


@register.inclusion_tag("ui/empty_state.html")
def empty_state(
    title: str, text: str = "", action: str = "", href: str = "", icon: str = "nothing"
) -> dict[str, object]:
    """``{% empty_state "No bans yet" "They appear as soon as …" action="Add a feed" href=url %}``.

    For a list without rows: what would stand here and how to get it. The action is left out without ``href``.
    """
    return {"title": title, "text": text, "action": action, "href": href, "icon": icon}


@register.inclusion_tag("ui/stat.html")
def stat(label: str, value: object, hint: object = "", tone: str = "", href: str = "") -> dict[str, object]:
    """``{% stat "Banned now" 1234 hint="in 3 jails" tone="bad" href=url %}``: one figure; numbers get separators."""
    return {"label": label, "value": value, "hint": hint, "tone": tone, "href": href}


@register.inclusion_tag("ui/progress.html")
def progress(value: float | None, maximum: float = 100, label: str = "Progress") -> dict[str, object]:
    """``{% progress run.done run.total "Merging" %}``; ``None`` means under way without a known end."""
    percent = None if value is None or not maximum else round(100 * value / maximum)
    return {"value": value, "maximum": maximum, "label": label, "percent": percent}


@register.inclusion_tag("ui/time.html")
def time(moment: datetime | None, otherwise: str = "never") -> dict[str, object]:
    """``{% time ban.banned_at %}``: how long ago, and the exact time in UTC on hover; ``None`` shows ``otherwise``."""
    return {"moment": moment, "relative": moment and words.relative(moment, timezone.now()), "otherwise": otherwise}


@register.simple_tag
def duration(seconds: float | None) -> str:
    """``{% duration jail.bantime %}``: seconds as “10 min” or “1 d 2 h”; ``None`` and -1 are “for ever”."""
    return words.duration(seconds)


@register.inclusion_tag("ui/address.html")
def address(value: object) -> dict[str, object]:
    """``{% address ban.address %}``: an address or a network that leads to its history."""
    text = text_of(value) if isinstance(value, IPv4Network | IPv6Network) else str(value)
    return {"value": text, "href": f"{reverse('history')}?{urlencode({'address': text})}"}


@register.inclusion_tag("ui/confirm.html")
def confirm(action: str, label: str, question: str, name: str = "", value: object = "") -> dict[str, object]:
    """``{% confirm url "Revoke" "Scripts that use it stop working." %}``: a button that asks first.

    Then it posts to ``action``, with ``name`` and ``value`` when given. It needs no script.
    """
    return {"action": action, "label": label, "question": question, "name": name, "value": value}


@register.inclusion_tag("ui/menu_link.html", takes_context=True)
def menu_link(context: RequestContext, name: str, text: str, icon: str = "") -> dict[str, object]:
    """``{% menu_link "history" "History" %}``: an entry of the menu, marked on its page and those below it."""
    href, here = reverse(name), context["request"].path
    current = here == href or (href != "/" and here.startswith(href))
    return {"href": href, "text": text, "icon": icon or name, "current": current}
