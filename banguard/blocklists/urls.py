from django.urls import path

from banguard.blocklists import views

urlpatterns = [
    path("", views.index, name="blocklists"),
    path("add/", views.add, name="source-add"),
    path("sources/<int:source_id>/", views.source, name="source"),
    path("sources/<int:source_id>/edit/", views.edit, name="source-edit"),
    path("sources/<int:source_id>/delete/", views.delete, name="source-delete"),
    path("sources/<int:source_id>/import/", views.start, name="source-import"),
    path("runs/<int:run_id>/", views.run, name="run"),
]
