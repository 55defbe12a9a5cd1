"""What people type into the history pages."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from banguard.core.countries import name_of
from banguard.core.schemas import YEARS, within_reach
from banguard.history.search import UNKNOWN
from banguard.history.selectors import Range, Search
from banguard.history.values import REPEATS, Origin

MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local", "step": "60"}, format="%Y-%m-%dT%H:%M")
ORIGINS = {Origin.JAIL: _("jail"), Origin.MANUAL: _("manual"), Origin.BLOCKLIST: _("blocklist")}
RANGES = [("24h", _("24 hours")), ("7d", _("7 days")), ("30d", _("30 days")), ("365d", _("365 days"))]


class MomentField(forms.DateTimeField):
    """In UTC, as all that the server shows; one that PostgreSQL can hold whatever is added to it."""

    def __init__(self, label: object) -> None:
        super().__init__(required=False, label=label, widget=MOMENT)  # type: ignore[arg-type]

    def clean(self, value: object) -> datetime | None:
        moment: datetime | None = super().clean(value)
        try:
            return moment and within_reach(moment)
        except ValueError as error:
            said = _("A time between the years %(first)d and %(last)d.") % {"first": YEARS[0], "last": YEARS[-1]}
            raise forms.ValidationError(said) from error


class SearchForm(forms.Form):
    """Narrows the list; what cannot be read narrows nothing and is said. What is seldom asked is folded away."""

    USUAL = ("address", "words", "range", "jail", "state")

    address = forms.CharField(required=False, max_length=64, label=_("Address or network"))
    words = forms.CharField(required=False, max_length=200, label=_("Words in log lines"))
    range = forms.ChoiceField(required=False, label=_("Time"), choices=[("", _("Any")), *RANGES])
    since = MomentField(_("Or from (UTC)"))
    until = MomentField(_("To, not included (UTC)"))
    server = forms.ChoiceField(required=False, label=_("Server"))
    jail = forms.ChoiceField(required=False, label=_("Jail"))
    country = forms.ChoiceField(required=False, label=_("Country"))
    origin = forms.ChoiceField(
        required=False,
        label=_("Origin"),
        choices=[("", _("Any")), *((origin.value, ORIGINS[origin]) for origin in Origin)],
    )
    state = forms.ChoiceField(
        required=False,
        label=_("State"),
        choices=[("", _("Any")), ("active", _("Active")), ("ended", _("Ended"))],
    )

    min_ban_count = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        label=_("Banned at least"),
        choices=[("", _("Once")), *((str(least), _("%(n)s times") % {"n": least}) for least in REPEATS)],
    )
    asn = forms.IntegerField(required=False, min_value=0, max_value=2**32 - 1, label=_("Autonomous system"))
    at = MomentField(_("Go to (UTC)"))

    def __init__(self, data: object, *, servers: list[str], jails: list[str], countries: list[str]) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        named = sorted(((code, name_of(code)) for code in countries if code), key=lambda one: one[1].casefold())
        unknown = [(UNKNOWN, _("Unknown"))] if "" in countries else []
        for field, names in (("server", servers), ("jail", jails)):
            self.fields[field].choices = [("", _("Any")), *((name, name) for name in names)]  # type: ignore[attr-defined]
        self.fields["country"].choices = [("", _("Any")), *named, *unknown]  # type: ignore[attr-defined]

    def usual(self) -> list[forms.BoundField]:
        return [self[name] for name in self.USUAL]

    def seldom(self) -> list[forms.BoundField]:
        return [bound for bound in self if bound.name not in self.USUAL]

    def asks_more(self) -> bool:
        """Whether what is folded away narrows the list, or is refused."""
        return any(bound.data or bound.errors for bound in self.seldom())

    @property
    def search(self) -> Search:
        data = self.cleaned_data
        return Search(
            jail=data.get("jail") or None,
            address=data.get("address") or None,
            origin=Origin(data["origin"]) if data.get("origin") else None,
            active={"active": True, "ended": False}.get(data.get("state", "")),
            country="" if data.get("country") == UNKNOWN else data.get("country") or None,
            range=Range(data["range"]) if data.get("range") else None,
            since=data.get("since"),
            until=data.get("until"),
            server=data.get("server") or None,
            words=data.get("words") or None,
            min_ban_count=data.get("min_ban_count"),
            asn=data.get("asn"),
        )


class SaveForm(forms.Form):
    """A search to be kept. ``query`` is the address line of the list; what no search knows is left out of it."""

    name = forms.CharField(max_length=60, label=_("Name"))
    query = forms.CharField(max_length=2_000, required=False, widget=forms.HiddenInput)

    def clean_query(self) -> str:
        asked = QueryDict(self.cleaned_data["query"])
        known = {name: asked[name] for name in SearchForm.base_fields if asked.get(name)}
        query = urlencode(known)
        if not known or len(query) > 1_000:
            raise forms.ValidationError(_("There is nothing to save, or too much: search for something first."))
        return query


class AddressesForm(forms.Form):
    """Addresses to ban or unban, as people paste them: one per line, or separated by commas or blanks."""

    addresses = forms.CharField(
        label=_("Addresses or networks"),
        help_text=_("One per line, for example 203.0.113.7 or 2001:db8::/64."),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocapitalize": "off"}),
        max_length=50_000,
    )
    jail = forms.ChoiceField(required=False, label=_("Jail"))
    back = forms.ChoiceField(required=False, choices=[("jail", "jail")], widget=forms.HiddenInput)

    def __init__(self, data: object = None, *, jails: list[str], **kwargs: object) -> None:
        super().__init__(data, **kwargs)  # type: ignore[arg-type]
        self.fields["jail"].choices = [("", _("Every jail")), *((name, name) for name in jails)]  # type: ignore[attr-defined]

    def clean_addresses(self) -> list[str]:
        return str(self.cleaned_data["addresses"]).replace(",", " ").split()
