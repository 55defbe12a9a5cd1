"""``manage.py verify_audit [--expect HASH]``: proves that no audit record was changed or removed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from banguard.accounts import selectors


class Command(BaseCommand):
    help = "Check the whole audit trail. Note the hash it prints elsewhere: --expect proves later that nothing is gone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--expect", metavar="HASH", help="a hash printed earlier, which must still be there")

    def handle(self, *_args: object, **options: Any) -> None:
        found = selectors.verify_audit(expected=options["expect"])
        if found.fault:
            raise CommandError(f"The audit trail is broken after {found.records} good records. {found.fault}")
        self.stdout.write(f"{found.records} records, none changed or removed. The last one's hash:\n{found.head}")
