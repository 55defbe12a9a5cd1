"""Whole searches to be taken away: read by keyset, in batches, so that a million rows take no more memory than one."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from itertools import chain

from django.db.models import prefetch_related_objects
from django.utils import timezone

from banguard.core import networks
from banguard.core.pagination import Stretch, read_stretch
from banguard.history.models import Ban
from banguard.history.search import Search
from banguard.history.selectors import listing

BATCH = 2_000
FIELDS = (
    "id",
    "server",
    "jail",
    "address",
    "country",
    "asn",
    "origin",
    "banned_at",
    "expires_at",
    "lifted_at",
    "lift_reason",
    "ban_count",
    "failures",
)
Fields = dict[str, str | int | None]


def every_ban(*, search: Search) -> Iterator[list[Ban]]:
    """All that fit, newest first, in batches. Raises ``AddressInvalid`` and ``InvalidInput`` with the first."""
    found = search.at(timezone.now())
    rows, read = listing.bans(search=found), listing.reader_of(found)
    key: tuple[object, ...] | None = None
    while True:
        stretch = Stretch(key, descending=True, limit=BATCH)
        some = list(read(stretch) if read else read_stretch(rows, listing.NEWEST, stretch))
        yield some
        if len(some) < BATCH:
            return
        key = (some[-1].banned_at, some[-1].pk)


def csv_lines(*, search: Search) -> Iterator[str]:
    """A head, then a line for each ban."""
    line = io.StringIO()
    writer = csv.DictWriter(line, FIELDS)
    writer.writeheader()
    for ban in chain.from_iterable(every_ban(search=search)):
        writer.writerow({name: _plain(value) for name, value in _fields(ban).items()})
        if line.tell() > 60_000:
            yield _taken(line)
    yield _taken(line)


def json_lines(*, search: Search) -> Iterator[str]:
    """A JSON object for each ban, one per line, with the lines that led to it: all that an import can take again."""
    for some in every_ban(search=search):
        prefetch_related_objects(some, "matched")
        yield from (json.dumps(_fields(ban) | {"matches": _matches(ban)}, ensure_ascii=False) + "\n" for ban in some)


def _matches(ban: Ban) -> list[str]:
    return ban.matched.lines if hasattr(ban, "matched") else []


def _taken(line: io.StringIO) -> str:
    text = line.getvalue()
    line.seek(0)
    line.truncate()
    return text


def _plain(value: str | int | None) -> str | int | None:
    """What a spreadsheet would take for a formula is kept text: a jail may be called anything."""
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _fields(ban: Ban) -> Fields:
    times = {name: at.isoformat() if (at := getattr(ban, name)) else None for name in FIELDS if name.endswith("_at")}
    texts = {"server": ban.server.name, "address": networks.text_of(ban.address)}
    empty = {"country": ban.country or None, "lift_reason": ban.lift_reason or None}
    told = times | texts | empty
    return {name: told[name] if name in told else getattr(ban, name) for name in FIELDS}
