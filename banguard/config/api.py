"""``/api/v1/jails`` and ``/api/v1/config``."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Body, Query, Status

from banguard.accounts.auth import caller_of, require
from banguard.accounts.values import Scope
from banguard.agent.config_verbs import ConfigFile, Difference, FileContent, Item, Tried
from banguard.agent.control_verbs import What
from banguard.config import draft, selectors
from banguard.config.jail_schemas import (
    AddedOut,
    IdleIn,
    IgnoredOut,
    IgnoredQuery,
    IgnoreIn,
    JailOut,
    WatchedOut,
    WatchedQuery,
)
from banguard.config.models import Ignored, Revision
from banguard.config.schemas import (
    ApplyIn,
    ChangeIn,
    ComparedOut,
    ConfigFileOut,
    DifferenceOut,
    DraftIn,
    FileOut,
    ItemOut,
    NameOut,
    OptionsIn,
    RegexTestIn,
    RemovalIn,
    RestoreIn,
    RevisionOut,
    RevisionQuery,
    RevisionRowOut,
    TriedOut,
)
from banguard.config.services import changing, comparing, controlling, ignoring, setting, trying
from banguard.config.services.setting import Target
from banguard.config.values import KnownJail, Reason, WatchedLog
from banguard.core.pagination import Page, page_of_sequence
from banguard.core.routing import Router
from banguard.core.schemas import Listing, PageQuery

router = Router(tags=["config"])


@router.get("/jails", response=Listing[JailOut], auth=require(Scope.READ))
def list_jails(request: HttpRequest, query: Query[PageQuery]) -> Page[KnownJail]:
    """Every jail that the configuration knows, with its live state."""
    return page_of_sequence(selectors.jails(), cursor=query.cursor, page_size=query.page_size, name="jails")


@router.get("/jails/{str:name}", response=JailOut, auth=require(Scope.READ))
def get_jail(request: HttpRequest, name: str) -> KnownJail:
    """One jail."""
    return selectors.jail(name=name)


@router.get("/jails/{str:name}/options", response=ItemOut, auth=require(Scope.READ))
def get_jail_options(request: HttpRequest, name: str) -> Item:
    """Every option of a jail: its value in force, and the file and line it comes from."""
    return selectors.item(kind="jail", name=name)


@router.post("/jails/{str:name}/start", response=JailOut, auth=require(Scope.CONFIGURE))
def start_jail(request: HttpRequest, name: str) -> KnownJail:
    """Have the server run an enabled jail. One that runs is left as it is."""
    return _told(request, name, "start")


@router.post("/jails/{str:name}/stop", response=JailOut, auth=require(Scope.CONFIGURE))
def stop_jail(request: HttpRequest, name: str) -> KnownJail:
    """Stop a jail: it watches nothing, and its bans are lifted until it is started again."""
    return _told(request, name, "stop")


@router.post("/jails/{str:name}/restart", response=JailOut, auth=require(Scope.CONFIGURE))
def restart_jail(request: HttpRequest, name: str) -> KnownJail:
    """Stop a jail and load it anew from its files; its bans are made again one by one."""
    return _told(request, name, "restart")


@router.post("/jails/{str:name}/reload", response=JailOut, auth=require(Scope.CONFIGURE))
def reload_jail(request: HttpRequest, name: str) -> KnownJail:
    """Load a running jail anew from its files; bans stay, unless its actions have changed: then it is restarted."""
    return _told(request, name, "reload")


@router.post("/jails/{str:name}/idle", response=JailOut, auth=require(Scope.CONFIGURE))
def idle_jail(request: HttpRequest, name: str, body: Body[IdleIn | None] = None) -> KnownJail:
    """Pause a jail, or with `{"idle": false}` let it go on. Meanwhile it reads nothing and ends no ban by time."""
    return _told(request, name, "idle" if body is None or body.idle else "busy")


@router.get("/jails/{str:name}/logs", response=Listing[WatchedOut], auth=require(Scope.CONFIGURE))
def list_logs(request: HttpRequest, name: str, query: Query[WatchedQuery]) -> Page[WatchedLog]:
    """What a jail watches: whether each log is there and can be read, and its last lines."""
    rows = selectors.watched(name=name, lines=query.lines)
    return page_of_sequence(rows, cursor=query.cursor, page_size=query.page_size, name=f"logs-{name}")


@router.get("/config/ignored", response=Listing[IgnoredOut], auth=require(Scope.READ))
def list_ignored(request: HttpRequest, query: Query[IgnoredQuery]) -> Page[Ignored]:
    """Addresses that jails never ban by themselves, newest first. A hand or a blocklist may still ban them."""
    return selectors.ignored_page(jail=query.jail, cursor=query.cursor, page_size=query.page_size)


@router.post("/config/ignored", response={201: AddedOut}, auth=require(Scope.CONFIGURE))
def ignore(request: HttpRequest, body: IgnoreIn) -> Status[dict[str, int]]:
    """Ignore addresses in one jail or in all: at once, and within a minute in the files. Who is banned stays so."""
    count = ignoring.ignore(**body.dict(), author=caller_of(request).name)
    return Status(201, {"count": count})


@router.delete("/config/ignored/{int:ignored_id}", response={204: None}, auth=require(Scope.CONFIGURE))
def heed(request: HttpRequest, ignored_id: int) -> Status[None]:
    """Ignore an address no longer."""
    ignoring.heed(ignored_id=ignored_id)
    return Status(204, None)


@router.get("/config/files", response=Listing[ConfigFileOut], auth=require(Scope.READ))
def list_files(request: HttpRequest, query: Query[PageQuery]) -> Page[ConfigFile]:
    """Every file of the configuration folder, by path."""
    return page_of_sequence(selectors.files(), cursor=query.cursor, page_size=query.page_size, name="config-files")


@router.get("/config/files/{path:path}", response=FileOut, auth=require(Scope.CONFIGURE))
def get_file(request: HttpRequest, path: str) -> FileContent:
    """One file of the configuration folder."""
    return selectors.file(path=path)


@router.put("/config/files/{path:path}", response=RevisionOut, auth=require(Scope.CONFIGURE))
def change_file(request: HttpRequest, path: str, body: ChangeIn) -> Revision:
    """Write an overlay and bring the server to it: as a whole, or not at all. 422 `config_invalid` with the findings,
    409 `revision_conflict` with a diff, 502 `change_failed` once everything is as it was before."""
    content = draft.content_of(body.text)
    return changing.change(
        path=path, content=content, caller=caller_of(request), digest=body.digest, comment=body.comment
    )


@router.delete("/config/files/{path:path}", response=RevisionOut, auth=require(Scope.CONFIGURE))
def remove_file(request: HttpRequest, path: str, body: Body[RemovalIn | None] = None) -> Revision:
    """Take an overlay away, by the same transaction."""
    given = body or RemovalIn()
    return changing.change(
        path=path, content=None, caller=caller_of(request), digest=given.digest, comment=given.comment
    )


@router.get("/config/revisions", response=Listing[RevisionRowOut], auth=require(Scope.READ))
def list_revisions(request: HttpRequest, query: Query[RevisionQuery]) -> Page[Revision]:
    """Every change of a file, newest first. How files were first found is listed only when a path is named."""
    return selectors.revision_page(**query.model_dump())


@router.post("/config/revisions", response={201: RevisionOut}, auth=require(Scope.CONFIGURE))
def draft_change(request: HttpRequest, body: DraftIn) -> Status[Revision]:
    """Keep a draft, judged: its findings, both diffs, and what it would do to each jail. Nothing is changed yet."""
    content = None if body.text is None else draft.content_of(body.text)
    reason = Reason(body.comment)
    caller = caller_of(request)
    made = changing.propose(path=body.path, content=content, caller=caller, digest=body.digest, reason=reason)
    return Status(201, made)


@router.get("/config/revisions/{int:revision_id}", response=RevisionOut, auth=require(Scope.CONFIGURE))
def get_revision(request: HttpRequest, revision_id: int) -> Revision:
    """One revision."""
    return selectors.revision(revision_id=revision_id)


@router.delete("/config/revisions/{int:revision_id}", response={204: None}, auth=require(Scope.CONFIGURE))
def discard_draft(request: HttpRequest, revision_id: int) -> Status[None]:
    """Throw a draft away. What was applied stays for good."""
    changing.discard(revision_id=revision_id)
    return Status(204, None)


@router.post("/config/revisions/{int:revision_id}/apply", response=RevisionOut, auth=require(Scope.CONFIGURE))
def apply_draft(request: HttpRequest, revision_id: int, body: Body[ApplyIn | None] = None) -> Revision:
    """Carry out a draft, with the same answers as writing a file."""
    comment = body.comment if body else None
    return changing.apply(revision_id=revision_id, caller=caller_of(request), comment=comment)


@router.post("/config/revisions/{int:revision_id}/restore", response=RevisionOut, auth=require(Scope.CONFIGURE))
def restore_revision(request: HttpRequest, revision_id: int, body: Body[RestoreIn | None] = None) -> Revision:
    """Bring the file back to how a revision left it, or with `undo` to how it found it. Makes a revision of its own."""
    given = body or RestoreIn()
    caller = caller_of(request)
    return changing.restore(revision_id=revision_id, caller=caller, undo=given.undo, comment=given.comment)


@router.get(
    "/config/revisions/{int:revision_id}/compare/{int:other_id}",
    response=ComparedOut,
    auth=require(Scope.CONFIGURE),
)
def compare_revisions(request: HttpRequest, revision_id: int, other_id: int) -> dict[str, str]:
    """How two revisions of a file differ."""
    return {"diff": comparing.between(revision_id=revision_id, other_id=other_id)}


@router.patch("/jails/{str:name}/options", response=RevisionOut, auth=require(Scope.CONFIGURE))
def set_jail_options(request: HttpRequest, name: str, body: OptionsIn) -> Revision:
    """Set options of a jail, by the same transaction as writing a file. Null takes an option out of BanGuard's own
    overlay: then what the files before it say counts again."""
    return _set(request, Target("jail", name), body)


@router.patch("/config/server", response=RevisionOut, auth=require(Scope.ROOT))
def set_server_options(request: HttpRequest, body: OptionsIn) -> Revision:
    """Set the server's log level, log target or purge age, by the same transaction."""
    return _set(request, setting.SERVER, body)


