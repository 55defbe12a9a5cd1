"""``manage.py setup_link``: the path behind which the first administrator is made."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from banguard.accounts import services


class Command(BaseCommand):
    help = "Print the path of a new one-time set-up link; earlier ones end. Only while nobody can sign in yet."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-needed", action="store_true", help="print nothing when somebody exists already")

    def handle(self, *_args: object, **options: Any) -> None:
        secret = services.create_setup_link()
        if secret is not None:
            self.stdout.write(reverse("setup", args=[secret]))
        elif not options["if_needed"]:
            raise CommandError("Somebody can sign in already, so there is nothing to set up.")
