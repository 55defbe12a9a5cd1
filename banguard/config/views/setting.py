"""The forms for the options that people change. What they are given becomes a draft, like a text."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from banguard.accounts.auth import allowed, caller_of
from banguard.accounts.values import Scope
from banguard.config import draft, selectors
from banguard.config.option_forms import OptionsForm
from banguard.config.services import setting
from banguard.config.services.setting import Target
from banguard.config.views.differences import conflict_of
from banguard.core.errors import BanGuardError, RevisionConflict
from banguard.core.http import status_of


@require_http_methods(["GET", "POST"])
@allowed(Scope.CONFIGURE)
def jail(request: HttpRequest, name: str) -> HttpResponse:
    """The options of one jail."""
    return _edit(request, Target("jail", name))


@require_http_methods(["GET", "POST"])
@allowed(Scope.ROOT)
def server(request: HttpRequest) -> HttpResponse:
    """The server's own settings."""
    return _edit(request, setting.SERVER)


def _edit(request: HttpRequest, target: Target) -> HttpResponse:
    item = selectors.item(kind=target.kind, name=target.name)
    digest = draft.digest_of(selectors.content_now(path=target.path))
    form = OptionsForm(request.POST if request.method == "POST" else None, target=target, item=item, digest=digest)
    context: dict[str, object] = {"form": form, "target": target, "item": item}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return redirect("revision", revision_id=_draft(request, target, form))
            except RevisionConflict as error:
                posted = {**request.POST.dict(), "digest": str(error.details["digest"])}
                context |= conflict_of(error) | {"form": OptionsForm(posted, target=target, item=item)}
                status = status_of(error)
            except BanGuardError as error:
                form.show(error)
                status = status_of(error)
    return render(request, "config/options_form.html", context, status=status)


def _draft(request: HttpRequest, target: Target, form: OptionsForm) -> int:
    given = form.cleaned_data
    revision = setting.propose(
        target=target,
        values=form.changes,
        caller=caller_of(request),
        digest=given["digest"],
        comment=given["comment"],
    )
    return revision.pk
