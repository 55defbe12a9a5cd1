"""Forms for the options that people change: of a jail, and of the server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from banguard.agent.config_verbs import Item, OptionInForce
from banguard.config.options import MOST, Option
from banguard.config.overlay import IGNORED
from banguard.config.services.setting import Target
from banguard.core import durations
from banguard.core.errors import BanGuardError, InvalidInput
from banguard.core.sentences import for_people

TRUE = {"1", "on", "true", "yes"}


class OptionsForm(forms.Form):
    """One field for each option of ``target``, as it is written now, with its meaning and where it comes from.

    What is left as it is is not touched; what is emptied goes back to what the files before our overlay say.
    """

    digest = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    comment = forms.CharField(required=False, max_length=2_000, label=_("Why"), help_text=_("Kept with the revision."))

    def __init__(self, data: object = None, *, target: Target, item: Item, digest: str = "") -> None:
        super().__init__(data, initial={"digest": digest})  # type: ignore[arg-type]
        in_force = {option.name: option for option in item.options if option.section == target.section}
        self.known = target.options
        own = {option.name: self._field(option, in_force.get(option.name)) for option in self.known}
        self.fields = {**own, **self.fields}

    @property
    def bound_options(self) -> Iterator[forms.BoundField]:
        return (self[option.name] for option in self.known)

    @property
    def changes(self) -> dict[str, str | None]:
        """What was changed: its new value, or None for what was emptied."""
        pairs = {
            option.name: (self.cleaned_data[option.name], self.fields[option.name].initial) for option in self.known
        }
        return {name: _plain(now) or None for name, (now, before) in pairs.items() if _plain(now) != _plain(before)}

    def show(self, error: BanGuardError) -> None:
        """Put each fault beside its field."""
        fields = error.details.get("fields")
        named = (
            cast("Mapping[str, str]", fields) if isinstance(error, InvalidInput) and isinstance(fields, dict) else {}
        )
        for name, reason in named.items():
            self.add_error(name if name in self.fields else None, for_people(reason))
        if not named:
            self.add_error(None, error.message)

    def _field(self, option: Option, in_force: OptionInForce | None) -> forms.Field:
        written = _written(in_force)
        about = {
            "required": False,
            "label": option.label,
            "help_text": f"{option.meaning} {_origin(option, in_force)}",
        }
        if option.kind in {"truth", "choice"}:
            words = {"true": gettext("yes"), "false": gettext("no")} if option.kind == "truth" else {}
            initial = _truth(in_force) if option.kind == "truth" else written
            names = list(dict.fromkeys(filter(None, (*(words or option.choices), initial))))
            choices = [("", gettext("as Fail2ban has it")), *((name, words.get(name, name)) for name in names)]
            return forms.ChoiceField(choices=choices, initial=initial, **about)  # type: ignore[arg-type]
        rows = {"rows": min(8, written.count("\n") + 2)}
        lines = forms.Textarea(attrs={**rows, "spellcheck": "false", "autocapitalize": "off"})
        line = forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "off"})
        widget = lines if option.kind == "lines" else line
        return forms.CharField(max_length=MOST, initial=written, widget=widget, **about)  # type: ignore[arg-type]


def _written(in_force: OptionInForce | None) -> str:
    """As the file that decides writes it; what is ignored through BanGuard has a page of its own."""
    places = [place for place in in_force.places if place.file != IGNORED] if in_force else []
    return places[-1].written if places else ""


def _truth(in_force: OptionInForce | None) -> str:
    if in_force is None or not in_force.places:
        return ""
    return "true" if in_force.value.strip().lower() in TRUE else "false"


def _origin(option: Option, in_force: OptionInForce | None) -> str:
    """Where the present value comes from, and what it comes to."""
    places = [place for place in in_force.places if place.file != IGNORED] if in_force else []
    if in_force is None or not places:
        default = option.default or gettext("nothing")
        return gettext("No file sets it; Fail2ban then takes %(default)s.") % {"default": default}
    told = {"file": places[-1].file, "line": places[-1].line, "default": option.default}
    text = gettext("Set in %(file)s, line %(line)d.") % told
    if option.default:
        text += " " + gettext("Fail2ban's own default is %(default)s.") % told
    if option.kind == "duration":
        text += " " + gettext("Now: %(words)s.") % {"words": _in_words(in_force.value)}
    return text


def _in_words(value: str) -> str:
    try:
        return durations.in_words(durations.seconds_of(value))
    except InvalidInput:
        return value


def _plain(value: object) -> str:
    lines = str(value or "").replace("\r\n", "\n").split("\n")
    return "\n".join(line.strip() for line in lines if line.strip())
