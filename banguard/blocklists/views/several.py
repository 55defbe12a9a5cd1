"""What is done with the feeds that somebody selected in the list."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from banguard.accounts.auth import allowed, caller_of
from banguard.accounts.values import Scope
from banguard.blocklists import selectors
from banguard.blocklists.services import several
from banguard.core import selected

MOST_REASONS = 5  # why a feed is not imported, in so many messages


@require_POST
@allowed(Scope.CONFIGURE)
def switch(request: HttpRequest) -> HttpResponse:
    """Enable or disable the feeds that were selected, once somebody has been asked."""
    ids, enabled = selected.ids_of(request), request.POST.get("what") == "enable"
    if (asked := _asked(request, ids, "enable" if enabled else "disable")) is not None:
        return asked
    count = several.switch(source_ids=ids, enabled=enabled)
    on = ngettext("%(count)d feed is enabled now.", "%(count)d feeds are enabled now.", count)
    off = ngettext("%(count)d feed is disabled now.", "%(count)d feeds are disabled now.", count)
    messages.success(request, (on if enabled else off) % {"count": count})
    return redirect("blocklists")


@require_POST
@allowed(Scope.IMPORT)
def start(request: HttpRequest) -> HttpResponse:
    """Import the feeds that were selected, once somebody has been asked; the list shows how far each is."""
    ids = selected.ids_of(request)
    if (asked := _asked(request, ids, "import")) is not None:
        return asked
    name = caller_of(request).name
    done = several.request_imports(source_ids=ids, asked_by=name, confirm_within=settings.CONFIRM_SECONDS)
    begun = ngettext("%(count)d import was asked for.", "%(count)d imports were asked for.", done.count)
    messages.success(request, begun % {"count": done.count})
    for reason in done.refused[:MOST_REASONS]:
        messages.info(request, reason)
    if (more := len(done.refused) - MOST_REASONS) > 0:
        kept = ngettext("%(count)d more was not started.", "%(count)d more were not started.", more)
        messages.info(request, kept % {"count": more})
    return redirect("blocklists")


def _asked(request: HttpRequest, ids: list[int], what: str) -> HttpResponse | None:
    names = [source.name for source in selectors.sources_among(source_ids=ids)]
    title, question, label = _questions(len(names))[what]
    said = {"title": title, "question": question, "label": label}
    return selected.asked(request, **said, names=names, back="blocklists", calm=what != "disable")


def _questions(count: int) -> dict[str, tuple[str, str, str]]:
    """By what is to be done: what says so, what will happen, and the button."""
    number = {"count": count}
    return {
        "enable": (
            ngettext("Enable %(count)d feed", "Enable %(count)d feeds", count) % number,
            _("What they hold is enforced at once, and they are imported as planned from now on."),
            _("Enable"),
        ),
        "disable": (
            ngettext("Disable %(count)d feed", "Disable %(count)d feeds", count) % number,
            _("They are imported no longer, and what no other list holds is unblocked. Their entries are kept."),
            _("Disable"),
        ),
        "import": (
            ngettext("Import %(count)d feed now", "Import %(count)d feeds now", count) % number,
            _("Each is fetched and, if it is enabled, enforced. One whose provider wants more time is left out."),
            _("Import now"),
        ),
    }
