"""The first page: am I under attack, is everything working?"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

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
        "concerns": concerns(servers.seen()),
        "newest": history.bans_page(search=filters.search, cursor=None, page_size=SHOWN),
        "runs": blocklists.runs_page(source_id=None, cursor=None, page_size=IMPORTS_SHOWN).data,
    }
    return render(request, "web/dashboard.html", context)
