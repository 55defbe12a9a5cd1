from django.urls import path

from banguard.web.views.dashboard import dashboard
from banguard.web.views.health import live, ready
from banguard.web.views.metrics import metrics
from banguard.web.views.styleguide import styleguide

urlpatterns = [
    path("", dashboard, name="dashboard"),
    path("health/live", live, name="health-live"),
    path("health/ready", ready, name="health-ready"),
    path("metrics", metrics, name="metrics"),
    path("styleguide/", styleguide, name="styleguide"),
]
