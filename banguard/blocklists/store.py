"""Writing what a source holds: only what changed, by COPY, in one transaction."""

from __future__ import annotations

from django.db import connection
from django.db.models.functions import Now

from banguard.blocklists import selectors
from banguard.blocklists.models import Source
from banguard.blocklists.values import Renewal, Stored
from banguard.core import cidrs, ranges
from banguard.core.errors import NotFound
from banguard.core.locks import Held
from banguard.core.ranges import Ranges

ADD = "COPY blocklists_entry (source_id, network) FROM STDIN (FORMAT binary)"
GONE = "CREATE TEMPORARY TABLE gone (source_id bigint, network cidr) ON COMMIT DROP"
FILL = "COPY gone FROM STDIN (FORMAT binary)"
REMOVE = """
DELETE FROM blocklists_entry USING gone
WHERE blocklists_entry.source_id = gone.source_id AND blocklists_entry.network = gone.network
"""


def entries(*, source: Source, renewal: Renewal, run_id: int, held: Held) -> Stored:
    """Make ``source`` hold exactly what the renewal says, and remember what it came with.

    Raises ``LockLost``, with nothing written, when somebody else has taken over, and ``NotFound`` when the source is
    gone. Until this is committed the source cannot go.
    """
    networks, validators = renewal.networks, renewal.validators
    with held.writing():
        if not Source.objects.select_for_update(no_key=True).filter(pk=source.pk).exists():
            raise NotFound("The source was removed meanwhile.", id=source.pk)
        have = selectors.held_by(source_id=source.pk)
        new, gone = ranges.without(networks, have), ranges.without(have, networks)
        with connection.cursor() as cursor:
            if len(gone):
                cursor.execute(GONE)
                _copy(FILL, source.pk, gone)
                cursor.execute("ANALYZE gone")
                cursor.execute(REMOVE)
            if len(new):
                _copy(ADD, source.pk, new)
        known: dict[str, object] = {
            "etag": validators.etag,
            "last_modified": validators.last_modified,
            "digest": renewal.digest,
        }
        if len(new) or len(gone):
            known |= {"version": run_id, "held": len(networks)}
        Source.objects.filter(pk=source.pk).update(**known, good_at=Now(), failures=0)
    return Stored(added=len(new), removed=len(gone), kept=len(networks) - len(new))


def _copy(statement: str, owner: int, networks: Ranges) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for piece in cidrs.rows(owner, networks):
            copy.write(piece)
