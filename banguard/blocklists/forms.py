"""What people type about a feed."""

from __future__ import annotations

from typing import ClassVar

from django import forms

from banguard.blocklists.values import Enforcement, Format

SCHEDULES = [
    ("", "Only when asked"),
    ("17 * * * *", "Every hour"),
    ("17 */6 * * *", "Every six hours"),
    ("17 4 * * *", "Every day at 04:17 UTC"),
    ("17 4 * * 1", "Every Monday at 04:17 UTC"),
]


class SourceForm(forms.Form):
    name = forms.CharField(max_length=100, help_text="What you will know it by.")
    url = forms.CharField(
        label="Address of the list",
        max_length=2_000,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text="A text file with one address or network a line.",
    )
    enforcement: ClassVar[forms.ChoiceField] = forms.ChoiceField(
        choices=[
            (Enforcement.JAIL.value, "Ban them in Fail2ban’s jail banguard-blocklist"),
            (Enforcement.NONE.value, "Only keep and show them"),
        ],
        label="What to do with its addresses",
    )
    schedule = forms.ChoiceField(choices=SCHEDULES, required=False, label="Import")
    enabled = forms.BooleanField(required=False, initial=True, label="Enabled")
    note = forms.CharField(required=False, max_length=2_000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: object, schedule: str = "", **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if schedule and schedule not in dict(SCHEDULES):  # one that the API has set
            self.fields["schedule"].choices = [*SCHEDULES, (schedule, f"At {schedule}")]  # type: ignore[attr-defined]

    @property
    def values(self) -> dict[str, object]:
        return {**self.cleaned_data, "format": Format.PLAIN}
