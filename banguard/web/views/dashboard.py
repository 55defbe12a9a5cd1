"""The first page: am I under attack, is everything working?"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import conditional_page, require_GET

from banguard.accounts.auth import allowed
from banguard.accounts.values import Scope
from banguard.blocklists import selectors as blocklists
from banguard.history import selectors as history
from banguard.servers import selectors as servers
from banguard.web.filters import Filters
from banguard.web.overview import concerns, overview

SHOWN = 10
IMPORTS_SHOWN = 5


@require_GET
@allowed(Scope.READ)
def dashboard(request: HttpRequest) -> HttpResponse:
    """Figures, charts and short lists, narrowed by what the address line says; the newest bans; what needs a look."""
    filters = Filters.read(request.GET)
    context = {
        "filters": filters,
        "overview": overview(filters),
        "newest": history.bans_page(search=filters.search, cursor=None, page_size=SHOWN),
        **_by_itself(),
    }
    return render(request, "web/dashboard.html", context)


@require_GET
@allowed(Scope.READ)
@conditional_page
def now(request: HttpRequest) -> HttpResponse:
    """For scripts of pages that stay open: how the server is, what needs a look, the last imports. Mostly 304."""
    return render(request, "web/now.html", _by_itself())


def _by_itself() -> dict[str, object]:
    """What changes on the dashboard without new bans."""
    runs = blocklists.runs_page(source_id=None, cursor=None, page_size=IMPORTS_SHOWN).data
    return {
        "concerns": concerns(servers.seen()),
        "runs": runs,
        "importing": any(run.under_way for run in runs),
    }
