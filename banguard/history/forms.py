"""What people type into the history pages."""

from __future__ import annotations

from django import forms

from banguard.history.selectors import Search
from banguard.history.values import Origin


class SearchForm(forms.Form):
    """Narrows the list; what cannot be read narrows nothing and is said."""

    address = forms.CharField(required=False, max_length=64, label="Address or network")
    jail = forms.ChoiceField(required=False, label="Jail")
    origin = forms.ChoiceField(
        required=False, label="Origin", choices=[("", "Any"), *((origin.value, origin.value) for origin in Origin)]
    )
    state = forms.ChoiceField(
        required=False, label="State", choices=[("", "Any"), ("active", "Active"), ("ended", "Ended")]
    )

    def __init__(self, data: object, *, jails: list[str]) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.fields["jail"].choices = [("", "Any"), *((name, name) for name in jails)]  # type: ignore[attr-defined]

    @property
    def search(self) -> Search:
        data = self.cleaned_data
        return Search(
            jail=data.get("jail") or None,
            address=data.get("address") or None,
            origin=Origin(data["origin"]) if data.get("origin") else None,
            active={"active": True, "ended": False}.get(data.get("state", "")),
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
