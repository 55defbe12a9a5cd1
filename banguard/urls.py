"""Every address: each app has its own list; the API and the Django admin stand beside them."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from banguard.api import api

urlpatterns = [
    path("", include("banguard.web.urls")),
    path("", include("banguard.accounts.urls")),
    path("", include("banguard.history.urls")),
    path("", include("banguard.config.urls")),
    path("blocklists/", include("banguard.blocklists.urls")),
    path("api/v1/", api.urls),
    path("admin/", admin.site.urls),
]

handler400 = "banguard.web.views.errors.bad_request"
handler403 = "banguard.web.views.errors.forbidden"
handler404 = "banguard.web.views.errors.not_found"
handler500 = "banguard.web.views.errors.server_error"
