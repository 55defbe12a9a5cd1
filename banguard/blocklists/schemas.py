"""Sources, runs and entries as the API takes and gives them."""

from __future__ import annotations

from datetime import datetime

from ninja import Field, Schema

from banguard.blocklists.models import Entry, Run
from banguard.blocklists.values import Enforcement, Format, State
from banguard.core import networks
from banguard.core.networks import Network
from banguard.core.schemas import PageQuery, Text


class SourceOut(Schema):
    """A feed. ``schedule`` is a cron expression in UTC, empty for "only when asked"; ``entries`` what it holds now."""

    id: int
    name: str
    url: str
    format: Format
    enabled: bool
    schedule: str
    enforcement: Enforcement
    note: str
    entries: int = Field(alias="held")
    created_at: datetime

    @staticmethod
    def resolve_held(source: object) -> int:
        return getattr(source, "held", None) or 0


class SourceIn(Schema, extra="forbid"):
    name: Text = Field(min_length=1, max_length=100)
    url: Text = Field(min_length=1, max_length=2_000)
    format: Format = Format.PLAIN
    enabled: bool = True
    schedule: Text = Field("", max_length=100)
    enforcement: Enforcement = Enforcement.JAIL
    note: Text = Field("", max_length=2_000)


class SourceChangeIn(Schema, extra="forbid"):
    """Only what is given changes."""

    name: Text | None = Field(None, min_length=1, max_length=100)
    url: Text | None = Field(None, min_length=1, max_length=2_000)
    format: Format | None = None
    enabled: bool | None = None
    schedule: Text | None = Field(None, max_length=100)
    enforcement: Enforcement | None = None
    note: Text | None = Field(None, max_length=2_000)


class RunOut(Schema):
    """One import. Counts are of entries; ``enforced`` is what the server blocks for all sources together."""

    id: int
    source_id: int
    state: State
    stage: str | None
    entries_read: int
    entries_rejected: int
    entries_merged: int
    added: int
    removed: int
    protected: int
    enforced: int
    to_enforce: int
    done_enforcing: int
    bytes_read: int
    http_status: int | None
    samples: list[dict[str, int | str]]
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
    """A network that a source holds, and since when."""

    id: int
    source_id: int
    source: str
    network: str
    first_seen: datetime

    @staticmethod
    def resolve_source(entry: Entry) -> str:
        return entry.source.name

    @staticmethod
    def resolve_network(entry: Entry) -> str:
        network: Network = entry.network
        return networks.text_of(network)


class EntriesQuery(PageQuery):
    ip: str | None = Field(None, max_length=64, description="Only entries that contain this address or network.")
    source_id: int | None = Field(None, ge=1, le=2**31 - 1)
