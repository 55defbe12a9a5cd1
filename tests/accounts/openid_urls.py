"""Every address, as it is when the settings name an OpenID provider."""

from __future__ import annotations

from django.urls import include, path

from banguard import urls
from banguard.accounts.urls import through_provider

urlpatterns = [*urls.urlpatterns, path("", include(through_provider))]
handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500
