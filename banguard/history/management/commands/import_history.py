"""``manage.py import_history FILE``: bring older bans, and say how it went."""

from __future__ import annotations

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from banguard.core.errors import BanGuardError
from banguard.core.management.progress import Progress
from banguard.history import services


class Command(BaseCommand):
    help = "Bring older bans: a fail2ban.sqlite3, or JSON lines as a list exports them. Twice changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the file")

    def handle(self, *_args: object, **options: object) -> None:
        path = Path(str(options["file"]))
        try:
            with Progress(self.stderr, "bans", services.expected(path=path)) as progress:
                done = services.bring(path=path, name=path.name, moved=progress.moved)
        except BanGuardError as error:
            raise CommandError(error.message) from error
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        self.stdout.write(
            f"{path.name}: {done.read:,} bans read, {done.stored:,} new, {done.known:,} there already,"
            f" {done.unreadable:,} not readable, {done.too_old:,} older than what is kept"
        )
