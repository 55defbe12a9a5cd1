"""What people fill in about themselves and their scripts. Services decide whether it will do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib.auth.forms import UserChangeForm, UsernameField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from banguard.accounts import services
from banguard.accounts.models import OUTCOME_CHOICES, Person
from banguard.accounts.selectors import AuditSearch
from banguard.accounts.values import Role, Scope
from banguard.core.errors import Conflict, InvalidInput

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


ROLES = [
    (Role.VIEWER, _("Viewer: sees every page and list")),
    (Role.OPERATOR, _("Operator: also bans and unbans, and runs imports")),
    (Role.ADMINISTRATOR, _("Administrator: everything, also feeds, configuration, people and tokens")),
]


class ChosenPasswordForm(forms.Form):
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


class SetUpForm(ChosenPasswordForm):
    username = UsernameField(max_length=150, label=_("Username"), help_text=_("With which you will sign in."))
    field_order = ("username", "password", "again")


class PeopleForm(forms.Form):
    """Narrows the list of people."""

    q = forms.CharField(required=False, max_length=200, label=_("Name or e-mail address"), widget=forms.SearchInput)


class DetailsForm(forms.Form):
    """What an administrator decides about somebody; ``own``: about themself, who keep their role."""

    role = forms.ChoiceField(label=_("What they may do"), choices=ROLES, widget=forms.RadioSelect, initial=Role.VIEWER)
    first_name = forms.CharField(max_length=150, required=False, label=_("First name"))
    last_name = forms.CharField(max_length=150, required=False, label=_("Last name"))
    email = forms.EmailField(max_length=254, required=False, label=_("E-mail address"))

    def __init__(self, *args: Any, own: bool = False, provider: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if own:
            del self.fields["role"]
        if provider:
            self.fields["email"].help_text = gettext(
                "Whoever proves to %(provider)s that this address is theirs may sign in as this person."
            ) % {"provider": provider}


class NewPersonForm(DetailsForm):
    username = UsernameField(max_length=150, label=_("Username"), help_text=_("With which they will sign in."))
    field_order = ("username", "role", "first_name", "last_name", "email")


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
    who = forms.CharField(required=False, max_length=200, label=_("Only what this person did"))
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
    """A person in the Django admin, where ``by`` changes them."""

    by: Person | None = None

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        was_active = bool(self.initial.get("is_active"))
        before = Person(pk=self.instance.pk, role=self.initial.get("role", ""), is_active=was_active)
        services.hold_administrators()
        try:
            services.check_stays(
                person=before, by=self.by, role=given.get("role", ""), is_active=bool(given.get("is_active"))
            )
        except Conflict as error:
            raise forms.ValidationError(error.message) from error
        return given


def show(form: forms.Form, error: InvalidInput | Conflict) -> None:
    """Put what a service refused beside the fields it is about."""
    fields = error.details.get("fields")
    if not isinstance(fields, Mapping):
        form.add_error(None, error.message)
        return
    for name, reasons in fields.items():
        form.add_error(name if name in form.fields else None, _texts(reasons))


def _texts(reasons: object) -> list[str]:
    return [str(reason) for reason in reasons] if isinstance(reasons, Sequence) else [str(reasons)]
