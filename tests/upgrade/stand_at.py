"""``python tests/upgrade/stand_at.py FILE``: brings ``DATABASE_URL`` to where a version of BanGuard left it.

FILE lists the last migration of each of our apps: ``{"migrations": {"history": "0002_cursor_mark", ...}}``.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import django
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def main(file: Path) -> None:
    ours = json.loads(file.read_text())["migrations"]
    executor = MigrationExecutor(connection)
    others = [node for node in executor.loader.graph.leaf_nodes() if not _is_ours(node[0])]
    executor.migrate([*ours.items(), *others])


def _is_ours(label: str) -> bool:
    return django.apps.apps.get_app_config(label).name.startswith("banguard.")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banguard.settings")
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    django.setup()
    main(Path(sys.argv[1]))
