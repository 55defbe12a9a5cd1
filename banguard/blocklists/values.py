"""What travels through an import, from the feed's bytes to what a server is told to block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from io import BufferedRandom

from banguard.agent.kernel_verbs import Trial
from banguard.core.fences import Fence
from banguard.core.networks import Network
from banguard.core.ranges import Ranges


class Format(StrEnum):
    """How a list is written; ``parse`` has a reader for each."""

    AUTO = "auto"  # look at it and decide
    PLAIN = "plain"  # one address, network or range a line, comments after # or ;
    COMMAS = "commas"  # many to a line, with commas between them
    CSV = "csv"  # a table with commas, semicolons or tabs; one column holds the addresses
    DSHIELD = "dshield"  # tabs: first address, last address, prefix length, ...
    JSON = "json"  # a document, or one object a line
    HOSTS_DENY = "hosts_deny"  # ALL: 192.0.2.1
    NGINX = "nginx"  # deny 192.0.2.1;
    APACHE = "apache"  # Deny from 192.0.2.1, Require not ip 192.0.2.1
    IPSET = "ipset"  # add NAME 192.0.2.1
    SURICATA = "suricata"  # drop ip [192.0.2.1,198.51.100.0/24] any -> ...
    CISCO = "cisco"  # access-list NAME deny ip host 192.0.2.1 any
    P2P = "p2p"  # name:192.0.2.1-192.0.2.9
    TOR = "tor"  # ExitAddress 192.0.2.1 2026-01-01 00:00:00
    RBLDNSD = "rbldnsd"  # plain, with lines of $ and :


class Kind(StrEnum):
    URL = "url"
    UPLOAD = "upload"  # a file that somebody sent
    TEXT = "text"  # what somebody pasted


class Enforcement(StrEnum):
    JAIL = "jail"  # Fail2ban's jail banguard-blocklist
    KERNEL = "kernel"  # BanGuard's own sets in the kernel
    NONE = "none"  # kept and shown, not enforced


class TrialState(StrEnum):
    """Of an enforcement that somebody has to confirm."""

    BEGUN = "begun"  # under way
    ARMED = "armed"  # everything is enforced, and waits for the confirmation
    KEPT = "kept"
    TAKEN_BACK = "taken_back"  # nobody confirmed it; nothing more is enforced until somebody tries again
    NEEDLESS = "needless"  # it changed nothing
    PASSED = "passed"  # it was taken back, and somebody had BanGuard go on without it


LONGEST_TRIAL = timedelta(minutes=15)  # that one which was asked for waits for its enforcement


class Purpose(StrEnum):
    IMPORT = "import"
    PREVIEW = "preview"  # look at what an import would do, and do nothing


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    UNCHANGED = "unchanged"
    HELD = "held"  # stopped before anything was stored; waits for a person
    FAILED = "failed"
    INTERRUPTED = "interrupted"


UNFINISHED = (State.QUEUED, State.RUNNING)


class Stage(StrEnum):
    FETCH = "fetching"
    PARSE = "parsing"
    MERGE = "merging"
    STORE = "storing"
    ENFORCE = "enforcing"
    DONE = "done"


@dataclass(frozen=True)
class Validators:
    """What a server gave with a feed, so that the next request can ask whether it changed."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True)
class Fetched:
    """A feed's bytes in a file of ours, or ``file`` None: the server says that nothing changed (304).

    The file has no name, so that nothing is left of it when our process is killed.
    ``facts``: what else it said, for people: the content type, how often it redirected, what it was packed as.
    """

    file: BufferedRandom | None
    size: int
    status: int
    validators: Validators
    facts: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Rejected:
    """A line that is no address, with its number from 1 and why."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True)
class Rules:
    """How one source's list is to be read. ``column``: which of a table's, by number from 1 or by name."""

    format: Format = Format.AUTO
    column: str = ""
    may_be_empty: bool = False
    most_lines: int = 5_000_000
    widest: Mapping[int, int] = field(default_factory=lambda: {4: 8, 6: 19})  # prefix lengths by IP version


@dataclass(frozen=True)
class Parsed:
    """What a list holds, as ranges, unmerged. ``read`` counts entries, ``rejected`` lines refused,
    ``loose`` entries with host bits set (``31.13.0.77/16``), which were cleared."""

    ranges: Ranges
    read: int
    rejected: int
    loose: int = 0
    format: Format = Format.PLAIN
    samples: tuple[Rejected, ...] = ()


@dataclass(frozen=True)
class Merged:
    """A list as the fewest networks. ``networks``: all that it holds, which is what is stored.
    ``protected``: how many of those must never be blocked, or only in part."""

    networks: Ranges
    protected: int


@dataclass(frozen=True)
class Renewal:
    """What a source is to hold from now on, and what it came with. ``digest``: of the bytes and how they were read."""

    networks: Ranges
    validators: Validators
    digest: str


@dataclass(frozen=True)
class Wanted:
    """What one back end is to block, as the fewest networks in order.

    ``protected``: how many networks of the lists were left out or cut. ``fingerprint`` changes whenever the
    networks may have; it is known without reading them (``blocklists.wanted.fingerprint``).
    """

    networks: Ranges
    protected: int
    fingerprint: str


@dataclass(frozen=True)
class Stored:
    """How a source's entries changed, and how many stayed."""

    added: int
    removed: int
    kept: int = 0


@dataclass(frozen=True)
class Order:
    """Under which lock a back end is told what to block, and whether it is to take that back by itself."""

    fence: Fence
    trial: Trial | None = None


@dataclass(frozen=True)
class Step:
    """How far a back end is. ``held``: what it held at the beginning; ``lifted``: what is no longer blocked;
    ``problem``: what is not as it should be although it is done."""

    done: int
    whole: int
    held: tuple[Network, ...] | None = None
    lifted: tuple[Network, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Standing:
    """What a back end tells of itself without being asked to do anything. ``digest`` is empty where it has none."""

    digest: str = ""
    backend: str = ""
    packets: int = 0
    octets: int = 0
    packets6: int = 0  # of those, by IPv6
    octets6: int = 0
    problem: str = ""


@dataclass(frozen=True)
class Change:
    """What has to be done so that a server blocks what is wanted."""

    add: tuple[str, ...]
    remove: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.add) + len(self.remove)


@dataclass(frozen=True)
class Feed:
    """A source as its imports left it. ``state`` to ``finished_at`` are of the newest import that ended.

    ``age``: seconds since one succeeded, or since the source was made. ``every``: seconds between two that are
    planned; None: only when asked. ``entries``: networks that the source held when it was last read.
    """

    id: int
    name: str
    enabled: bool
    every: float | None
    age: float
    entries: int
    state: str = ""
    seconds: float = 0.0
    added: int = 0
    removed: int = 0
    rejected: int = 0
    finished_at: datetime | None = None

    @property
    def failed(self) -> bool:
        return self.state in {State.FAILED, State.INTERRUPTED}

    @property
    def stale(self) -> bool:
        """Whether two planned imports in a row brought nothing."""
        return self.enabled and self.every is not None and self.age > 2 * self.every + 600
