"""The regex lab, and the samples that a filter has to keep right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from banguard.accounts.auth import allowed, caller_of
from banguard.accounts.values import Scope
from banguard.agent.config_verbs import Line, Tried
from banguard.config import selectors
from banguard.config.forms import RegexLabForm, SampleForm
from banguard.config.services import trying
from banguard.core.errors import BanGuardError
from banguard.core.http import status_of

WHOLE_LINE = {"content", "mlfid"}  # parts that hold most of a line, or what ties lines together
MOST_SHOWN = 500  # lines of the answer; the counts are of all


@dataclass(frozen=True)
class Shown:
    """A line in pieces: each with the name of what it was caught as, or none. ``when``: the time found in it."""

    line: Line
    pieces: tuple[tuple[str, str], ...]
    when: datetime | None


@require_http_methods(["GET", "POST"])
@allowed(Scope.CONFIGURE)
def lab(request: HttpRequest) -> HttpResponse:
    """Expressions or a filter on lines."""
    initial = {"filter": request.GET.get("filter", ""), "jail": request.GET.get("jail", "")}
    jails = [jail.name for jail in selectors.jails()]
    form = RegexLabForm(request.POST or None, request.FILES or None, initial=initial, jails=jails)
    context: dict[str, object] = {"form": form, "sample_form": SampleForm()}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                name, tried = _tried(form)
                context |= {"tried": tried, "name": name, "shown": [_shown(line) for line in tried.lines[:MOST_SHOWN]]}
                status = 200
            except BanGuardError as error:
                form.add_error(None, error.message)
                status = status_of(error)
    return render(request, "config/lab.html", context, status=status)


@require_POST
@allowed(Scope.CONFIGURE)
def keep_sample(request: HttpRequest, name: str) -> HttpResponse:
    """Keep a line that the filter must match, or must not."""
    form = SampleForm(request.POST)
    try:
        if not form.is_valid():
            messages.error(request, gettext("A sample is one line."))
        else:
            trying.keep_sample(name=name, author=caller_of(request).name, **form.cleaned_data)
            messages.success(request, gettext("The sample is kept: a change that breaks it will be refused."))
    except BanGuardError as error:
        messages.error(request, error.message)
    return redirect("filter", name=name)


@require_POST
@allowed(Scope.CONFIGURE)
def forget_sample(request: HttpRequest, sample_id: int) -> HttpResponse:
    return redirect("filter", name=trying.forget_sample(sample_id=sample_id))


def _tried(form: RegexLabForm) -> tuple[str, Tried]:
    """The filter that was tried, empty for expressions of their own, and what came of it."""
    given = form.cleaned_data
    name, jail, expressions = given["filter"], given["jail"], form.lines_of("failregex")
    lines = form.lines_of("lines") or trying.tail_of(jail=jail)
    options = {"mode": given["mode"]} if given["mode"] else {}
    if not name and not expressions:
        name, options = trying.filter_of(jail=jail)
    if name:
        return name, trying.try_filter(name=name, lines=lines, options=options)
    ignored = form.lines_of("ignoreregex")
    return "", trying.try_expressions(failregex=expressions, ignoreregex=ignored, lines=lines)


def _shown(line: Line) -> Shown:
    pieces: list[tuple[str, str]] = [(line.text, "")]
    parts = {"address": line.address, "user": line.user} | {
        name: part for name, part in line.parts.items() if name not in WHOLE_LINE
    }
    for name, part in parts.items():
        if part:
            pieces = [piece for text, caught in pieces for piece in _cut(text, part, name, caught)]
    return Shown(line, tuple(pieces), datetime.fromtimestamp(line.time, UTC) if line.time else None)


def _cut(text: str, part: str, name: str, caught: str) -> list[tuple[str, str]]:
    before, found, after = text.partition(part)
    if caught or not found:
        return [(text, caught)]
    return [(before, ""), (found, name), (after, "")]