@router.get("/config/server", response=ItemOut, auth=require(Scope.READ))
def get_server(request: HttpRequest) -> Item:
    """The server's own settings, with the file and line of each."""
    return selectors.item(kind="server", name="fail2ban")


@router.get("/config/drift", response=Listing[DifferenceOut], auth=require(Scope.READ))
def list_drift(request: HttpRequest, query: Query[PageQuery]) -> Page[Difference]:
    """In what the running server is not what its files say."""
    return page_of_sequence(selectors.drift(), cursor=query.cursor, page_size=query.page_size, name="config-drift")


@router.get("/config/filters", response=Listing[NameOut], auth=require(Scope.READ))
def list_filters(request: HttpRequest, query: Query[PageQuery]) -> Page[dict[str, str]]:
    """Every filter that has files, by name."""
    return _names(selectors.names().filters, query, "config-filters")


@router.get("/config/filters/{str:name}", response=ItemOut, auth=require(Scope.READ))
def get_filter(request: HttpRequest, name: str) -> Item:
    """One filter, with the file and line of each option."""
    return selectors.item(kind="filter", name=name)


@router.get("/config/actions", response=Listing[NameOut], auth=require(Scope.READ))
def list_actions(request: HttpRequest, query: Query[PageQuery]) -> Page[dict[str, str]]:
    """Every action that has files, by name."""
    return _names(selectors.names().actions, query, "config-actions")


