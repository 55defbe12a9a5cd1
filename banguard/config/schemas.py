"""The configuration as the API takes and gives it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field, model_validator

from banguard.agent.config_verbs import ConfigFile, FileContent
from banguard.config import selectors
from banguard.config.models import Revision
from banguard.config.selectors import text_of
from banguard.config.services import comparing
from banguard.core.schemas import PageQuery, Text

MAX_TEXT = 300_000  # characters; what a file may have is counted in bytes, and told as a finding
Digest = Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
Comment = Annotated[Text, Field(max_length=2_000)]


class PlaceOut(Schema):
    """One line that sets an option; ``line`` counts from 1."""

    file: str
    line: int
    section: str
    written: str


class OptionOut(Schema):
    """An option in force. ``places`` in the order they are read: the last one decides."""

    section: str
    name: str
    value: str
    places: list[PlaceOut]


class ItemOut(Schema):
    """A jail, filter or action as its files define it, every reference followed."""

    kind: str
    name: str
    options: list[OptionOut]
    files: list[str]
    faults: list[str]


class NameOut(Schema):
    name: str


class DifferenceOut(Schema):
    """Something in which the running server is not what its files say."""

    jail: str
    what: str
    files: str
    server: str


class ConfigFileOut(Schema):
    """``writable``: whether BanGuard may change it; the package's and the admin's own files it never touches."""

    path: str
    size: int
    digest: str
    modified_at: datetime
    writable: bool

    @staticmethod
    def resolve_modified_at(file: ConfigFile) -> datetime:
        return datetime.fromtimestamp(file.modified_at, UTC)


class FileOut(Schema):
    """A file's text; bytes that are no UTF-8 show as escapes. ``digest`` is what a change has to be made from."""

    path: str
    text: str
    digest: str

    @staticmethod
    def resolve_text(file: FileContent) -> str:
        return text_of(file.content)


class RegexTestIn(Schema, extra="forbid"):
    """Expressions of their own, or the name of a filter (with options such as its mode), and lines to try them on."""

    failregex: list[str] = Field([], max_length=50)
    ignoreregex: list[str] = Field([], max_length=50)
    filter: str | None = Field(None, max_length=100, pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.\-]*$")
    options: dict[str, str] = Field({}, max_length=20)
    lines: list[str] = Field(max_length=5_000)

    @model_validator(mode="after")
    def _one_of_both(self) -> RegexTestIn:
        if (self.filter is None) == (not self.failregex):
            raise ValueError("give either a filter or failregex")
        return self


class TriedLineOut(Schema):
    """``expression``: which one decided, counted from 0 in ``failregex`` or ``ignoreregex``; ``time``: seconds
    since 1970; ``parts``: everything the expression caught, by name."""

    text: str
    outcome: Literal["matched", "ignored", "missed"]
    expression: int | None
    address: str | None
    user: str | None
    time: float | None
    parts: dict[str, str]


class TriedOut(Schema):
    """The counts are those of ``fail2ban-regex``; comments and empty lines are not tested."""

    tested: int
    matched: int
    ignored: int
    missed: int
    lines: list[TriedLineOut]
    failregex: list[str]
    ignoreregex: list[str]


class ChangeIn(Schema, extra="forbid"):
    """``digest``: of the file that the text was made from, empty for one that is not there; null: as it is now."""

    text: str = Field(max_length=MAX_TEXT)
    digest: Digest | None = None
    comment: Comment = ""


class RemovalIn(Schema, extra="forbid"):
    digest: Digest | None = None
    comment: Comment = ""


class DraftIn(Schema, extra="forbid"):
    """``text`` null takes the file away."""

    path: str = Field(max_length=150)
    text: str | None = Field(max_length=MAX_TEXT)
    digest: Digest | None = None
    comment: Comment = ""


class ApplyIn(Schema, extra="forbid"):
    comment: Comment | None = None


class RestoreIn(Schema, extra="forbid"):
    """``undo``: to how the file was before the revision, not after it."""

    undo: bool = False
    comment: Comment = ""


class FindingOut(Schema):
    """``severity``: error (it cannot be applied), danger (it concerns what runs as root) or warning."""

    severity: str
    message: str
    file: str | None
    line: int | None
    option: str | None
    jail: str | None


class EffectOut(Schema):
    """What a change does to a jail: ``doing`` is start, reload, restart or stop; ``bans`` are those it held then."""

    jail: str
    doing: str
    bans: int


class RevisionRowOut(Schema):
    """One change of one file, in a list. Digests are SHA-256, empty where the file is not there."""

    id: int
    path: str
    origin: str
    state: str
    author: str
    comment: str
    before_digest: str
    after_digest: str
    created_at: datetime
    decided_at: datetime | None


class RevisionOut(RevisionRowOut):
    """``diff`` is of the file, ``effective`` of what the configuration comes to; ``text`` is null when it takes the
    file away; ``by_hand`` are commands for a person, should even the way back have failed."""

    restores: int | None
    findings: list[FindingOut]
    effects: list[EffectOut]
    effective: str
    diff: str
    text: str | None
    message: str
    by_hand: list[str]

    @staticmethod
    def resolve_restores(revision: Revision) -> int | None:
        return revision.restores_id

    @staticmethod
    def resolve_diff(revision: Revision) -> str:
        return comparing.difference(revision=revision)

    @staticmethod
    def resolve_text(revision: Revision) -> str | None:
        return None if revision.after is None else text_of(selectors.bytes_of(revision.after))


class RevisionQuery(PageQuery):
    path: Text = Field("", max_length=300, description="Only revisions of this file.")
    origin: Literal["", "editor", "form", "restore", "found", "outside"] = Field("", description="Whence it came.")
    state: Literal["", "draft", "pending", "applied", "failed", "rolled_back", "broken"] = ""


class ComparedOut(Schema):
    """A unified diff from one revision's file to another's."""

    diff: str


class OptionsIn(Schema, extra="forbid"):
    """Options by name, such as `{"maxretry": "3", "bantime": "1d", "findtime": null}`. ``digest``: of BanGuard's own
    overlay that they were chosen by; without it, as it is now."""

    options: dict[str, Text | None] = Field(max_length=30)
    digest: Digest | None = None
    comment: Comment = ""
