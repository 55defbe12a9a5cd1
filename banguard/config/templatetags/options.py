"""The rows of a table of options; a template for each takes half of the time of a page of a hundred.

In a template: ``{% load options %}``.
"""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.urls import reverse
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import ngettext

from banguard.agent.config_verbs import OptionInForce, Place

register = template.Library()
LONGEST_SHOWN = 80  # characters of a value that another one overrules
ROW = """<tr><td data-label="{}" class="option"><code>{}</code></td>\
<td data-label="{}" class="wide"><pre class="value">{}</pre></td><td data-label="{}" class="places">{}{}{}</td></tr>"""


@register.simple_tag
def option_rows(options: Iterable[OptionInForce], *columns: str) -> SafeString:
    """``{% option_rows item.options name value whence %}``: rows of a table with such ``columns``."""
    name, value, whence = map(conditional_escape, columns)
    rows = ((name, one.name, value, one.value or "–", whence, *_whence(one)) for one in options)
    return format_html_join("", ROW, rows)


def _whence(option: OptionInForce) -> tuple[SafeString, SafeString, SafeString]:
    """The line that decides, its section if that is another one, and the lines that it overrules."""
    *earlier, last = option.places
    return (
        _line(last),
        _elsewhere(last.section) if last.section != option.section else SafeString(),
        _overruled(earlier),
    )


def _elsewhere(section: str) -> SafeString:
    return format_html(' <span class="soft small">[{}]</span>', section)


def _line(place: Place) -> SafeString:
    page = reverse("config-file", args=[place.file])
    return format_html('<a href="{}#L{}">{}:{}</a>', page, place.line, place.file, place.line)


def _overruled(places: list[Place]) -> SafeString:
    if not places:
        return SafeString()
    said = ngettext("overrules %(count)s", "overrules %(count)s", len(places)) % {"count": len(places)}
    lines = ((_line(one), Truncator(one.written).chars(LONGEST_SHOWN)) for one in places)
    drawn = format_html_join("", "<div>{} <code>{}</code></div>", lines)
    return format_html('<details class="small"><summary>{}</summary>{}</details>', said, drawn)
