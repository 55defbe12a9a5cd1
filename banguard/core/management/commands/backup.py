"""``manage.py backup FILE``: the whole database into one file, of one moment, while BanGuard runs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from banguard.core import backup, sessions
from banguard.core.errors import BanGuardError


class Command(BaseCommand):
    help = "Write the whole database into FILE, of one moment, while BanGuard runs. The secret keys are not in it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="a new file; PostgreSQL's pg_restore reads it too")

    def handle(self, *_args: object, **options: Any) -> None:
        begun = time.monotonic()
        try:
            size = backup.save(url=sessions.direct_url(), target=options["file"].absolute())
        except BanGuardError as error:
            raise CommandError(error.message) from error
        took = time.monotonic() - begun
        self.stdout.write(f"{options['file']}: {size / 1e6:.1f} MB in {took:.1f} s.")
        self.stderr.write("Keep the secret keys (BANGUARD_SECRET_KEYS, or the file secret-keys) in another place.")
