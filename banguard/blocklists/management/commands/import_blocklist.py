"""``manage.py import_blocklist SOURCE``: import a feed in this process, and say how it went."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError, CommandParser

from banguard.blocklists import selectors
from banguard.blocklists.services import imports
from banguard.blocklists.values import State
from banguard.core.errors import BanGuardError


class Command(BaseCommand):
    help = "Import a blocklist source now, without the queue."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", help="the id or the name of the source")

    def handle(self, *_args: object, **options: object) -> None:
        named = str(options["source"])
        try:
            source = selectors.source_named(name=named)
            run = imports.import_now(source_id=source.pk, asked_by="manage.py import_blocklist")
        except BanGuardError as error:
            raise CommandError(error.message) from error
        if run.state not in {State.SUCCEEDED, State.UNCHANGED}:
            raise CommandError(f"The import of “{source.name}” ended as {run.state}: {run.error}")
        self.stdout.write(
            f"{source.name}: {run.state}; {run.entries_read} read, {run.entries_rejected} rejected,"
            f" {run.entries_merged} after merging, {run.added} added, {run.removed} removed,"
            f" {run.protected} protected, {run.enforced} enforced"
        )
