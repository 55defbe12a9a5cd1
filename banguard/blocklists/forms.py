"""What people type about feeds and about what must never be blocked."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from banguard.blocklists.catalogue import Feed
from banguard.blocklists.models import Source
from banguard.blocklists.services.sources import MOST_GIVEN, Given
from banguard.blocklists.values import Enforcement, Format

SCHEDULES = [
    ("", _("Only when asked")),
    ("every 30m", _("Every 30 minutes")),
    ("17 * * * *", _("Every hour")),
    ("every 2h", _("Every two hours")),
    ("17 */6 * * *", _("Every six hours")),
    ("17 4 * * *", _("Every day at 04:17")),
    ("17 4 * * 1", _("Every Monday at 04:17")),
]
ENFORCEMENTS = [
    (Enforcement.JAIL.value, _("Ban them in Fail2ban’s jail banguard-blocklist (some thousands)")),
    (Enforcement.KERNEL.value, _("Drop them in the kernel’s sets (any number)")),
    (Enforcement.NONE.value, _("Only keep and show them")),
]

# Of the others each is known by the name of what it is written for, in every language.
FORMATS = [(one.value, _("found out by itself") if one == Format.AUTO else one.value) for one in Format]


class SourceForm(forms.Form):
    """``values``, ``secrets`` and ``given`` are what the service takes."""

    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("What you will know it by."))
    url = forms.CharField(
        label=_("Address of the list"),
        max_length=2_000,
        required=False,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=_("This, a file, or the list itself: one of the three."),
    )
    upload = forms.FileField(label=_("Or a file"), required=False)
    text = forms.CharField(
        label=_("Or the list itself"), required=False, max_length=10_000_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    enforcement: ClassVar[forms.ChoiceField] = forms.ChoiceField(
        choices=ENFORCEMENTS,
        label=_("What to do with its addresses"),
        help_text=_(
            "Fail2ban takes ten addresses to a command, about 10 ms each, and answers nobody meanwhile: fine for some "
            "thousands. A large list belongs in the kernel’s sets, which take a million in seconds, at once."
        ),
    )
    schedule = forms.ChoiceField(choices=SCHEDULES, required=False, label=_("Import"))
    enabled = forms.BooleanField(required=False, initial=True, label=_("Enabled"))
    note = forms.CharField(label=_("Note"), required=False, max_length=2_000, widget=forms.Textarea(attrs={"rows": 2}))
    format = forms.ChoiceField(label=_("Format"), required=False, choices=FORMATS, initial=Format.AUTO.value)
    column = forms.CharField(
        label=_("Column"),
        required=False,
        max_length=40,
        help_text=_("Of a table: its name or number; of JSON: the name before the address. Empty: found by itself."),
    )
    other_schedule = forms.CharField(
        label=_("Another schedule"),
        required=False,
        max_length=100,
        help_text=_("A cron expression such as “17 4 * * *”, or “every 45m”. It takes the place of the one above."),
    )
    zone = forms.CharField(label=_("Time zone of the schedule"), max_length=64, initial="UTC", required=False)
    jitter = forms.IntegerField(
        label=_("Start up to so many seconds later, at random"), initial=300, min_value=0, required=False
    )
    min_interval = forms.IntegerField(
        label=_("Seconds that the provider wants between two requests"), initial=0, min_value=0, required=False
    )
    shrink_percent = forms.IntegerField(
        label=_("Hold it when it shrank by more than (%)"), initial=50, min_value=0, max_value=100, required=False
    )
    grow_percent = forms.IntegerField(
        label=_("Hold it when it grew by more than (%)"), initial=100, min_value=0, max_value=100_000, required=False
    )
    may_be_empty = forms.BooleanField(required=False, label=_("It is normal for it to be empty"))
    header_name = forms.CharField(label=_("Secret header: name"), required=False, max_length=100)
    header_value = forms.CharField(
        label=_("Secret header: value"),
        required=False,
        max_length=4_096,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Kept encrypted, sent to the feed’s server alone, never shown again. Empty: what is there stays."),
    )

    COMMON = ("name", "url", "upload", "text", "enforcement", "schedule", "enabled", "note")
    WHENCE = ("url", "upload", "text")  # one of them
    WITH_DEFAULT = ("zone", "format", "jitter", "min_interval", "shrink_percent", "grow_percent")
    NOT_VALUES = frozenset({"upload", "text", "other_schedule", "header_name", "header_value"})

    def __init__(self, *args: object, schedule: str = "", **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if schedule and schedule not in dict(SCHEDULES):  # one of somebody's own
            self.fields["schedule"].choices = [*SCHEDULES, (schedule, schedule)]  # type: ignore[attr-defined]

    @property
    def common(self) -> list[forms.BoundField]:
        return [self[name] for name in self.COMMON]

    @property
    def special(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in self.COMMON]

    @property
    def values(self) -> dict[str, Any]:
        """What is left empty is as the form says that it is then, where nothing is no value."""
        given = {name: value for name, value in self.cleaned_data.items() if name not in self.NOT_VALUES}
        given |= {name: self.fields[name].initial for name in self.WITH_DEFAULT if given[name] in {None, ""}}
        return given | {"schedule": self.cleaned_data["other_schedule"] or self.cleaned_data["schedule"]}

    @property
    def secrets(self) -> dict[str, str] | None:
        name, value = self.cleaned_data["header_name"], self.cleaned_data["header_value"]
        return {name: value} if name or value else None

    def given(self, by: str) -> Given | None:
        upload, text = self.cleaned_data["upload"], self.cleaned_data["text"]
        if isinstance(upload, UploadedFile):
            return Given(upload.read(MOST_GIVEN + 1), upload.name or "file", by)
        return Given(text.encode(), by=by) if text else None


def of_source(source: Source) -> dict[str, object]:
    """What the form shows of a source."""
    own = {name: getattr(source, name) for name in SourceForm.base_fields if hasattr(source, name)}
    return own | {"header_name": next(iter(source.header_names), "")}


def of_feed(feed: Feed) -> dict[str, object]:
    """What it shows of a feed of the catalogue."""
    own = {name: getattr(feed, name) for name in SourceForm.base_fields if hasattr(feed, name)}
    told = {"name": str(_(feed.name)), "note": str(_(feed.about))}
    return own | told | {"header_name": feed.key_header, "jitter": 600}


class ProtectForm(forms.Form):
    network = forms.CharField(label=_("Address or network"), max_length=64)
    note = forms.CharField(label=_("Why"), max_length=200)
    expires_at = forms.DateTimeField(
        label=_("Until (UTC)"), required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )


class LookupForm(forms.Form):
    ip = forms.CharField(label=_("Address or network"), max_length=64)
