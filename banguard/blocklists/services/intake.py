"""The first half of every run: from the feed to what its source would hold, with nothing stored yet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from io import BufferedRandom
from tempfile import TemporaryFile

from django.db.models.functions import Now

from banguard.blocklists import fetch, merge, parse, selectors, unpack
from banguard.blocklists.fetch import Limits, Wish
from banguard.blocklists.models import Material, Source
from banguard.blocklists.services import asking, headers
from banguard.blocklists.services.telling import Teller
from banguard.blocklists.values import Fetched, Kind, Merged, Renewal, Stage, Validators
from banguard.blocklists.wanted import never
from banguard.core.errors import FeedUnreadable
from banguard.servers import services as servers

READER = 1  # rises whenever the same bytes are read as something else than before


def take(teller: Teller, source: Source, *, always: bool = False) -> Renewal | Validators:
    """What ``source`` is to hold, or the validators alone: the feed is what it was (unless ``always`` read anew)."""
    with _opened(teller, source, always=always) as fetched:
        teller.note(bytes_read=fetched.size, http_status=fetched.status or None, http_facts=dict(fetched.facts))
        if fetched.file is None:
            return fetched.validators
        digest = _digest(fetched.file, source)
        if digest == source.digest and not always:
            return fetched.validators
        return Renewal(_read(teller, fetched.file, source).networks, fetched.validators, digest)


@contextmanager
def _opened(teller: Teller, source: Source, *, always: bool) -> Iterator[Fetched]:
    """The list in a file, wherever it comes from."""
    with ExitStack() as stack:
        with teller.stage(Stage.FETCH):
            opening = _downloaded(teller, source, always=always) if source.kind == Kind.URL else _given(source)
            fetched = stack.enter_context(opening)
        yield fetched


def _downloaded(teller: Teller, source: Source, *, always: bool) -> AbstractContextManager[Fetched]:
    asking.refuse_too_soon(source)
    known = Validators() if always or not source.digest else Validators(source.etag, source.last_modified)
    with teller.held.writing():
        Source.objects.filter(pk=source.pk).update(asked_at=Now())
    wish = Wish(source.url, known, headers.of(source), Limits(size=source.max_bytes))
    return fetch.fetched(wish, progress=teller.progress)


@contextmanager
def _given(source: Source) -> Iterator[Fetched]:
    """What somebody uploaded or pasted."""
    found = Material.objects.filter(source=source).first()
    if found is None:
        raise FeedUnreadable("Nothing was uploaded or pasted for this source yet.")
    with TemporaryFile() as file:
        file.write(found.content)
        with unpack.unpacked(file, limit=source.max_bytes) as (whole, packing):
            yield Fetched(whole, len(found.content), 0, Validators(), {"file": found.name, "packed": packing})


def _digest(file: BufferedRandom, source: Source) -> str:
    """Of the bytes and of how they are read: what a changed setting or reader reads anew is never "unchanged"."""
    how = f"{READER}:{selectors.rules_of(source)}".encode()
    file.seek(0)
    return hashlib.sha256(how + hashlib.file_digest(file, "sha256").digest()).hexdigest()


def _read(teller: Teller, file: BufferedRandom, source: Source) -> Merged:
    with teller.stage(Stage.PARSE):
        file.seek(0)
        parsed = parse.read(file, selectors.rules_of(source), progress=teller.progress)
        teller.note(
            format=parsed.format,
            entries_read=parsed.read,
            entries_rejected=parsed.rejected,
            entries_loose=parsed.loose,
            samples=[{"line": one.line, "text": one.text, "reason": one.reason} for one in parsed.samples],
        )
    with teller.stage(Stage.MERGE):
        merged = merge.merge(parsed.ranges, never=never(server=servers.local()))
        teller.note(entries_merged=len(merged.networks), protected=merged.protected)
    return merged
