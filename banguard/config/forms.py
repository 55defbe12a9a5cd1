"""What people type about the configuration."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from banguard.core import durations
from banguard.core.errors import InvalidInput
from banguard.core.sentences import for_people


class RegexLabForm(forms.Form):
    """Either the name of a filter or expressions, and lines to try them on: pasted, or from a file."""

    filter = forms.CharField(
        required=False,
        max_length=100,
        label=_("Filter"),
        help_text=_("Such as sshd. Leave it empty to try expressions."),
    )
    mode = forms.CharField(
        required=False,
        max_length=40,
        label=_("Mode"),
        help_text=_("A filter's mode, where it has some: aggressive."),
    )
    failregex = forms.CharField(
        required=False,
        max_length=20_000,
        label=_("Expressions that must match"),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "data-expressions": "1000"}),
        help_text=_("One a line, at most 1,000 characters each. <HOST> stands for the address."),
    )
    ignoreregex = forms.CharField(
        required=False,
        max_length=20_000,
        label=_("Expressions to ignore"),
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "data-expressions": "1000"}),
    )
    lines = forms.CharField(
        required=False,
        max_length=1_000_000,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        label=_("Lines"),
        help_text=_("Lines of a log, as they stand in it."),
    )
    upload = forms.FileField(required=False, label=_("Or a file"), help_text=_("At most 1 MB."))
    jail = forms.ChoiceField(
        required=False,
        label=_("Or the end of a jail's logs"),
        help_text=_("The last 200 lines of each. Without a filter and expressions, its own filter is tried."),
    )

    def __init__(self, *args: object, jails: list[str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["jail"].choices = [("", "–"), *((name, name) for name in jails)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, object]:
        given = super().clean() or {}
        named, expressions = bool(given.get("filter")), bool(given.get("failregex"))
        if (named and expressions) or not (named or expressions or given.get("jail")):
            raise forms.ValidationError(_("Name a filter, or give expressions: one of the two."))
        upload = given.get("upload")
        if upload is not None:
            if upload.size > 1_000_000:
                raise forms.ValidationError(_("The file has more than 1 MB."))
            given["lines"] = upload.read().decode("utf-8", "replace")
        if not str(given.get("lines", "")).strip() and not given.get("jail"):
            raise forms.ValidationError(_("There is nothing to try them on: paste some lines, or choose a file."))
        return given

    def lines_of(self, name: str) -> list[str]:
        text = str(self.cleaned_data[name]).replace("\r\n", "\n")
        return [line for line in text.split("\n") if line.strip()]


class SampleForm(forms.Form):
    line = forms.CharField(max_length=8_192, strip=False)
    must_match = forms.TypedChoiceField(
        choices=[("1", _("must match")), ("0", _("must not match"))],
        coerce=lambda value: value == "1",
        label=_("The filter"),
    )


class IgnoreForm(forms.Form):
    """Addresses that are not to be banned, as people paste them."""

    addresses = forms.CharField(
        label=_("Addresses or networks"),
        help_text=_("One or many, IPv4 and IPv6, separated by blanks, commas or lines."),
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "autocapitalize": "off"}),
        max_length=10_000,
    )
    jail = forms.ChoiceField(required=False, label=_("Jail"))
    note = forms.CharField(
        required=False,
        max_length=200,
        label=_("Note"),
        help_text=_("Whose they are, or why."),
    )
    lasts = forms.CharField(
        required=False,
        max_length=100,
        label=_("For how long"),
        help_text=_("As Fail2ban spells it, such as 12h, 30d or 1w 2d. Empty: until it is taken away."),
    )

    def __init__(self, data: object = None, *, jails: list[str], **kwargs: object) -> None:
        super().__init__(data, **kwargs)  # type: ignore[arg-type]
        self.fields["jail"].choices = [("", gettext("Every jail")), *((name, name) for name in jails)]  # type: ignore[attr-defined]

    def clean_addresses(self) -> list[str]:
        return str(self.cleaned_data["addresses"]).replace(",", " ").split()

    def clean_lasts(self) -> datetime | None:
        """When it ends."""
        text = self.cleaned_data["lasts"]
        try:
            seconds = durations.seconds_of(text) if text else durations.FOR_EVER
        except InvalidInput as error:
            raise forms.ValidationError(for_people(error.message)) from error
        if seconds == 0:
            raise forms.ValidationError(gettext("It would end before it begins."))
        return None if seconds < 0 else timezone.now() + timedelta(seconds=seconds)


class ControlForm(forms.Form):
    """What a button on a jail's page asks for."""

    what = forms.ChoiceField(choices=[(what, what) for what in ("start", "stop", "restart", "reload", "idle", "busy")])


class TextForm(forms.Form):
    """A whole file. ``digest``: of the file that the text was made from."""

    text = forms.CharField(
        required=False,
        strip=False,
        max_length=300_000,
        label=_("The file"),
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false", "class": "code", "autocapitalize": "off"}),
    )
    comment = forms.CharField(
        required=False, max_length=2_000, label=_("Why"), help_text=_("It stays with the revision.")
    )
    digest = forms.RegexField(r"^([0-9a-f]{64})?$", required=False, widget=forms.HiddenInput)


class NewFileForm(forms.Form):
    """The place of a new overlay."""

    folder = forms.ChoiceField(
        label=_("What it is about"),
        choices=[
            ("jail.d", _("Jails")),
            ("filter.d", _("A filter")),
            ("action.d", _("An action")),
            ("fail2ban.d", _("The server itself")),
        ],
    )
    name = forms.RegexField(
        r"^[A-Za-z0-9_][A-Za-z0-9_.\-]{0,90}$",
        label=_("Name"),
        help_text=_("Without .local. For a filter or an action, its own name: the file then adds to it."),
    )

    @property
    def path(self) -> str:
        return f"{self.cleaned_data['folder']}/{self.cleaned_data['name'].removesuffix('.local')}.local"


class ApplyForm(forms.Form):
    comment = forms.CharField(required=False, max_length=2_000, label=_("Why"))
    undo = forms.BooleanField(required=False)
