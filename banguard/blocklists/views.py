"""The pages of blocklists."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from banguard.accounts.auth import allowed, caller_of
from banguard.accounts.values import Scope
from banguard.blocklists import selectors
from banguard.blocklists.forms import SourceForm
from banguard.blocklists.services import imports, sources
from banguard.core.errors import BanGuardError, Conflict, CursorInvalid, InvalidInput
from banguard.core.http import status_of

PAGE_SIZE = 50


@require_GET
@allowed(Scope.READ)
def index(request: HttpRequest) -> HttpResponse:
    """Every feed with its newest import."""
    return render(request, "blocklists/index.html", {"rows": selectors.sources_with_runs()})


@require_GET
@allowed(Scope.READ)
def source(request: HttpRequest, source_id: int) -> HttpResponse:
    """One feed and its imports."""
    found = selectors.source(source_id=source_id)
    try:
        page = selectors.runs_page(source_id=source_id, cursor=request.GET.get("cursor"), page_size=PAGE_SIZE)
    except CursorInvalid:
        return redirect("source", source_id=source_id)
    return render(request, "blocklists/source.html", {"source": found, "page": page})


@require_GET
@allowed(Scope.READ)
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One import, as far as it is."""
    return render(request, "blocklists/run.html", {"run": selectors.run(run_id=run_id)})


@require_http_methods(["GET", "POST"])
@allowed(Scope.CONFIGURE)
def add(request: HttpRequest) -> HttpResponse:
    """Add a feed; saving leads to its page, where it can be imported."""
    form = SourceForm(request.POST if request.method == "POST" else None)
    return _saved(request, form) or _form(request, form, None)


@require_http_methods(["GET", "POST"])
@allowed(Scope.CONFIGURE)
def edit(request: HttpRequest, source_id: int) -> HttpResponse:
    found = selectors.source(source_id=source_id)
    initial = {name: getattr(found, name) for name in SourceForm.base_fields}
    form = SourceForm(request.POST if request.method == "POST" else None, initial=initial, schedule=found.schedule)
    return _saved(request, form, source_id) or _form(request, form, source_id)


@require_POST
@allowed(Scope.CONFIGURE)
def delete(request: HttpRequest, source_id: int) -> HttpResponse:
    name = selectors.source(source_id=source_id).name
    sources.delete(source_id=source_id)
    messages.success(request, f"“{name}” is gone; what no other list holds is being unblocked.")
    return redirect("blocklists")


@require_POST
@allowed(Scope.IMPORT)
def start(request: HttpRequest, source_id: int) -> HttpResponse:
    """Import now; leads to the run's page, which shows how far it is."""
    try:
        run = imports.request_run(source_id=source_id, asked_by=caller_of(request).name)
    except Conflict as error:
        messages.info(request, error.message)
        return redirect("source", source_id=source_id)
    return redirect("run", run_id=run.pk)


def _saved(request: HttpRequest, form: SourceForm, source_id: int | None = None) -> HttpResponse | None:
    """The way on after a good form; None when it has to be shown again."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        if source_id is None:
            saved = sources.create(**form.values)
        else:
            saved = sources.change(source_id=source_id, **form.values)
    except (InvalidInput, Conflict) as error:
        _explain(form, error)
        return None
    messages.success(request, f"“{saved.name}” is saved.")
    return redirect("source", source_id=saved.pk)


def _explain(form: SourceForm, error: BanGuardError) -> None:
    fields = error.details.get("fields")
    if isinstance(fields, dict):
        for name, message in fields.items():
            form.add_error(name if name in form.fields else None, message)
    else:
        form.add_error("name", error.message)


def _form(request: HttpRequest, form: SourceForm, source_id: int | None) -> HttpResponse:
    status = status_of(InvalidInput("")) if form.errors else 200
    return render(request, "blocklists/form.html", {"form": form, "source_id": source_id}, status=status)
