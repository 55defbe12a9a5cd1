from django.urls import path

from banguard.blocklists.views import addresses, runs, several, sources, trials

urlpatterns = [
    path("", sources.index, name="blocklists"),
    path("catalogue/", sources.catalogue, name="catalogue"),
    path("entries/", addresses.lookup, name="blocklist-entries"),
    path("protected/", addresses.protected, name="protected"),
    path("protected/add/", addresses.protect, name="protect"),
    path("protected/<int:protected_id>/delete/", addresses.unprotect, name="unprotect"),
    path("protected/delete/", addresses.unprotect_selected, name="unprotect-selected"),
    path("report/", addresses.report, name="blocklist-report"),
    path("add/", sources.add, name="source-add"),
    path("sources/<int:source_id>/", sources.source, name="source"),
    path("sources/<int:source_id>/edit/", sources.edit, name="source-edit"),
    path("sources/<int:source_id>/delete/", sources.delete, name="source-delete"),
    path("sources/<int:source_id>/import/", sources.start, name="source-import"),
    path("sources/<int:source_id>/accept/", sources.accept, name="source-accept"),
    path("sources/switch/", several.switch, name="sources-switch"),
    path("sources/import/", several.start, name="sources-import"),
    path("runs/<int:run_id>/", runs.run, name="run"),
    path("trials/<int:trial_id>/", trials.trial, name="trial"),
    path("trials/<int:trial_id>/confirm/", trials.confirm, name="trial-confirm"),
    path("trials/<int:trial_id>/again/", trials.again, name="trial-again"),
    path("runs/<int:run_id>/decide/", runs.decide, name="run-decide"),
]
