from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST
from django.views.i18n import JavaScriptCatalog, set_language

from banguard.web.views.address import address
from banguard.web.views.dashboard import dashboard, now
from banguard.web.views.downloads import progress
from banguard.web.views.find import find
from banguard.web.views.health import live, ready
from banguard.web.views.metrics import metrics
from banguard.web.views.status import status
from banguard.web.views.styleguide import styleguide

# The words of scripts; no secret, and wanted before anybody has signed in.
words = login_not_required(
    cache_control(private=True, max_age=600)(JavaScriptCatalog.as_view(packages=["banguard.web"]))
)

urlpatterns = [
    path("", dashboard, name="dashboard"),
    path("addresses/<path:ip>/", address, name="address"),
    path("downloads/", progress, name="downloads"),
    path("find/", find, name="find"),
    path("language/", require_POST(set_language), name="set_language"),
    path("words.js", words, name="words"),
    path("health/live", live, name="health-live"),
    path("health/ready", ready, name="health-ready"),
    path("metrics", metrics, name="metrics"),
    path("now/", now, name="now"),
    path("status/", status, name="status"),
    path("styleguide/", styleguide, name="styleguide"),
]
