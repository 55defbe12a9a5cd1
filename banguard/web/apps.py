from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "banguard.web"
