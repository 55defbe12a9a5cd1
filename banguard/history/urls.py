from django.urls import path

from banguard.history import views

urlpatterns = [
    path("history/", views.bans, name="history"),
    path("history/<int:ban_id>/", views.ban, name="ban"),
    path("history/ban/", views.change, {"what": "ban"}, name="ban-addresses"),
    path("history/undo/", views.take_back, name="undo"),
    path("history/unban/", views.change, {"what": "unban"}, name="unban-addresses"),
]
