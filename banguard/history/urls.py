from django.urls import path

from banguard.history import saved, views

urlpatterns = [
    path("history/", views.bans, name="history"),
    path("history/export.csv", views.export_bans, {"form": "csv"}, name="history-csv"),
    path("history/export.jsonl", views.export_bans, {"form": "jsonl"}, name="history-jsonl"),
    path("history/searches/", saved.searches, name="searches"),
    path("history/searches/<int:search_id>/delete/", saved.delete, name="delete-search"),
    path("history/<int:ban_id>/", views.ban, name="ban"),
    path("history/ban/", views.change, {"what": "ban"}, name="ban-addresses"),
    path("history/undo/", views.take_back, name="undo"),
    path("history/unban/", views.change, {"what": "unban"}, name="unban-addresses"),
]
