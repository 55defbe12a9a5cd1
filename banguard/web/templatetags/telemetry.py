"""``{% load telemetry %}{% telemetry %}`` in the head of a page: the browser tells how the page did."""

from __future__ import annotations

from django import template
from django.conf import settings
from django.template.context import Context

register = template.Library()


@register.inclusion_tag("ui/telemetry.html", takes_context=True)
def telemetry(context: Context) -> dict[str, object]:
    """Nothing on a page that is drawn without a request, as errors are, or when nothing is to be measured."""
    request = context.get("request")
    match = request.resolver_match if request else None
    measured = match is not None and settings.TELEMETRY_SHARE > 0
    return {"page": match.view_name if match and measured else "", "share": f"{settings.TELEMETRY_SHARE:g}"}
