"""``manage.py create_api_token NAME --scopes S [--days N]``: the token alone on the last line."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from banguard.accounts import services
from banguard.accounts.values import Scope
from banguard.core.errors import InvalidInput


class Command(BaseCommand):
    help = "Make a token for a script. It is printed once, alone on the last line, and kept nowhere."

    def add_arguments(self, parser: CommandParser) -> None:
        known = ", ".join(Scope)
        parser.add_argument("name", help="what uses it")
        parser.add_argument("--scopes", required=True, help=f"comma separated, some of: {known}; '*' for all")
        parser.add_argument("--days", type=int, help="how long it is valid; without it, until it is revoked")

    def handle(self, *_args: object, **options: Any) -> None:
        scopes = {part.strip() for part in options["scopes"].split(",") if part.strip()}
        try:
            made, text = services.create_token(
                name=options["name"], scopes=scopes, days=options["days"], created_by=None
            )
        except InvalidInput as error:
            raise CommandError(error.message) from error
        end = f"until {made.expires_at:%Y-%m-%d %H:%M} UTC" if made.expires_at else "until it is revoked"
        self.stderr.write(f"Token “{made.name}” may {', '.join(made.scopes)} {end}. It is shown only this once:")
        self.stdout.write(text)
