"""The components that pages are made of. ``/styleguide/`` shows each one; templates/ui/ draws them.

The smallest, of which a long table holds hundreds, are drawn by ``cells``; what holds them by ``tables``.

In a template: ``{% load ui %}``. A *tone* is one of good, warn, bad, info, neutral.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select
from django.forms.utils import flatatt
from django.template.context import Context, RequestContext
from django.urls import get_script_prefix, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, ngettext_lazy

from banguard.core.networks import text_of
from banguard.core.pagination import Page
from banguard.core.sentences import for_people
from banguard.web import cells, tables, words
from banguard.web.cells import badge
from banguard.web.charts import Chart, CountryCount
from banguard.web.icons import icon

register = template.Library()
NOUNS = {  # what a page may hold, in the number of them
    "bans": ngettext_lazy("ban", "bans"),
    "ignored": ngettext_lazy("ignored address", "ignored addresses"),
    "imports": ngettext_lazy("import", "imports"),
    "networks": ngettext_lazy("network", "networks"),
    "people": ngettext_lazy("person", "people"),
    "records": ngettext_lazy("record", "records"),
    "revisions": ngettext_lazy("revision", "revisions"),
    "rows": ngettext_lazy("row", "rows"),
    "tokens": ngettext_lazy("token", "tokens"),
}

RUN_TONES = {
    "queued": "neutral",
    "running": "info",
    "succeeded": "good",
    "unchanged": "good",
    "held": "warn",
    "failed": "bad",
    "interrupted": "warn",
}
REVISION_TONES = {"draft": "neutral", "pending": "info", "applied": "good", "failed": "bad"}
REVISION_TONES |= {"rolled_back": "warn", "broken": "bad"}
JAIL_TONES = {"running": "good", "idle": "warn", "stopped": "neutral", "disabled": "neutral", "failed": "bad"}
TOKEN_TONES = {"valid": "good", "expired": "neutral", "revoked": "neutral"}
OUTCOME_TONES = {"begun": "neutral", "done": "good", "refused": "warn", "failed": "bad"}
LOOKS = ("light", "dark")  # else the system's
NOTICE_TONES = {"success": "good", "warning": "warn", "error": "bad", "info": "info", "debug": "neutral"}


for tag in (
    badge,
    icon,
    cells.select,
    cells.country,
    cells.time,
    cells.address,
    cells.origin,
    cells.ban_state,
    cells.ban_duration,
    cells.ban_rows,
    cells.jail_link,
    cells.share,
    cells.chart_row,
    cells.world_row,
    words.duration,
    words.spelt,
):
    register.simple_tag(tag)
for block in (tables.table, tables.selection):
    register.simple_block_tag(block, takes_context=True)

register.filter(for_people)  # {{ run.error|for_people }}
register.filter("network", text_of)  # {{ ban.address|network }}: a lone address without its length
register.filter(words.plainly)
register.filter(words.state)  # {{ run.stage|state }}


@register.simple_tag
def whole() -> SafeString:
    """``<div class="tiles">…</div>{% whole %}``: behind pieces that share out a width, shown once all are there.

    A page is painted while it arrives; each piece would move those before it.
    """
    return SafeString("<template></template>")


@register.simple_block_tag
def kept(content: SafeString) -> SafeString:
    """``{% kept as menu %}…{% endkept %}``: what stands on a page twice (``{{ menu }}``), drawn once."""
    return content


@register.simple_tag(takes_context=True)
def chosen(context: Context) -> SafeString:
    """``<html{% chosen %}>``: what somebody chose on this device (static/js/remember.js), so the first paint is right.

    Nothing on a page that is drawn without a request, as errors are.
    """
    request = context.get("request")
    cookies = request.COOKIES if request else {}
    look = cookies.get("banguard_look")
    exact = cookies.get("banguard_exact") == "yes"
    return flatatt({"data-look": look if look in LOOKS else None, "data-exact": exact})


@register.simple_tag
def file_link(address: str, query: str, words: str, page: Page[object]) -> SafeString:
    """``{% file_link address query _("Export as CSV") page %}``: all that the list of ``page`` finds, to be taken away.

    While it is sent the page says how far it is (static/js/downloads.js).
    """
    rows = "" if page.at_least else page.total
    link = '<a class="btn btn-sm" href="{}{}" data-file="{}" data-progress="{}">{}</a>'
    return format_html(link, address, f"?{query}" if query else "", rows, reverse("downloads"), words)


@register.simple_tag
def run_state(state: str) -> SafeString:
    """``{% run_state run.state %}``: queued, running, succeeded, unchanged, held, failed or interrupted."""
    return badge(words.state(state), RUN_TONES.get(state, "neutral"))


@register.simple_tag
def revision_state(state: str) -> SafeString:
    """``{% revision_state revision.state %}``: draft, pending, applied, failed, rolled back or broken."""
    return badge(words.revision(state), REVISION_TONES.get(state, "neutral"))


@register.simple_tag
def jail_state(state: str) -> SafeString:
    """``{% jail_state jail.state %}``: running, idle, stopped, disabled or failed."""
    return badge(words.state(state), JAIL_TONES.get(state, "neutral"))


@register.simple_tag
def token_state(state: str) -> SafeString:
    """``{% token_state token.state %}``: valid, expired or revoked."""
    return badge(words.state(state), TOKEN_TONES.get(state, "neutral"))


@register.simple_tag
def outcome(text: str) -> SafeString:
    """``{% outcome record.outcome %}``: begun, done, refused or failed."""
    return badge(words.state(text), OUTCOME_TONES.get(text, "neutral"))


@register.inclusion_tag("ui/notice.html")
def notice(text: object, tone: str = "info") -> dict[str, object]:
    """``{% notice "Nothing is enforced yet." tone="warn" %}``: a sentence on a coloured ground.

    ``tone`` may also be a level of Django's messages. What an error says is told in the person's language.
    """
    said = text if isinstance(text, SafeString) else for_people(text)
    return {"text": said, "tone": NOTICE_TONES.get(tone, tone)}


@register.inclusion_tag("ui/pager.html", takes_context=True)
def pager(context: RequestContext, page: Page[object], things: str = "rows") -> dict[str, object]:
    """``{% pager page "bans" %}``: how many there are, and the pages beside this one. ``things``: one of ``NOUNS``.

    ``page`` is a ``core.pagination.Page``; the links keep the query string of the request but ``cursor``.
    """
    query = context["request"].GET.copy()
    for name in ("cursor", "at"):
        query.pop(name, None)

    def link(cursor: str | None) -> str | None:
        return None if cursor is None else "?" + urlencode([*_pairs(query), ("cursor", cursor)])

    return {
        "total": page.total,
        "more": page.at_least,
        "things": NOUNS[things] % page.total,
        "first": "?" + query.urlencode() if page.has_previous else None,
        "previous": link(page.previous_cursor) if page.has_previous else None,
        "next": link(page.next_cursor),
        "last": link(page.last_cursor),
    }


def _pairs(query: object) -> list[tuple[str, str]]:
    return [(name, value) for name, values in query.lists() for value in values]  # type: ignore[attr-defined]


@register.inclusion_tag("ui/field.html")
def field(bound: BoundField, mark: bool = True, focus: bool = True) -> dict[str, object]:
    """``{% field form.name %}``: label, input, help and errors of one field, tied together for screen readers.

    The first that has an error gets the focus, unless ``focus=False``.

    What may be left empty says so, or what counts then, where the field has an ``initial`` of its own.
    ``mark=False`` where every field may be left empty, so that saying it of each would be noise, or where one of
    several is needed. Of a list of choices, one of which is always chosen, it is never said.
    """
    widget = bound.field.widget
    choices = isinstance(widget, (CheckboxSelectMultiple, RadioSelect))
    check = isinstance(widget, CheckboxInput)
    kind = "form-check-input" if check else "form-select" if isinstance(widget, Select) else "form-control"
    attributes: dict[str, Any] = {"class": f"{kind} {widget.attrs.get('class', '')}".strip()}
    if focus and bound.name == next(iter(bound.form.errors), None):
        attributes["autofocus"] = True  # where what was refused is mended
    control = bound if choices else bound.as_widget(attrs=attributes)
    mark = mark and not isinstance(widget, Select)
    default = "" if bound.field.initial is None else bound.field.initial
    return {"field": bound, "control": control, "choices": choices, "check": check, "mark": mark, "default": default}


@register.inclusion_tag("ui/empty_state.html")
def empty_state(
    title: str, text: str = "", action: str = "", href: str = "", icon: str = "nothing"
) -> dict[str, object]:
    """``{% empty_state "No bans yet" "They appear as soon as …" action="Add a feed" href=url %}``.

    For a list without rows: what would stand here and how to get it. The action is left out without ``href``. What an
    error says is told in the person's language.
    """
    return {"title": title, "text": for_people(text), "action": action, "href": href, "icon": icon}


@register.inclusion_tag("ui/stat.html")
def stat(label: str, value: object, hint: object = "", tone: str = "", href: str = "") -> dict[str, object]:
    """``{% stat "Banned now" 1234 hint="in 3 jails" tone="bad" href=url %}``: one figure; numbers get separators."""
    return {"label": label, "value": value, "hint": hint, "tone": tone, "href": href}


@register.inclusion_tag("ui/progress.html")
def progress(
    value: float | None, maximum: float = 100, label: object = gettext_lazy("Progress"), live: bool = False
) -> dict[str, object]:
    """``{% progress run.done run.total "Merging" live=True %}``; ``None`` means under way without a known end.

    ``live`` draws each ``data-part`` of the page anew every second, until it has no progress any more.
    """
    percent = None if value is None or not maximum else round(100 * value / maximum)
    return {"value": value, "maximum": maximum, "label": label, "percent": percent, "live": live}


@register.inclusion_tag("ui/chart.html")
def chart(title: object, data: Chart, kind: str = "bar") -> dict[str, object]:
    """``{% chart "Bans over time" trend kind="line" %}``: ``data`` is a ``web.charts.Chart``.

    It is a table, which is there for everybody, and a script draws it. Chart.js is fetched only where one stands.
    """
    return {"title": title, "chart": data, "kind": kind}


@register.inclusion_tag("ui/world.html")
def world(title: object, rows: Sequence[CountryCount]) -> dict[str, object]:
    """``{% world "Bans by country" countries %}``: a map, and its table; each country is a link.

    What has no country stands in the table alone, as unknown.
    """
    return {"title": title, "rows": rows, "most": max((row.count for row in rows), default=0)}


@register.simple_tag
def api_root() -> str:
    """Where the API begins, below the path prefix."""
    return f"{get_script_prefix()}api/v1"


@register.inclusion_tag("ui/confirm.html")
def confirm(  # noqa: PLR0913 - each is one thing it says or does
    action: str, label: str, question: str, *, what: str = "", busy: str = "", calm: bool = False
) -> dict[str, object]:
    """``{% confirm url "Revoke" "Scripts that use it stop working." %}``: a button that asks first.

    Then it posts to ``action``, with ``what`` when given. ``calm=True`` where nothing is lost by it. It needs no
    script; with one the button says ``busy``, if given, until the next page is there.
    """
    given = {"action": action, "label": label, "question": question}
    return {**given, "what": what, "busy": busy, "calm": calm}


@register.inclusion_tag("ui/menu_link.html", takes_context=True)
def menu_link(context: RequestContext, name: str, text: str, icon: str = "") -> dict[str, object]:
    """``{% menu_link "history" "History" %}``: an entry of the menu, marked on its page and those below it."""
    href, here = reverse(name), context["request"].path
    current = here == href or (href != reverse("dashboard") and here.startswith(href))
    return {"href": href, "text": text, "icon": icon or name, "current": current}