@router.get("/config/actions/{str:name}", response=ItemOut, auth=require(Scope.READ))
def get_action(request: HttpRequest, name: str) -> Item:
    """One action, with the file and line of each option."""
    return selectors.item(kind="action", name=name)


@router.post("/config/regex-tests", response=TriedOut, auth=require(Scope.CONFIGURE))
def test_expressions(request: HttpRequest, body: RegexTestIn) -> Tried:
    """Try expressions or a filter on lines: per line whether it matched, by which expression, and what it caught.

    422 ``regex_too_long``, ``regex_invalid`` or ``regex_timeout`` for an expression that may not be used.
    """
    if body.filter is not None:
        return trying.try_filter(name=body.filter, options=body.options, lines=body.lines)
    return trying.try_expressions(failregex=body.failregex, ignoreregex=body.ignoreregex, lines=body.lines)


def _set(request: HttpRequest, target: Target, body: OptionsIn) -> Revision:
    caller = caller_of(request)
    return setting.change(target=target, values=body.options, caller=caller, digest=body.digest, comment=body.comment)


def _told(request: HttpRequest, name: str, what: What) -> KnownJail:
    controlling.control(jail=name, what=what, by=caller_of(request).name)
    return selectors.jail(name=name)


def _names(names: tuple[str, ...], query: PageQuery, what: str) -> Page[dict[str, str]]:
    rows = [{"name": name} for name in names]
    return page_of_sequence(rows, cursor=query.cursor, page_size=query.page_size, name=what)
