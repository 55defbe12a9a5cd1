"""Writing what a source holds: only what changed, by COPY, in one transaction."""

from __future__ import annotations

from django.db import connection

from banguard.blocklists.models import Source
from banguard.blocklists.values import Merged, Stored, Validators
from banguard.core.locks import Held

WANTED = "CREATE TEMPORARY TABLE wanted (network cidr PRIMARY KEY) ON COMMIT DROP"
ADD = """
INSERT INTO blocklists_entry (source_id, network)
SELECT %(source)s, network FROM wanted
ON CONFLICT (source_id, network) DO NOTHING
"""
REMOVE = """
DELETE FROM blocklists_entry
WHERE source_id = %(source)s AND NOT EXISTS (SELECT FROM wanted WHERE wanted.network = blocklists_entry.network)
"""


def entries(*, source: Source, merged: Merged, validators: Validators, held: Held) -> Stored:
    """Make ``source`` hold exactly ``merged``, and remember the validators it came with.

    Raises ``LockLost``, with nothing written, when somebody else has taken over.
    """
    with held.writing(), connection.cursor() as cursor:
        cursor.execute(WANTED)
        with cursor.copy("COPY wanted FROM STDIN") as copy:
            for network in merged.networks:
                copy.write_row((network,))
        cursor.execute(REMOVE, {"source": source.pk})
        removed = cursor.rowcount
        cursor.execute(ADD, {"source": source.pk})
        added = cursor.rowcount
        Source.objects.filter(pk=source.pk).update(etag=validators.etag, last_modified=validators.last_modified)
    return Stored(added=added, removed=removed)
