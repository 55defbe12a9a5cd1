"""``manage.py move_database [URL]``: from the embedded PostgreSQL, or any, to another server."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from banguard.core import backup, sessions
from banguard.core.errors import BanGuardError
from banguard.core.management.progress import Progress

WHERE_TO = "postgresql://user:password@host/name, PostgreSQL 15 or newer"


class Command(BaseCommand):
    help = "Copy everything into the empty database URL. The old one is read-only from then on, so nothing is lost."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "url",
            metavar="URL",
            nargs="?",
            help=f"{WHERE_TO}; - for the first line of standard input. Left out: BANGUARD_NEW_DATABASE_URL, or what "
            "the file named by BANGUARD_NEW_DATABASE_URL_FILE holds. Others here can read a password in an argument.",
        )

    def handle(self, *_args: object, **options: Any) -> None:
        target = _target(options["url"])
        try:
            with Progress(self.stderr) as progress:
                moved = backup.copy(url=sessions.direct_url(), target=target, progress=progress.moved)
        except BanGuardError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{moved.tables} tables with {moved.rows} rows are there, counted on both sides.")
        self.stdout.write("Set DATABASE_URL to it and restart BanGuard. The old database takes no more writes.")


def _target(named: str | None) -> str:
    target = sys.stdin.readline().strip() if named == "-" else named or settings.NEW_DATABASE_URL
    if not target:  # libpq would take an empty one for a database of its own choice
        raise CommandError(f"Name the new database: {WHERE_TO}.")
    return str(target)
