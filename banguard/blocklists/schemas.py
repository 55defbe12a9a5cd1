"""Sources, runs and entries as the API takes and gives them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from ninja import Field, Schema

from banguard.blocklists.models import Entry, Run
from banguard.blocklists.values import Enforcement, Format, Kind, Purpose, State, TrialState
from banguard.core import networks
from banguard.core.networks import Network
from banguard.core.schemas import Moment, PageQuery, Text
from banguard.servers.models import ProtectedNetwork


class SourceOut(Schema):
    """A feed. ``schedule``: a cron expression or ``every 45m``, in ``zone``, empty for "only when asked"; ``entries``
    what it holds now; ``secret_headers`` the names alone; times of the next and of the last good import."""

    id: int
    name: str
    kind: Kind
    url: str
    format: Format
    column: str
    enabled: bool
    schedule: str
    zone: str
    jitter: int
    min_interval: int
    max_bytes: int
    max_lines: int
    widest4: int
    widest6: int
    shrink_percent: int
    grow_percent: int
    may_be_empty: bool
    enforcement: Enforcement
    note: str
    secret_headers: list[str] = Field(alias="header_names")
    entries: int = Field(alias="held")
    failures: int
    due_at: datetime | None
    good_at: datetime | None
    created_at: datetime


Seconds = Annotated[int, Field(ge=0, le=604_800)]
Percent = Annotated[int, Field(ge=0, le=100_000)]
Secrets = dict[Annotated[str, Field(max_length=100)], Annotated[str, Field(max_length=4_096)]]


class SourceIn(Schema, extra="forbid"):
    """``url``, or ``content``: the list itself. ``secret_headers`` are sent to the feed's server and never shown.
    ``min_interval``: seconds that the provider wants between two requests; a list that shrinks or grows by more than
    its percent against the median of its last imports is held."""

    name: Text = Field(min_length=1, max_length=100)
    url: Text = Field("", max_length=2_000)
    content: Text | None = Field(None, max_length=10_000_000)
    format: Format = Format.AUTO
    column: Text = Field("", max_length=40)
    enabled: bool = True
    schedule: Text = Field("", max_length=100)
    zone: Text = Field("UTC", max_length=64)
    jitter: Seconds = 0
    min_interval: Seconds = 0
    max_bytes: int = Field(64 * 1024 * 1024, ge=1_024, le=1024**3)
    max_lines: int = Field(5_000_000, ge=1, le=20_000_000)
    widest4: int = Field(8, ge=6, le=32)
    widest6: int = Field(19, ge=12, le=128)
    shrink_percent: Percent = 50
    grow_percent: Percent = 100
    may_be_empty: bool = False
    enforcement: Enforcement = Enforcement.JAIL
    note: Text = Field("", max_length=2_000)
    secret_headers: Secrets | None = Field(None, max_length=10)


class SourceChangeIn(Schema, extra="forbid"):
    """Only what is given changes; ``secret_headers`` replace those there are, ``{}`` takes them away."""

    name: Text | None = Field(None, min_length=1, max_length=100)
    url: Text | None = Field(None, max_length=2_000)
    content: Text | None = Field(None, max_length=10_000_000)
    format: Format | None = None
    column: Text | None = Field(None, max_length=40)
    enabled: bool | None = None
    schedule: Text | None = Field(None, max_length=100)
    zone: Text | None = Field(None, max_length=64)
    jitter: Seconds | None = None
    min_interval: Seconds | None = None
    max_bytes: int | None = Field(None, ge=1_024, le=1024**3)
    max_lines: int | None = Field(None, ge=1, le=20_000_000)
    widest4: int | None = Field(None, ge=6, le=32)
    widest6: int | None = Field(None, ge=12, le=128)
    shrink_percent: Percent | None = None
    grow_percent: Percent | None = None
    may_be_empty: bool | None = None
    enforcement: Enforcement | None = None
    note: Text | None = Field(None, max_length=2_000)
    secret_headers: Secrets | None = Field(None, max_length=10)


class RunIn(Schema, extra="forbid"):
    """``confirm_within``: seconds in which what is enforced has to be confirmed, or else is taken back."""

    confirm_within: int | None = Field(None, ge=10, le=3_600)


class TrialOut(Schema):
    """An enforcement that is taken back unless it is confirmed until ``confirm_by``."""

    id: int
    run_id: int | None
    state: TrialState
    seconds: int
    asked_by: str
    begun_at: datetime
    confirm_by: datetime | None
    ended_at: datetime | None


class RunOut(Schema):
    """One import or preview. Counts are of entries; ``enforced`` is what the server blocks for all sources together.
    ``stage_done`` of ``stage_whole`` (0: nobody knows): how far the stage is; ``seconds``: what each took;
    ``hold_reasons``: why it waits for a person; ``preview``: what it would change, whom it would hit."""

    id: int
    source_id: int
    purpose: Purpose
    state: State
    stage: str | None
    stage_done: int
    stage_whole: int
    format: str
    entries_read: int
    entries_rejected: int
    entries_loose: int
    entries_merged: int
    added: int
    removed: int
    kept: int
    protected: int
    enforced: int
    to_enforce: int
    done_enforcing: int
    bytes_read: int
    http_status: int | None
    http_facts: dict[str, int | str]
    seconds: dict[str, float]
    samples: list[dict[str, int | str]]
    hold_reasons: list[str]
    preview: dict[str, object] | None
    decided_by: str
    asked_by: str
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error_code: str | None
    error: str | None

    @staticmethod
    def resolve_stage(run: Run) -> str | None:
        return run.stage or None

    @staticmethod
    def resolve_error_code(run: Run) -> str | None:
        return run.error_code or None

    @staticmethod
    def resolve_error(run: Run) -> str | None:
        return run.error or None


class EntryOut(Schema):
    """A network that a source holds, since when, when it was last seen, and whether that source is enforced."""

    id: int
    source_id: int
    source: str
    network: str
    first_seen: datetime
    last_seen: datetime | None
    enforcement: Enforcement
    enabled: bool

    @staticmethod
    def resolve_source(entry: Entry) -> str:
        return entry.source.name

    @staticmethod
    def resolve_last_seen(entry: Entry) -> datetime | None:
        return entry.source.good_at

    @staticmethod
    def resolve_enforcement(entry: Entry) -> str:
        return entry.source.enforcement

    @staticmethod
    def resolve_enabled(entry: Entry) -> bool:
        return entry.source.enabled

    @staticmethod
    def resolve_network(entry: Entry) -> str:
        network: Network = entry.network
        return networks.text_of(network)


class EntriesQuery(PageQuery):
    ip: str | None = Field(None, max_length=64, description="Only entries that contain this address or network.")
    source_id: int | None = Field(None, ge=1, le=2**31 - 1)


class FeedOut(Schema):
    """A feed of the catalogue, to make a source of."""

    slug: str
    name: str
    url: str
    format: Format
    licence: str
    min_interval: int
    size: str
    about: str
    schedule: str
    may_be_empty: bool
    key_header: str


class CatalogueOut(Schema):
    feeds: list[FeedOut]


class ProtectedIn(Schema, extra="forbid"):
    network: str = Field(min_length=1, max_length=64)
    note: Text = Field(min_length=1, max_length=200)
    expires_at: Moment | None = None


class ProtectedOut(Schema):
    """What is never blocked because somebody said so; ``expires_at`` null: for good."""

    id: int
    network: str
    note: str
    expires_at: datetime | None
    created_by: str
    created_at: datetime

    @staticmethod
    def resolve_network(row: ProtectedNetwork) -> str:
        network: Network = row.network
        return networks.text_of(network)


class Spared(Schema):
    network: str
    reason: str


class SparedOut(Schema):
    """All that is never blocked, and why."""

    networks: list[Spared]
