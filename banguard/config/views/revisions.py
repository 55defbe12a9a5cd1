"""Revisions: the preview of a draft, applying it, what came of it, and going back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from banguard.accounts.auth import allowed, caller_of
from banguard.accounts.values import Scope
from banguard.agent.config_verbs import is_overlay
from banguard.config import selectors
from banguard.config.forms import ApplyForm
from banguard.config.services import changing, comparing
from banguard.config.values import State
from banguard.config.views.differences import lines_of
from banguard.core.errors import BanGuardError, ChangeFailed, CursorInvalid

PAGE_SIZE = 50


@require_GET
@allowed(Scope.READ)
def index(request: HttpRequest) -> HttpResponse:
    """Every change, newest first; of one file with ``?path=``."""
    path = request.GET.get("path", "").replace("\x00", "")[:300]
    try:
        page = selectors.revision_page(path=path, cursor=request.GET.get("cursor"), page_size=PAGE_SIZE)
    except CursorInvalid:
        return redirect("revisions")
    return render(request, "config/revisions.html", {"page": page, "path": path})


@require_GET
@allowed(Scope.CONFIGURE)
def revision(request: HttpRequest, revision_id: int) -> HttpResponse:
    """A draft with its findings, both diffs and what it does to bans; later, what came of it."""
    found = selectors.revision(revision_id=revision_id)
    context = {
        "revision": found,
        "diff": lines_of(comparing.difference(revision=found)),
        "effective": lines_of(found.effective),
        "form": ApplyForm(initial={"comment": found.comment}),
        "others": selectors.revisions(path=found.path).exclude(pk=found.pk).order_by("-id")[:10],
        "writable": is_overlay(found.path),
        "pending": found.state == State.PENDING,
    }
    return render(request, "config/revision.html", context)


@require_POST
@allowed(Scope.CONFIGURE)
def apply(request: HttpRequest, revision_id: int) -> HttpResponse:
    """Carry out a draft; its page then says what came of it."""
    form = ApplyForm(request.POST)
    comment = form.cleaned_data["comment"] if form.is_valid() else None
    try:
        changing.apply(revision_id=revision_id, caller=caller_of(request), comment=comment)
        messages.success(request, _("The change is live. Fail2ban is well: what ran still runs."))
    except ChangeFailed:
        pass  # the page tells it, with Fail2ban's words
    except BanGuardError as error:
        messages.error(request, error.message)
    return redirect("revision", revision_id=revision_id)


@require_POST
@allowed(Scope.CONFIGURE)
def restore(request: HttpRequest, revision_id: int) -> HttpResponse:
    """Make a draft of going back, and show it."""
    form = ApplyForm(request.POST)
    undo = form.is_valid() and form.cleaned_data["undo"]
    try:
        made = changing.propose_restoring(revision_id=revision_id, caller=caller_of(request), undo=undo)
    except BanGuardError as error:
        messages.error(request, error.message)
        return redirect("revision", revision_id=revision_id)
    return redirect("revision", revision_id=made.pk)


@require_POST
@allowed(Scope.CONFIGURE)
def discard(request: HttpRequest, revision_id: int) -> HttpResponse:
    """Throw a draft away."""
    try:
        changing.discard(revision_id=revision_id)
        messages.success(request, _("The draft is gone; nothing was changed."))
    except BanGuardError as error:
        messages.error(request, error.message)
        return redirect("revision", revision_id=revision_id)
    return redirect("revisions")


@require_GET
@allowed(Scope.CONFIGURE)
def compare(request: HttpRequest, revision_id: int, other_id: int) -> HttpResponse:
    """How two revisions of a file differ."""
    one, other = selectors.revision(revision_id=revision_id), selectors.revision(revision_id=other_id)
    diff = lines_of(comparing.between(revision_id=revision_id, other_id=other_id))
    return render(request, "config/compare.html", {"one": one, "other": other, "diff": diff})
