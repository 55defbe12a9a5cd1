"""What people fill in about themselves and their scripts. Services decide whether it will do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib.auth.forms import UserChangeForm, UsernameField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from banguard.accounts import selectors
from banguard.accounts.models import OUTCOME_CHOICES, Person
from banguard.accounts.selectors import AuditSearch
from banguard.accounts.values import Role, Scope
from banguard.core.errors import InvalidInput

SCOPES = [
    (Scope.READ, _("read: every page and list")),
    (Scope.BAN, _("ban: ban and unban addresses")),
    (Scope.IMPORT, _("import: run blocklist imports")),
    (Scope.CONFIGURE, _("configure: jails, filters, blocklist sources")),
    (Scope.ROOT, _("root: what Fail2ban runs as root, such as actions, and its own settings")),
    (Scope.ADMINISTER, _("administer: people and tokens")),
]
LIFETIMES = [
    ("30", _("30 days")),
    ("90", _("90 days")),
    ("365", _("a year")),
    ("0", _("no end")),
]


class SetUpForm(forms.Form):
    username = UsernameField(max_length=150, label=_("Username"), help_text=_("With which you will sign in."))
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 12 characters: a few unrelated words make a good one."),
    )
    again = forms.CharField(
        strip=False,
        label=_("Password, again"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if "password" in given and "again" in given and given["password"] != given["again"]:
            self.add_error("again", gettext("The two passwords differ."))
        return given


class TokenForm(forms.Form):
    name = forms.CharField(
        max_length=100,
        label=_("Name"),
        help_text=_("What uses it: “nightly export”, “backup of host a”."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), choices=SCOPES, widget=forms.CheckboxSelectMultiple, initial=[Scope.READ]
    )
    days = forms.TypedChoiceField(
        label=_("Valid for"), choices=LIFETIMES, initial="90", coerce=lambda days: int(days) or None
    )


class AuditForm(forms.Form):
    """Narrows the audit trail; what cannot be read narrows nothing and is said."""

    text = forms.CharField(required=False, max_length=200, label=_("Who or what"))
    action = forms.ChoiceField(required=False, label=_("Action"))
    outcome = forms.ChoiceField(required=False, label=_("Outcome"), choices=[("", _("Any")), *OUTCOME_CHOICES])
    address = forms.GenericIPAddressField(required=False, label=_("From address"))

    def __init__(self, data: object, *, actions: list[str]) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        self.fields["action"].choices = [("", _("Any")), *((name, name) for name in actions)]  # type: ignore[attr-defined]

    @property
    def search(self) -> AuditSearch:
        return AuditSearch(**{name: value or None for name, value in self.cleaned_data.items()})


class PersonForm(UserChangeForm):  # type: ignore[type-arg]
    """A person in the Django admin."""

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        stays = given.get("role") == Role.ADMINISTRATOR and given.get("is_active")
        was_active = bool(self.initial.get("is_active"))
        before = Person(pk=self.instance.pk, role=self.initial.get("role", ""), is_active=was_active)
        if not stays and selectors.is_last_administrator(person=before):
            raise forms.ValidationError("This is the last administrator: make another one first.")
        return given


def show(form: forms.Form, error: InvalidInput) -> None:
    """Put what a service refused beside the fields it is about."""
    fields = error.details.get("fields")
    if not isinstance(fields, Mapping):
        form.add_error(None, error.message)
        return
    for name, reasons in fields.items():
        form.add_error(name if name in form.fields else None, _texts(reasons))


def _texts(reasons: object) -> list[str]:
    return [str(reason) for reason in reasons] if isinstance(reasons, Sequence) else [str(reasons)]
