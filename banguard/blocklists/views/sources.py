"""Feeds: the list, the catalogue, one of them, and changing it."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from banguard.accounts.auth import allowed, caller_of
from banguard.accounts.values import Scope
from banguard.blocklists import forms, selectors
from banguard.blocklists.catalogue import BY_SLUG, CATALOGUE
from banguard.blocklists.forms import LookupForm, SourceForm
from banguard.blocklists.models import Source
from banguard.blocklists.services import holding, imports, means, sources
from banguard.blocklists.values import Purpose
from banguard.core.errors import BanGuardError, Conflict, CursorInvalid, FeedTooSoon, InvalidInput
from banguard.core.http import status_of
from banguard.core.sentences import for_people

PAGE_SIZE = 50


@require_GET
@allowed(Scope.READ)
def index(request: HttpRequest) -> HttpResponse:
    """Every feed with its newest import."""
    rows = selectors.sources_with_runs()
    importing = any(run.under_way for _source, run in rows if run)
    context = {"rows": rows, "importing": importing, "lookup": LookupForm(), "held": selectors.held_runs()}
    context["trial"] = selectors.pressing_trial()
    return render(request, "blocklists/index.html", context)


@require_GET
@allowed(Scope.READ)
def catalogue(request: HttpRequest) -> HttpResponse:
    """Well-known feeds to pick from."""
    return render(request, "blocklists/catalogue.html", {"feeds": CATALOGUE})


@require_GET
@allowed(Scope.READ)
def source(request: HttpRequest, source_id: int) -> HttpResponse:
    """One feed and its imports."""
    found = selectors.source(source_id=source_id)
    try:
        page = selectors.runs_page(source_id=source_id, cursor=request.GET.get("cursor"), page_size=PAGE_SIZE)
    except CursorInvalid:
        return redirect("source", source_id=source_id)
    importing = any(run.under_way for run in page.data)
    context = {"source": found, "page": page, "importing": importing, "enforced": selectors.enforced(source=found)}
    return render(request, "blocklists/source.html", context)


@require_http_methods(["GET", "POST"])
@allowed(Scope.CONFIGURE)
def add(request: HttpRequest) -> HttpResponse:
    """Add a feed, perhaps one of the catalogue; saving leads to its page, or to a preview."""
    feed = BY_SLUG.get(request.GET.get("feed", ""))
    data = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = SourceForm(*data, initial=forms.of_feed(feed) if feed else None, schedule=feed.schedule if feed else "")
    return _saved(request, form) or _form(request, form, None)


@require_http_methods(["GET", "POST"])
@allowed(Scope.CONFIGURE)
def edit(request: HttpRequest, source_id: int) -> HttpResponse:
    found = selectors.source(source_id=source_id)
    data = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = SourceForm(*data, initial=forms.of_source(found), schedule=found.schedule)
    return _saved(request, form, found) or _form(request, form, found)


@require_POST
@allowed(Scope.CONFIGURE)
def delete(request: HttpRequest, source_id: int) -> HttpResponse:
    name = selectors.source(source_id=source_id).name
    sources.delete(source_id=source_id)
    messages.success(request, _("“{name}” is gone; what no other list holds is being unblocked.").format(name=name))
    return redirect("blocklists")


@require_POST
@allowed(Scope.IMPORT)
def start(request: HttpRequest, source_id: int) -> HttpResponse:
    """Import now, or only look; leads to the run's page, which shows how far it is."""
    return _started(request, source_id, Purpose.PREVIEW if "preview" in request.POST else Purpose.IMPORT)


@require_POST
@allowed(Scope.CONFIGURE)
def accept(request: HttpRequest, source_id: int) -> HttpResponse:
    """Enable a feed that was looked at, and import it."""
    sources.change(source_id=source_id, enabled=True)
    name = caller_of(request).name
    try:
        run = holding.take_up(source_id=source_id, asked_by=name, confirm_within=settings.CONFIRM_SECONDS)
    except (Conflict, FeedTooSoon) as error:
        messages.info(request, error.message)
        return redirect("source", source_id=source_id)
    return redirect("run", run_id=run.pk)


def _started(request: HttpRequest, source_id: int, purpose: Purpose) -> HttpResponse:
    name, within = caller_of(request).name, settings.CONFIRM_SECONDS
    try:
        if purpose == Purpose.PREVIEW:
            run = imports.request_run(source_id=source_id, asked_by=name, purpose=purpose)
        else:
            run = holding.request_import(source_id=source_id, asked_by=name, confirm_within=within)
    except (Conflict, FeedTooSoon) as error:
        messages.info(request, error.message)
        return redirect("source", source_id=source_id)
    return redirect("run", run_id=run.pk)


def _saved(request: HttpRequest, form: SourceForm, found: Source | None = None) -> HttpResponse | None:
    """The way on after a good form; None when it has to be shown again."""
    if request.method != "POST" or not form.is_valid():
        return None
    looks_first = "preview" in request.POST and found is None
    values = form.values | ({"enabled": False} if looks_first else {})
    given = form.given(caller_of(request).name)
    try:
        if found is None:
            saved = sources.create(given=given, secrets=form.secrets, **values)
        else:
            saved = sources.change(source_id=found.pk, given=given, secrets=form.secrets, **values)
    except (InvalidInput, Conflict) as error:
        _explain(form, error)
        return None
    if looks_first:
        return _started(request, saved.pk, Purpose.PREVIEW)
    messages.success(request, _("“{name}” is saved.").format(name=saved.name))
    return redirect("source", source_id=saved.pk)


def _explain(form: SourceForm, error: BanGuardError) -> None:
    fields = error.details.get("fields")
    if isinstance(fields, dict):
        for name, message in fields.items():
            shown = {"headers": "header_name", "content": "text"}.get(name, name)
            form.add_error(shown if shown in form.fields else None, for_people(message))
    else:
        form.add_error("name", for_people(error.message))


def _form(request: HttpRequest, form: SourceForm, found: Source | None) -> HttpResponse:
    status = status_of(InvalidInput("")) if form.errors else 200
    context = {"form": form, "source": found, "kernel_problem": means.kernel_problem()}
    return render(request, "blocklists/form.html", context, status=status)
