"""A row of Fail2ban's table ``bans`` as a message: of the server's database, or of a copy that somebody brings."""

from __future__ import annotations

from collections.abc import Sequence

from banguard.agent.verbs import BanRow
from banguard.core.errors import AddressInvalid
from banguard.core.networks import Network, parse_network
from banguard.fail2ban import database, values


def decoded(columns: Sequence[object]) -> BanRow:
    """Of ``(rowid, jail, ip, timeofban, bantime, bancount, data)``, whatever they hold."""
    return message(database.ban_row(columns))


def message(row: values.BanRow) -> BanRow:
    return BanRow(
        rowid=row.rowid,
        jail=row.jail,
        address=address_of(row.identity),
        banned_at=row.banned_at,
        ban_time=row.ban_time,
        ban_count=row.ban_count,
        failures=row.failures,
        matches=row.matches,
    )


def address_of(identity: str) -> Network | None:
    """What a jail banned; None where that is no address, since a jail may count users."""
    try:
        return parse_network(identity)
    except AddressInvalid:
        return None
