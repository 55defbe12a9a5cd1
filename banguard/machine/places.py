"""Where things lie: the checkout, its virtual environment and the data folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


def data_folder(variables: Mapping[str, str] = os.environ) -> Path:
    """The folder that ``banguard.env`` calls ``data_dir``; that module cannot be read before ``.venv`` exists."""
    return ROOT / variables.get("BANGUARD_DATA_DIR", "var")


def shown(path: Path) -> str:
    """``path`` as a person at the root of the checkout would write it."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
