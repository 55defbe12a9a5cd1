"""Reading a copy of Fail2ban's own database that somebody brings: a file that may be anything.

SQLite itself reads what was made to break it, so little is asked of it: the file is opened read-only and as one that
nobody changes, without extensions and with untrusted schemas; it must be a table, not a view, that is read; a
statement that does not end is broken off; and rows come in pages by number.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from banguard.agent.rows import decoded
from banguard.agent.verbs import BanRow
from banguard.core.errors import InvalidInput

HEADER = b"SQLite format 3\x00"
PAGE = 1_000  # rows
STEPS = 50_000_000  # of SQLite's machine for one page; an honest one takes a hundred thousand
LONGEST = 64_000_000  # bytes in one field, of which nothing beyond what follows is taken
_LARGEST = 2**63 - 1
_PAGE = """
    SELECT rowid, substr(jail, 1, 1000), substr(ip, 1, 100), timeofban, bantime, bancount,
           CASE WHEN length(data) <= 100000 THEN data END
    FROM main.bans WHERE rowid > ? ORDER BY rowid LIMIT ?
"""


def is_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(HEADER)) == HEADER


def count(path: Path) -> int:
    """How many rows there are. Raises ``InvalidInput``."""
    with _opened(path) as database:
        return int(_asked(database, "SELECT count(*) FROM main.bans")[0][0])


def rows(path: Path) -> Iterator[BanRow]:
    """Every row of its table ``bans``. Raises ``InvalidInput``."""
    with _opened(path) as database:
        after = -_LARGEST - 1
        while page := _asked(database, _PAGE, after, PAGE):
            yield from map(decoded, page)
            before, after = after, page[-1][0]
            if not isinstance(after, int) or after <= before:  # its pages are in no order: it would never end
                raise InvalidInput("This SQLite file is damaged.")


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Raises ``InvalidInput`` for whatever SQLite finds wrong while it is read."""
    try:
        with closing(_guarded(path)) as database:
            _refuse_other_tables(database)
            yield database
    except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
        raise InvalidInput(f"This is not a database of Fail2ban's that can be read: {error}.") from error


def _guarded(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
    database.text_factory = lambda text: text.decode("utf-8", "replace")
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
    database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    for pragma in ("query_only = ON", "trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0"):
        database.execute(f"PRAGMA {pragma}")
    return database


def _refuse_other_tables(database: sqlite3.Connection) -> None:
    """A view, or a virtual table, would run what the file's author wrote."""
    found = _asked(database, "SELECT type, sql FROM main.sqlite_master WHERE name = 'bans' COLLATE NOCASE")
    if len(found) != 1 or found[0][0] != "table" or "virtual" in str(found[0][1]).lower().split("(")[0]:
        raise InvalidInput("This SQLite file holds no table `bans`, as Fail2ban's database does.")


def _asked(database: sqlite3.Connection, query: str, *parameters: int) -> list[Any]:
    database.set_progress_handler(lambda: 1, STEPS)  # whatever asks for more steps than this is broken off
    try:
        return database.execute(query, parameters).fetchall()
    finally:
        database.set_progress_handler(None, 0)
