from django.urls import path

from banguard.config import views

urlpatterns = [
    path("jails/", views.jails, name="jails"),
    path("jails/<str:name>/", views.jail, name="jail"),
]
