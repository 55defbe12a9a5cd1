from django.urls import path

from banguard.config.views import controlling, lab, reading

urlpatterns = [
    path("jails/", reading.jails, name="jails"),
    path("jails/<str:name>/", reading.jail, name="jail"),
    path("jails/<str:name>/control/", controlling.control, name="jail-control"),
    path("jails/<str:name>/logs/", controlling.logs, name="jail-logs"),
    path("config/", reading.index, name="config"),
    path("config/files/<path:path>/", reading.file, name="config-file"),
    path("config/lab/", lab.lab, name="regex-lab"),
    path("config/filters/<str:name>/samples/", lab.keep_sample, name="sample-keep"),
    path("config/samples/<int:sample_id>/forget/", lab.forget_sample, name="sample-forget"),
    path("config/server/", reading.item, {"kind": "server", "name": "fail2ban"}, name="server-settings"),
    path("config/filters/<str:name>/", reading.item, {"kind": "filter"}, name="filter"),
    path("config/actions/<str:name>/", reading.item, {"kind": "action"}, name="action"),
]
