"""Where an address is registered: its country, and the autonomous system that announces it.

Only from files on this machine. ``BANGUARD_GEOIP_DIR`` may hold databases in MaxMind's format (``*.mmdb``: MaxMind's
own, DB-IP's, IPinfo's); they are opened anew when they change. Countries that they do not know, or all where there
are none, come from the registries' own lists of assignments, which a package of ours carries.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import iptocc
import maxminddb
import structlog
from django.conf import settings

from banguard.core.networks import Network

log = structlog.get_logger(__name__)

Location = tuple[str, int | None]  # country ("" when unknown), autonomous system


def locations(networks: Sequence[Network]) -> list[Location]:
    """Of each, in order. A network is where its first address is."""
    addresses = [str(network.network_address) for network in networks]
    countries = iptocc.country_code(addresses)
    databases = _databases(settings.GEOIP_DIR)
    if not databases:
        return [(country or "", None) for country in countries]
    return [_location(address, country or "", databases) for address, country in zip(addresses, countries, strict=True)]


def _location(address: str, registered: str, databases: Iterable[maxminddb.Reader]) -> Location:
    country, asn = "", None
    for database in databases:
        record = _record(database, address)
        if isinstance(record, dict):
            country, asn = country or _country(record), asn or _asn(record)
    return country or registered, asn


def _record(database: maxminddb.Reader, address: str) -> object:
    """A damaged file tells nothing of what it cannot find: a ban is worth more than its country."""
    try:
        return database.get(address) if ":" not in address or database.metadata().ip_version == 6 else None
    except maxminddb.InvalidDatabaseError as error:
        log.debug("geoip_damaged", address=address, reason=str(error))
        return None


def _country(record: dict[str, Any]) -> str:
    """MaxMind and DB-IP nest it, IPinfo does not."""
    for name in ("country", "registered_country", "country_code"):
        found = record.get(name)
        code = found.get("iso_code") if isinstance(found, dict) else found
        if isinstance(code, str) and len(code) == 2 and code.isascii() and code.isalpha():
            return code.upper()
    return ""


def _asn(record: dict[str, Any]) -> int | None:
    found = record.get("autonomous_system_number", record.get("asn"))
    text = str(found).upper().removeprefix("AS")
    return int(text) if text.isascii() and text.isdigit() and int(text) < 2**32 else None


def _databases(folder: Path | None) -> list[maxminddb.Reader]:
    if folder is None:
        return []
    try:
        files = sorted((path, path.stat().st_mtime_ns) for path in folder.glob("*.mmdb"))
    except OSError as error:
        log.warning("geoip_unreadable", folder=str(folder), reason=str(error))
        return []
    return [database for path, changed in files if (database := _open(path, changed))]


@lru_cache(maxsize=8)
def _open(path: Path, _changed: int) -> maxminddb.Reader | None:
    try:
        return maxminddb.open_database(path)
    except (OSError, maxminddb.InvalidDatabaseError) as error:
        log.warning("geoip_unreadable", file=str(path), reason=str(error))
        return None
