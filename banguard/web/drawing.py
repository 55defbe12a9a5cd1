"""How Django draws forms here: with its own templates, but for boxes of choices and for plain inputs.

Django fills in two templates for each choice and for each input; a search with a box of countries takes longer so
than the rows of a long table.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

SELECT = "django/forms/widgets/select.html"
# Those that Django has one template for, under many names.
INPUTS = {f"django/forms/widgets/{kind}.html" for kind in ("text", "number", "email", "password", "hidden", "datetime")}


class Renderer(DjangoTemplates):
    """What the setting ``FORM_RENDERER`` names."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        if template_name == SELECT:
            return _select(context["widget"])
        if template_name in INPUTS:
            return _input(context["widget"])
        return super().render(template_name, context, request)


def _input(widget: dict[str, Any]) -> SafeString:
    value = "" if widget["value"] is None else format_html(' value="{}"', str(widget["value"]))
    kind, name, attributes = widget["type"], widget["name"], flatatt(widget["attrs"])
    return format_html('<input type="{}" name="{}"{}{}>', kind, name, value, attributes)


def _select(widget: dict[str, Any]) -> SafeString:
    groups = [(name, choices) for name, choices, _index in widget["optgroups"]]
    if any(name for name, _choices in groups):
        drawn = format_html_join("", "{}", ((_group(name, choices),) for name, choices in groups))
    else:
        drawn = _options(choice for _name, choices in groups for choice in choices)
    return format_html('<select name="{}"{}>{}</select>', widget["name"], flatatt(widget["attrs"]), drawn)


def _group(name: str | None, choices: Iterable[dict[str, Any]]) -> SafeString:
    return format_html('<optgroup label="{}">{}</optgroup>', name, _options(choices)) if name else _options(choices)


def _options(choices: Iterable[dict[str, Any]]) -> SafeString:
    told = ((_option(str(one["value"]), str(one["label"]), **one["attrs"]),) for one in choices)
    return format_html_join("", "{}", told)


@lru_cache(maxsize=4_000, typed=True)
def _option(value: str, label: str, **attributes: Any) -> SafeString:
    """Kept, as pages have the same hundreds of choices; typed, as what is safe already is not the same."""
    return format_html('<option value="{}"{}>{}</option>', value, flatatt(attributes), label)
