"""What a web worker does before its first request."""

from __future__ import annotations

import subprocess
import sys

from banguard.envtypes import ROOT

LOADED = """
import gc, sys
from banguard.machine import gunicorn_conf
import banguard.wsgi
gunicorn_conf.settle()
print("banguard.history.views" in sys.modules, gc.get_freeze_count())
"""


def test_loads_its_pages_and_spares_them_from_collections() -> None:
    answer = subprocess.run([sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=True)

    loaded, frozen = answer.stdout.split()[-2:]
    assert loaded == "True"
    assert int(frozen) > 100_000
