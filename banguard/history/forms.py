"""What people type into the history pages."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from banguard.history.search import UNKNOWN
from banguard.history.selectors import Range, Search
from banguard.history.values import REPEATS, Origin

RANGES = [("24h", _("24 hours")), ("7d", _("7 days")), ("30d", _("30 days")), ("365d", _("365 days"))]


class SearchForm(forms.Form):
    """Narrows the list; what cannot be read narrows nothing and is said."""

    address = forms.CharField(required=False, max_length=64, label=_("Address or network"))
    words = forms.CharField(required=False, max_length=200, label=_("Words in log lines"))
    range = forms.ChoiceField(required=False, label=_("Time"), choices=[("", _("Any")), *RANGES])
    jail = forms.ChoiceField(required=False, label=_("Jail"))
    country = forms.ChoiceField(required=False, label=_("Country"))
    origin = forms.ChoiceField(
        required=False, label="Origin", choices=[("", "Any"), *((origin.value, origin.value) for origin in Origin)]
    )
    state = forms.ChoiceField(
        required=False, label="State", choices=[("", "Any"), ("active", "Active"), ("ended", "Ended")]
    )

    min_ban_count = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        label=_("Banned at least"),
        choices=[("", _("Once")), *((str(least), _("%(n)s times") % {"n": least}) for least in REPEATS)],
    )
    asn = forms.IntegerField(required=False, min_value=0, max_value=2**32 - 1, label=_("Autonomous system"))
    at = forms.DateTimeField(
        required=False, label=_("Go to"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )

    def __init__(self, data: object, *, jails: list[str], countries: list[str]) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        named = [("", _("Any")), *((code or UNKNOWN, code or _("Unknown")) for code in countries)]
        self.fields["jail"].choices = [("", _("Any")), *((name, name) for name in jails)]  # type: ignore[attr-defined]
        self.fields["country"].choices = named  # type: ignore[attr-defined]

    def clean_words(self) -> str:
        return str(self.cleaned_data["words"]).replace("\x00", "")

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
            words=data.get("words") or None,
            min_ban_count=data.get("min_ban_count"),
            asn=data.get("asn"),
        )


class AddressesForm(forms.Form):
    """Addresses to ban or unban, as people paste them: one per line, or separated by commas or blanks."""

    addresses = forms.CharField(
        label="Addresses or networks",
        help_text="One per line, for example 203.0.113.7 or 2001:db8::/64.",
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocapitalize": "off"}),
        max_length=50_000,
    )
    jail = forms.ChoiceField(required=False, label="Jail")
    back = forms.ChoiceField(required=False, choices=[("jail", "jail")], widget=forms.HiddenInput)

    def __init__(self, data: object = None, *, jails: list[str], **kwargs: object) -> None:
        super().__init__(data, **kwargs)  # type: ignore[arg-type]
        self.fields["jail"].choices = [("", "Every jail"), *((name, name) for name in jails)]  # type: ignore[attr-defined]

    def clean_addresses(self) -> list[str]:
        return str(self.cleaned_data["addresses"]).replace(",", " ").split()
