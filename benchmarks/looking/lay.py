"""Something on every page, ``... lay ROWS``: with no rows one ban alone, else those instead of it. Tells the pages."""

from __future__ import annotations

import json
import os
import sys

from django.db import connection

from banguard.machine import say
from banguard.servers.models import Server
from benchmarks.archive.fill import fill
from tests.outside import pictured


def main(rows: int) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE history_ban, history_banmatches")
        Server.objects.get_or_create(name="other")
        fill(rows, os.environ["DATABASE_URL"])
    else:
        pictured.fill(bans=1)
        pictured.more_people()
    say.plain("figures=" + json.dumps({"pages": pictured.pages()}))


if __name__ == "__main__":
    main(int(sys.argv[1]))
