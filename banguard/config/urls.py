from django.urls import path

from banguard.config.views import controlling, editing, ignoring, lab, reading, revisions, setting

urlpatterns = [
    path("jails/", reading.jails, name="jails"),
    path("jails/<str:name>/", reading.jail, name="jail"),
    path("jails/<str:name>/control/", controlling.control, name="jail-control"),
    path("jails/<str:name>/logs/", controlling.logs, name="jail-logs"),
    path("jails/<str:name>/edit/", setting.jail, name="jail-edit"),
    path("config/", reading.index, name="config"),
    path("config/files/<path:path>/", reading.file, name="config-file"),
    path("config/edit/", editing.new, name="config-new"),
    path("config/edit/<path:path>/", editing.edit, name="config-edit"),
    path("config/revisions/", revisions.index, name="revisions"),
    path("config/revisions/<int:revision_id>/", revisions.revision, name="revision"),
    path("config/revisions/<int:revision_id>/apply/", revisions.apply, name="revision-apply"),
    path("config/revisions/<int:revision_id>/restore/", revisions.restore, name="revision-restore"),
    path("config/revisions/<int:revision_id>/discard/", revisions.discard, name="revision-discard"),
    path("config/revisions/<int:revision_id>/compare/<int:other_id>/", revisions.compare, name="revision-compare"),
    path("config/ignored/", ignoring.ignored, name="ignored"),
    path("config/ignored/<int:ignored_id>/heed/", ignoring.heed, name="heed"),
    path("config/ignored/heed/", ignoring.heed_selected, name="heed-selected"),
    path("config/lab/", lab.lab, name="regex-lab"),
    path("config/filters/<str:name>/samples/", lab.keep_sample, name="sample-keep"),
    path("config/samples/<int:sample_id>/forget/", lab.forget_sample, name="sample-forget"),
    path("config/server/edit/", setting.server, name="server-edit"),
    path("config/server/", reading.item, {"kind": "server", "name": "fail2ban"}, name="server-settings"),
    path("config/filters/<str:name>/", reading.item, {"kind": "filter"}, name="filter"),
    path("config/actions/<str:name>/", reading.item, {"kind": "action"}, name="action"),
]
