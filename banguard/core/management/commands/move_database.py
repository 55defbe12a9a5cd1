"""``manage.py move_database URL``: from the embedded PostgreSQL, or any, to another server."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from banguard.core import backup, sessions
from banguard.core.errors import BanGuardError
from banguard.core.management.progress import Progress


class Command(BaseCommand):
    help = "Copy everything into the empty database URL. The old one is read-only from then on, so nothing is lost."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("url", metavar="URL", help="postgresql://user:password@host/name, PostgreSQL 15 or newer")

    def handle(self, *_args: object, **options: Any) -> None:
        try:
            with Progress(self.stderr) as progress:
                moved = backup.copy(url=sessions.direct_url(), target=options["url"], progress=progress.moved)
        except BanGuardError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{moved.tables} tables with {moved.rows} rows are there, counted on both sides.")
        self.stdout.write("Set DATABASE_URL to it and restart BanGuard. The old database takes no more writes.")
