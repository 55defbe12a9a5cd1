"""The text editor for a whole file. What it is given becomes a draft; its page shows what that would come to."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from banguard.accounts.auth import allowed, caller_of
from banguard.accounts.values import Scope
from banguard.agent.config_verbs import is_overlay
from banguard.config import draft, selectors
from banguard.config.forms import NewFileForm, TextForm
from banguard.config.models import Revision
from banguard.config.services import changing
from banguard.config.values import Reason
from banguard.config.views.differences import conflict_of
from banguard.core.errors import BanGuardError, NotFound, RevisionConflict
from banguard.core.http import status_of


@require_GET
@allowed(Scope.CONFIGURE)
def new(request: HttpRequest) -> HttpResponse:
    """Where a new overlay goes."""
    form = NewFileForm(request.GET or None)
    if form.is_bound and form.is_valid():
        return redirect("config-edit", path=form.path)
    return render(request, "config/new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@allowed(Scope.CONFIGURE)
def edit(request: HttpRequest, path: str) -> HttpResponse:
    """One file in a box. A draft that did not do, or came too late, is taken up again with ``?draft=ID``."""
    if not is_overlay(path):
        raise NotFound(_("BanGuard writes overlays only, such as jail.d/mine.local."), path=path[:200])
    context: dict[str, object] = {"path": path}
    status = 200
    if request.method == "POST":
        form = TextForm(request.POST)
        status = 422
        if form.is_valid():
            try:
                return redirect("revision", revision_id=_draft(request, path, form).pk)
            except RevisionConflict as error:
                context |= conflict_of(error)
                form = TextForm({**request.POST.dict(), "digest": error.details["digest"]})
                status = status_of(error)
            except BanGuardError as error:
                form.add_error(None, error.message)
                status = status_of(error)
    else:
        form = TextForm(initial=_as_it_is(path, request.GET.get("draft", "")))
    return render(request, "config/edit.html", {**context, "form": form}, status=status)


def _draft(request: HttpRequest, path: str, form: TextForm) -> Revision:
    given = form.cleaned_data
    current = selectors.content_now(path=path)
    content = None if "remove" in request.POST else draft.content_of(given["text"], like=current)
    reason = Reason(given["comment"])
    return changing.propose(
        path=path, content=content, caller=caller_of(request), digest=given["digest"], reason=reason
    )


def _as_it_is(path: str, draft_id: str) -> dict[str, str]:
    if draft_id.isdecimal():
        old = selectors.revision(revision_id=int(draft_id))
        if old.path == path:
            text = draft.shown(selectors.bytes_of(old.after))
            return {"text": text, "digest": old.before_digest, "comment": old.comment}
    current = selectors.content_now(path=path)
    return {"text": draft.shown(current), "digest": draft.digest_of(current)}
