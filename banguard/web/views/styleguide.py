"""Every component on one page, so that all are seen together, in both themes and on every screen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from banguard.accounts.auth import allowed
from banguard.accounts.values import Scope
from banguard.core.networks import Network, parse_network
from banguard.core.pagination import Page
from banguard.history.values import Origin
from banguard.web.charts import Chart, CountryCount, Row, Series
from banguard.web.icons import names
from banguard.web.templatetags import ui
from banguard.web.tokens import tokens

COUNTRIES = (("CN", 4210), ("US", 1873), ("DE", 212), ("SG", 96), ("", 31), ("BR", 8), ("NZ", 1))
TONES = ["good", "warn", "bad", "info", "neutral"]


_EXAMPLE = re.compile(r"``({[%{].*?)``", re.DOTALL)


@dataclass(frozen=True)
class Sampled:
    """A ban as ``cells.Told`` asks for it, that no history has."""

    pk: int
    text: str
    jail: str
    country: str
    origin: str
    banned_at: datetime
    expires_at: datetime | None = None
    failed_at: datetime | None = None
    lifted_at: datetime | None = None
    lift_reason: str = ""
    active: bool = True
    failures: int = 6
    ban_count: int = 2

    @property
    def address(self) -> Network:
        return parse_network(self.text)


class SampleForm(forms.Form):
    name = forms.CharField(label=_("Name"), help_text=_("How it appears in lists."))
    url = forms.URLField(label=_("Address of the feed"), required=False, assume_scheme="https")
    schedule = forms.ChoiceField(
        label=_("Schedule"), choices=[("", _("by hand")), ("hourly", _("every hour"))], required=False
    )
    retries = forms.IntegerField(label=_("Tries again"), initial=3, required=False)
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
            "tokens": tokens(),
            "tags": sorted(_written(name, tag.__doc__ or "") for name, tag in ui.register.tags.items()),
            "tones": TONES,
            "run_states": tuple(ui.RUN_TONES),
            "revision_states": tuple(ui.REVISION_TONES),
            "jail_states": tuple(ui.JAIL_TONES),
            "token_states": tuple(ui.TOKEN_TONES),
            "outcomes": tuple(ui.OUTCOME_TONES),
            "origins": tuple(Origin),
            "icons": names(),
            "bans": _bans(now),
            "moments": (now, now - timedelta(minutes=7), now - timedelta(days=30), now + timedelta(hours=2), None),
            "durations": (45, 600, 93_600, -1),
            "page": Page(data=_rows(), total=12_480, page_size=3, next_cursor="next", previous_cursor="previous"),
            "chart": _chart(),
            "countries": [CountryCount(code, count, "#charts") for code, count in COUNTRIES],
            "form": SampleForm({"url": "not an address", "scopes": ["read"]}),
        },
    )


def _written(name: str, told: str) -> str:
    """How a tag is written in a template, as its docstring begins."""
    found = _EXAMPLE.search(told)
    return " ".join(found[1].split()) if found else f"{{% {name} %}}"


def _bans(now: datetime) -> list[Sampled]:
    """One that is in force, one without an end, one that was lifted and one whose time is over."""
    hour = timedelta(hours=1)
    return [
        Sampled(1, "203.0.113.7", "sshd", "NL", "jail", now - hour, expires_at=now + hour),
        Sampled(2, "2001:db8:85a3::8a2e:370:7334", "banguard-blocklist", "SG", "blocklist", now - hour),
        Sampled(
            3,
            "198.51.100.7",
            "nginx-http-auth",
            "US",
            "manual",
            now - 3 * hour,
            lifted_at=now,
            lift_reason="manual",
            active=False,
        ),
        Sampled(4, "192.0.2.7", "sshd", "", "jail", now - 3 * hour, now - hour, active=False),
    ]


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
