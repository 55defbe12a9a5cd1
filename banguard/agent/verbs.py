"""What the agent can be asked, and what it answers: the whole language of its socket.

A request is one line of JSON, ``{"verb": "ban", "arguments": {"jail": "sshd", "addresses": ["192.0.2.1"]}}``;
the answer is one line, ``{"result": ...}`` or ``{"error": {"code", "message", "details"}}`` with a code of
``core.errors``. Every argument is parsed to a type here, before anything is done with it: what does not
parse is ``invalid_input`` and goes no further. Times are seconds since 1970 (integers), durations seconds.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from banguard.agent import config_verbs, kernel_verbs
from banguard.agent.kernel_verbs import Trial
from banguard.agent.messages import AddressOrNetwork, Fenced, JailName, Message, Nothing
from banguard.fail2ban.values import Kind

__all__ = ["AddressOrNetwork", "Fenced", "JailName", "Message", "Nothing"]  # told on, besides what is defined here

MAX_ADDRESSES = 10_000  # in one request; a longer list comes as several
MAX_ROWS = 5_000  # in one answer of bans_since
MAX_PLACE = 500  # characters
MAX_LINE = 16 * 1024 * 1024  # bytes of one request or answer


class BanArguments(Fenced):
    jail: JailName
    addresses: Annotated[tuple[AddressOrNetwork, ...], Field(max_length=MAX_ADDRESSES)]
    trial: Trial | None = None  # for the blocklist jail alone


class LayArguments(Fenced):
    """Nothing else."""


class UnbanArguments(Fenced):
    jail: JailName | None  # None: every jail
    addresses: Annotated[tuple[AddressOrNetwork, ...], Field(max_length=MAX_ADDRESSES)]


class JailArguments(Message):
    jail: JailName


class BansSinceArguments(Message):
    """Rows of Fail2ban's own database after ``rowid``, or not older than ``since``.

    Both, because a rowid is given again after an unban: a row newer than the last one read may have
    a smaller rowid. The reader sees some rows twice and must not mind.
    """

    rowid: Annotated[int, Field(ge=0)]
    since: Annotated[int, Field(ge=0)]
    limit: Annotated[int, Field(ge=1, le=MAX_ROWS)] = 1_000


class JailState(Message):
    """A jail as the running server sees it now."""

    name: str
    failed_current: int
    failed_total: int
    banned_current: int
    banned_total: int
    ban_time: int  # seconds, -1 for ever
    find_time: int  # seconds
    max_retries: int


class Status(Message):
    version: str
    jails: tuple[JailState, ...]


class Jail(Message):
    """A jail that the files or the running server know, with the values in force.

    ``state`` is None when it is not running. A running jail's values are the server's own; another's
    are what the files would give it.
    """

    name: str
    enabled: bool
    state: JailState | None
    filter: str
    backend: str
    ban_time: str
    find_time: str
    max_retries: str
    log_paths: tuple[str, ...]
    actions: tuple[str, ...]
    files: tuple[str, ...]  # where it is defined, relative to the configuration folder, first to last


class Jails(Message):
    jails: tuple[Jail, ...]


class Counted(Message):
    count: int


class Addresses(Message):
    addresses: tuple[AddressOrNetwork, ...]


class BanRow(Message):
    """One row of Fail2ban's ``bans`` table. ``address`` is as Fail2ban spelt it, or None if it is none."""

    rowid: int
    jail: str
    address: AddressOrNetwork | None
    banned_at: int
    ban_time: int  # seconds, -1 for ever
    ban_count: int
    failures: int
    matches: tuple[str, ...]


class BanRows(Message):
    rows: tuple[BanRow, ...]
    complete: bool  # False: the limit cut it, ask again from the last row


class LogSinceArguments(Message):
    """``place`` is one that an earlier answer gave, or empty for all that is there."""

    place: Annotated[str, Field(max_length=MAX_PLACE)] = ""


class LogEvent(Message):
    """One line of Fail2ban's own log. ``at`` is in milliseconds since 1970.

    ``address`` is None where the line names none, or what it names is none. ``until``, in seconds, is when the
    failing line was written (found) or when the ban ends (increase; -1: never).
    """

    kind: Kind
    at: int
    jail: str = ""
    address: AddressOrNetwork | None = None
    until: int | None = None
    count: int | None = None


class LogEvents(Message):
    """``hole`` says why lines may be missing before these, and is empty where none are.

    ``source`` is where the server logs; with ``none`` nothing can be followed.
    """

    events: tuple[LogEvent, ...]
    place: str
    complete: bool  # False: ask again from ``place``
    hole: str
    source: Literal["file", "journal", "none"]


class Ticket(Message):
    """What a running jail tells of an address that it holds banned."""

    address: AddressOrNetwork
    banned_at: int
    ban_time: int  # seconds, -1 for ever


class Tickets(Message):
    tickets: tuple[Ticket, ...]


class JailLaid(Message):
    """``changed`` is whether a file was written and the jail (and it alone) loaded anew."""

    jail: str
    changed: bool


class Machine(Message):
    """Addresses that the guarded machine lives by, and those that Fail2ban is told to ignore: none is to be blocked."""

    own: tuple[AddressOrNetwork, ...]
    gateways: tuple[AddressOrNetwork, ...]
    resolvers: tuple[AddressOrNetwork, ...]
    ignored: tuple[AddressOrNetwork, ...] = ()


class Visitors(Message):
    """Other ends of the machine's TCP connections now, and where people signed in to it from within 30 days."""

    connected: tuple[AddressOrNetwork, ...]
    signed_in: tuple[AddressOrNetwork, ...]


# verb -> what it takes, what it gives
VERBS: dict[str, tuple[type[Message], type[Message]]] = {
    "status": (Nothing, Status),
    "jails": (Nothing, Jails),
    "ban": (BanArguments, Counted),
    "unban": (UnbanArguments, Counted),
    "banned": (JailArguments, Addresses),
    "bans_since": (BansSinceArguments, BanRows),
    "log_since": (LogSinceArguments, LogEvents),
    "tickets": (JailArguments, Tickets),
    "lay_blocklist_jail": (LayArguments, JailLaid),
    "machine": (Nothing, Machine),
    "visitors": (Nothing, Visitors),
    **config_verbs.VERBS,
    **kernel_verbs.VERBS,
}

# Those that change nothing.
LOOKS = frozenset(verb for verb, (arguments, _) in VERBS.items() if not issubclass(arguments, Fenced))

BLOCKLIST_JAIL = "banguard-blocklist"
