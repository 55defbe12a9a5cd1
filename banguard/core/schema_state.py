"""Whether the database has the tables that this process expects."""

from __future__ import annotations

import functools

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


def pending() -> list[str]:
    """Migrations that were not carried out yet, as ``app.name``. One query; the files are read once per process."""
    done = set(MigrationRecorder.Migration.objects.values_list("app", "name"))
    return [f"{app}.{name}" for app, name in _known() if (app, name) not in done]


@functools.cache
def _known() -> tuple[tuple[str, str], ...]:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return tuple(sorted(key for key in loader.disk_migrations if not loader.disk_migrations[key].replaces))


def database_bytes() -> int:
    """What the whole database takes on its disk. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])
