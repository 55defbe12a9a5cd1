"""A task that does not end by itself, for the tests of stopping."""

from __future__ import annotations

import os
import time
from pathlib import Path

from banguard.core import stopping
from banguard.core.errors import WorkerStopping


def work(number: int) -> None:
    """Leaves a file when it begins, and one when it hands back."""
    folder = Path(os.environ["BANGUARD_TESTS_FOLDER"])
    (folder / f"{number}-began").touch()
    try:
        while True:
            stopping.check()
            time.sleep(0.05)
    except WorkerStopping:
        (folder / f"{number}-handed-back").touch()
