"""``manage.py import_blocklist SOURCE``: import a feed in this process, show how far it is, and say how it went."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from banguard.blocklists import selectors
from banguard.blocklists.services import imports
from banguard.blocklists.values import State
from banguard.core.errors import BanGuardError
from banguard.core.management.progress import EVERY, Progress


class Command(BaseCommand):
    help = "Import a blocklist source now, without the queue. On a terminal a bar shows how far it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", help="the id or the name of the source")

    def handle(self, *_args: object, **options: object) -> None:
        named = str(options["source"])
        try:
            source = selectors.source_named(name=named)
            with Progress(self.stderr) as progress, _drawn(source.pk, progress):
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


@contextmanager
def _drawn(source_id: int, progress: Progress) -> Iterator[None]:
    """Draws beside the block what the run tells of itself, whichever process carries out a part of it."""
    over = Event()
    thread = Thread(target=_draw, args=(source_id, progress, over), daemon=True)
    if progress.watched:
        thread.start()
    try:
        yield
    finally:
        over.set()
        if progress.watched:
            thread.join()


def _draw(source_id: int, progress: Progress, over: Event) -> None:
    try:
        while not over.wait(EVERY):
            if run := selectors.unfinished_run(source_id=source_id):
                progress.reached(run.stage, *run.reached)
    finally:
        connections.close_all()  # this thread's
