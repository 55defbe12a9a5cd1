"""Every component on one page, so that all are seen together, in both themes and on every screen."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from banguard.accounts.auth import allowed
from banguard.accounts.values import Scope
from banguard.core.pagination import Page
from banguard.web.charts import Chart, CountryCount, Row, Series
from banguard.web.templatetags import ui

COLOURS = ("ground", "surface", "raised", "line", "line-strong", "ink", "ink-soft", "accent", "on-accent")
COUNTRIES = (("CN", 4210), ("US", 1873), ("DE", 212), ("SG", 96), ("", 31), ("BR", 8), ("NZ", 1))
TONES = ("good", "warn", "bad", "info", "neutral")


class SampleForm(forms.Form):
    name = forms.CharField(label=_("Name"), help_text=_("How it appears in lists."))
    url = forms.URLField(label=_("Address of the feed"), required=False, assume_scheme="https")
    schedule = forms.ChoiceField(
        label=_("Schedule"), choices=[("", _("by hand")), ("hourly", _("every hour"))], required=False
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), choices=[("read", "read"), ("ban", "ban")], widget=forms.CheckboxSelectMultiple
    )
    enabled = forms.BooleanField(label=_("Enabled"), required=False, help_text=_("An idle feed keeps its entries."))


@allowed(Scope.ADMINISTER)
def styleguide(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    return render(
        request,
        "web/styleguide.html",
        {
            "colours": COLOURS,
            "tones": TONES,
            "run_states": tuple(ui.RUN_TONES),
            "jail_states": tuple(ui.JAIL_TONES),
            "moments": (now, now - timedelta(minutes=7), now - timedelta(days=30), now + timedelta(hours=2), None),
            "durations": (45, 600, 93_600, -1),
            "page": Page(data=_rows(), total=12_480, page_size=3, next_cursor="next", previous_cursor="previous"),
            "chart": _chart(),
            "countries": [CountryCount(code, count, "#charts") for code, count in COUNTRIES],
            "form": SampleForm({"url": "not an address", "scopes": ["read"]}),
        },
    )


def _chart() -> Chart:
    """A fortnight that looks like one."""
    today = timezone.now().date()
    series = (Series(gettext("By jails"), "series-jail"), Series(gettext("From blocklists"), "series-blocklist"))
    rows = [Row(today - timedelta(days=13 - at), (40 + 13 * at % 50, 25 * (at % 3))) for at in range(14)]
    return Chart(gettext("Day"), series, tuple(rows))


def _rows() -> list[dict[str, object]]:
    now = timezone.now()
    return [
        {"address": "203.0.113.7", "jail": "sshd", "at": now - timedelta(seconds=40), "seconds": 600, "failures": 6},
        {
            "address": "2001:db8:85a3::8a2e:370:7334",
            "jail": "nginx-http-auth",
            "at": now,
            "seconds": -1,
            "failures": 12,
        },
        {"address": "198.51.100.0/24", "jail": "banguard-blocklist", "at": now, "seconds": 86_400, "failures": 0},
    ]
