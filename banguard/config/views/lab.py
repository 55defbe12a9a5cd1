"""The regex lab, and the samples that a filter has to keep right."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from banguard.accounts.auth import allowed, caller_of
from banguard.accounts.values import Scope
from banguard.agent.config_verbs import Line, Tried
from banguard.config.forms import RegexLabForm, SampleForm
from banguard.config.services import trying
from banguard.core.errors import BanGuardError
from banguard.core.http import status_of

MOST_SHOWN = 500  # lines of the answer; the counts are of all


@dataclass(frozen=True)
class Shown:
    """A line with the address and the user that were found in it set apart."""

    line: Line
    pieces: tuple[tuple[str, bool], ...]


@require_http_methods(["GET", "POST"])
@allowed(Scope.CONFIGURE)
def lab(request: HttpRequest) -> HttpResponse:
    """Expressions or a filter on lines."""
    initial = {"filter": request.GET.get("filter", "")}
    form = RegexLabForm(request.POST or None, request.FILES or None, initial=initial)
    context: dict[str, object] = {"form": form, "sample_form": SampleForm()}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                tried = _tried(form)
                context |= {"tried": tried, "shown": [_shown(line) for line in tried.lines[:MOST_SHOWN]]}
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
            messages.error(request, "A sample is one line.")
        else:
            trying.keep_sample(name=name, author=caller_of(request).name, **form.cleaned_data)
            messages.success(request, "The sample is kept: a change that breaks it will be refused.")
    except BanGuardError as error:
        messages.error(request, error.message)
    return redirect("filter", name=name)


@require_POST
@allowed(Scope.CONFIGURE)
def forget_sample(request: HttpRequest, sample_id: int) -> HttpResponse:
    return redirect("filter", name=trying.forget_sample(sample_id=sample_id))


def _tried(form: RegexLabForm) -> Tried:
    lines, name = form.lines_of("lines"), form.cleaned_data["filter"]
    if name:
        mode = form.cleaned_data["mode"]
        return trying.try_filter(name=name, lines=lines, options={"mode": mode} if mode else {})
    return trying.try_expressions(
        failregex=form.lines_of("failregex"), ignoreregex=form.lines_of("ignoreregex"), lines=lines
    )


def _shown(line: Line) -> Shown:
    pieces: list[tuple[str, bool]] = [(line.text, False)]
    for part in filter(None, (line.address, line.user)):
        pieces = [piece for text, marked in pieces for piece in _cut(text, part, marked=marked)]
    return Shown(line, tuple(pieces))


def _cut(text: str, part: str, *, marked: bool) -> list[tuple[str, bool]]:
    before, found, after = text.partition(part)
    if marked or not found:
        return [(text, marked)]
    return [(before, False), (found, True), (after, False)]
