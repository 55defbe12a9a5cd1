"""``manage.py restore FILE``: a backup in the place of what the database holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from banguard.core import backup, sessions
from banguard.core.errors import BanGuardError
from banguard.core.management.progress import Progress


class Command(BaseCommand):
    help = "Put the backup in FILE in the place of what the database holds, all or nothing, and bring it up to date."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="what `manage.py backup` wrote")
        parser.add_argument("--replace", action="store_true", help="also when the database holds something")

    def handle(self, *_args: object, **options: Any) -> None:
        source, url = options["file"].absolute(), sessions.direct_url()
        try:
            _refuse_newer(backup.migrations_in(source))
            if not options["replace"] and not backup.is_empty(url=url):
                raise CommandError("The database is not empty: --replace puts the backup in the place of all it holds.")
            with Progress(self.stderr) as progress:
                backup.load(url=url, source=source, progress=progress.moved)
        except BanGuardError as error:
            raise CommandError(error.message) from error
        connection.close()  # it was hung up on
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable")
        self.stdout.write(f"Restored from {options['file']}. What Fail2ban and the kernel hold follows by itself.")


def _refuse_newer(applied: set[tuple[str, str]]) -> None:
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    ours = {app for app, _name in known}
    newer = sorted(f"{app}.{name}" for app, name in applied - set(known) if app in ours)
    if newer:
        raise CommandError(f"The backup was made by a newer BanGuard ({newer[-1]} is unknown here): upgrade first.")
