from django.apps import AppConfig


class BlocklistsConfig(AppConfig):
    name = "banguard.blocklists"
