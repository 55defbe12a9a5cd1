"""The first page: is everything working, and what has happened?"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from banguard.accounts.auth import allowed
from banguard.accounts.values import Scope
from banguard.blocklists import selectors as blocklists
from banguard.history import selectors as history
from banguard.history.selectors import Range, Search, statistics
from banguard.history.values import Dimension, Origin

SHOWN = 10


@require_GET
@allowed(Scope.READ)
def dashboard(request: HttpRequest) -> HttpResponse:
    """The server, the day's bans by origin, the newest bans, the last imports."""
    shares = statistics.shares(dimension=Dimension.ORIGIN, search=Search(range=Range.DAY))
    day = {origin.value: 0 for origin in Origin} | {share.value: share.bans for share in shares}
    context = {
        "day": day,
        "day_total": sum(day.values()),
        "newest": history.bans_page(search=Search(), cursor=None, page_size=SHOWN).data,
        "runs": blocklists.runs_page(source_id=None, cursor=None, page_size=SHOWN).data,
    }
    return render(request, "web/dashboard.html", context)
