"""``manage.py locate_bans``: look up every ban's country and autonomous system anew."""

from __future__ import annotations

from django.core.management.base import BaseCommand

from banguard.core.management.progress import Progress
from banguard.history import selectors, services


class Command(BaseCommand):
    help = "Look up every ban's country and autonomous system anew, after BANGUARD_GEOIP_DIR has changed."

    def handle(self, *_args: object, **_options: object) -> None:
        whole = selectors.total(search=selectors.Search()).count
        with Progress(self.stderr, "bans", whole) as progress:
            seen, changed = services.relocate(moved=progress.moved)
        self.stdout.write(f"{seen:,} bans looked up, {changed:,} changed")
