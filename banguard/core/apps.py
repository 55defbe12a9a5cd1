from django.apps import AppConfig
from django.core.checks import register

from banguard.core import checks


class CoreConfig(AppConfig):
    name = "banguard.core"

    def ready(self) -> None:
        """Whatever starts from these settings, a command or a web server, refuses a wrong order."""
        for check in checks.ALL:
            register(check, "order")
