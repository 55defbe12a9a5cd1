"""What people type about the configuration."""

from __future__ import annotations

from django import forms


class RegexLabForm(forms.Form):
    """Either the name of a filter or expressions, and lines to try them on: pasted, or from a file."""

    filter = forms.CharField(
        required=False,
        max_length=100,
        help_text="Such as sshd. Leave it empty to try expressions.",
    )
    mode = forms.CharField(required=False, max_length=40, help_text="A filter's mode, where it has some: aggressive.")
    failregex = forms.CharField(
        required=False,
        max_length=20_000,
        label="Expressions that must match",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "data-expressions": "1000"}),
        help_text="One a line, at most 1,000 characters each. <HOST> stands for the address.",
    )
    ignoreregex = forms.CharField(
        required=False,
        max_length=20_000,
        label="Expressions to ignore",
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "data-expressions": "1000"}),
    )
    lines = forms.CharField(
        required=False,
        max_length=1_000_000,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text="Lines of a log, as they stand in it.",
    )
    upload = forms.FileField(required=False, label="Or a file", help_text="At most 1 MB.")

    def clean(self) -> dict[str, object]:
        given = super().clean() or {}
        if bool(given.get("filter")) == bool(given.get("failregex")):
            raise forms.ValidationError("Name a filter, or give expressions: one of the two.")
        upload = given.get("upload")
        if upload is not None:
            if upload.size > 1_000_000:
                raise forms.ValidationError("The file has more than 1 MB.")
            given["lines"] = upload.read().decode("utf-8", "replace")
        if not str(given.get("lines", "")).strip():
            raise forms.ValidationError("There is nothing to try them on: paste some lines, or choose a file.")
        return given

    def lines_of(self, name: str) -> list[str]:
        text = str(self.cleaned_data[name]).replace("\r\n", "\n")
        return [line for line in text.split("\n") if line.strip()]


class SampleForm(forms.Form):
    line = forms.CharField(max_length=8_192, strip=False)
    must_match = forms.TypedChoiceField(
        choices=[("1", "must match"), ("0", "must not match")], coerce=lambda value: value == "1", label="The filter"
    )


class ControlForm(forms.Form):
    """What a button on a jail's page asks for."""

    what = forms.ChoiceField(choices=[(what, what) for what in ("start", "stop", "restart", "reload", "idle", "busy")])
