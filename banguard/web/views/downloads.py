"""How far a file is that is being sent to a browser, which itself knows no end of it."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from banguard.accounts.auth import allowed
from banguard.accounts.values import Scope
from banguard.core.downloads import progress_of


@require_GET
@never_cache
@allowed(Scope.READ)
def progress(request: HttpRequest) -> JsonResponse:
    """``{"lines", "ended", "stopped"}`` of the file that was asked for with the same ``?told=``."""
    return JsonResponse(asdict(progress_of(request)))
