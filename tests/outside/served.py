"""A gunicorn of our own over the tests' database, for a browser."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass

from django.db import connection

from banguard.envtypes import ROOT


@dataclass
class Served:
    """A gunicorn of our own over the tests' database."""

    url: str
    environment: dict[str, str]
    process: subprocess.Popen[bytes]

    def manage(self, *arguments: str) -> None:
        subprocess.run([sys.executable, ROOT / "manage.py", *arguments], env=self.environment, check=True)

    def start_anew(self) -> None:
        """New workers, which read the keys again; who is being answered is answered to the end."""
        self.process.send_signal(signal.SIGHUP)
        time.sleep(3)


def database_url() -> str:
    used = connection.settings_dict
    return re.sub(r"/[^/?]+(\?|$)", rf"/{used['NAME']}\1", os.environ["DATABASE_URL"])


def answers(url: str) -> bool:
    try:
        return bool(urllib.request.urlopen(f"{url}/health/live", timeout=2).status == 200)  # noqa: S310 - our own
    except OSError:
        return False
