from django.apps import AppConfig
from django.utils.module_loading import import_string

from banguard.core import sealing

SEALED = "banguard.blocklists.services.headers.seal_anew"


class BlocklistsConfig(AppConfig):
    name = "banguard.blocklists"

    def ready(self) -> None:
        sealing.keys_are_dropped.connect(import_string(SEALED))
