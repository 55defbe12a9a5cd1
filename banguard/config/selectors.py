"""Reading the configuration in force, and the revisions that led to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256

from django.db.models import Count, QuerySet
from django.db.models.functions import Now

from banguard.agent.config_verbs import ConfigFile, ConfigFiles, Difference, FileContent, Item, Kind, Names
from banguard.config.models import Ignored, Pause, Revision, Sample
from banguard.config.values import Known, KnownJail, Origin, State, WatchedLog
from banguard.core.errors import Conflict, JailUnknown, NotFound
from banguard.core.pagination import NEWEST_FIRST, Order, Page, page_of
from banguard.servers import selectors as servers
from banguard.servers import services as reach
from banguard.servers.models import Server


def jails() -> list[KnownJail]:
    """Every jail, running or not, by name. Two queries."""
    idle = dict(Pause.objects.filter(server__name=servers.LOCAL).values_list("jail", "since"))
    return [
        KnownJail.model_construct(**dict(jail), idle_since=idle.get(jail.name) if jail.state else None)
        for jail in servers.jails()
    ]


def watched(*, name: str, lines: int) -> list[WatchedLog]:
    """What a jail watches, each with its last lines. Asks the agent. Raises ``JailUnknown``."""
    found = reach.agent_of(server=reach.local()).watched(name, lines)
    files = [WatchedLog("file", file.path, file.size, file.followed, file.problem, file.lines) for file in found.files]
    journal = [
        WatchedLog("journal", " ".join(match.fields), None, True, match.problem, match.lines) for match in found.journal
    ]
    return files + journal


def jail(*, name: str) -> KnownJail:
    """The jail of this name. Raises ``JailUnknown``."""
    found = next((jail for jail in jails() if jail.name == name), None)
    if found is None:
        raise JailUnknown(f"There is no jail “{name[:64]}”.", jail=name[:64])
    return found


def item(*, kind: Kind, name: str) -> Item:
    """A jail, filter or action, or the server's own settings, with the line each option comes from.

    Asks the agent. Raises ``NotFound``.
    """
    return reach.agent_of(server=reach.local()).config_item(kind, name)


def names() -> Names:
    """Every filter and action that has files. Asks the agent."""
    return reach.agent_of(server=reach.local()).config_names()


def files() -> Sequence[ConfigFile]:
    """Every file of the configuration, by path. Asks the agent."""
    listed: ConfigFiles = reach.agent_of(server=reach.local()).config_files()
    return listed.files


def file(*, path: str) -> FileContent:
    """One file of the configuration. Asks the agent. Raises ``NotFound``."""
    found = reach.agent_of(server=reach.local()).config_file(path)
    if found.content is None:
        raise NotFound(f"There is no file “{path}” in the configuration.", path=path)
    return found


def content_now(*, path: str) -> bytes | None:
    """What a file holds; None when it is not there. Asks the agent."""
    return reach.agent_of(server=reach.local()).config_file(path).content


def drift() -> tuple[Difference, ...]:
    """In what the running server is not what the files say. Asks the agent; up to a second after a change."""
    return reach.agent_of(server=reach.local()).config_drift().differences


def revisions(*, path: str = "", origin: str = "", state: str = "") -> QuerySet[Revision]:
    """Every change of a file, without its bytes. How files were found at first is left out unless asked for."""
    rows = Revision.objects.defer("before", "after", "effective", "findings")
    wanted = {name: value for name, value in {"path": path, "origin": origin, "state": state}.items() if value}
    return rows.filter(**wanted) if path or origin else rows.filter(**wanted).exclude(origin=Origin.FOUND)


def revisions_by_state() -> dict[str, int]:
    """How many changes of files there are in each state, those with none too. One query."""
    counted = dict(Revision.objects.order_by().values_list("state").annotate(count=Count("id")))
    return {state.value: counted.get(state.value, 0) for state in State}


def revision_page(
    *, path: str = "", origin: str = "", state: str = "", cursor: str | None, page_size: int
) -> Page[Revision]:
    """Newest first. Raises ``CursorInvalid``."""
    filters = {"path": path, "origin": origin, "state": state}
    rows = revisions(path=path, origin=origin, state=state)
    return page_of(rows, order=Order(("id",)), filters=filters, cursor=cursor, page_size=page_size)


def revision(*, revision_id: int) -> Revision:
    """Raises ``NotFound``."""
    found = Revision.objects.select_related("server", "restores").filter(pk=revision_id).first()
    if found is None:
        raise NotFound("There is no such revision.", revision=revision_id)
    return found


def pending() -> Revision | None:
    """The change that is being applied, or was when its process died."""
    return Revision.objects.filter(state=State.PENDING).first()


def newest_of(*, server_id: int, path: str) -> Revision | None:
    """The revision that made a file what it is, as far as BanGuard knows."""
    return Revision.objects.filter(server=server_id, path=path, state=State.APPLIED).order_by("-id").first()


def was_looked_at(*, server_id: int) -> bool:
    """Whether it is known how the server's files were found at first."""
    return Revision.objects.filter(server=server_id, origin=Origin.FOUND).exists()


def newest_digests(*, server_id: int) -> dict[str, str]:
    """Path -> digest of every file as it was last known. One query."""
    rows = Revision.objects.filter(server=server_id, state=State.APPLIED).order_by("path", "-id").distinct("path")
    return dict(rows.values_list("path", "after_digest"))


def content_with(*, path: str, digest: str) -> Known | None:
    """What a file with this digest held, if a revision knows it."""
    if not digest:
        return Known(None)
    after = Revision.objects.filter(path=path, after_digest=digest).values_list("after", flat=True).first()
    before = Revision.objects.filter(path=path, before_digest=digest).values_list("before", flat=True).first()
    found = after if after is not None else before
    return None if found is None else Known(bytes(found))


def bytes_of(content: bytes | memoryview | None) -> bytes | None:
    """PostgreSQL's driver gives memory views."""
    return None if content is None else bytes(content)


def ignored(*, ignored_id: int) -> Ignored:
    """Raises ``NotFound``, also for one that has ended."""
    found = Ignored.objects.select_related("server").filter(pk=ignored_id, ended_at=None).first()
    if found is None:
        raise NotFound("This is not ignored any more.", id=ignored_id)
    return found


def ignored_among(*, ignored_ids: Sequence[int]) -> list[Ignored]:
    """Those of these that have not ended, oldest first."""
    found = Ignored.objects.select_related("server").filter(pk__in=ignored_ids, ended_at=None)
    return list(found.order_by("pk"))


def ignored_page(*, jail: str | None, cursor: str | None, page_size: int) -> Page[Ignored]:
    """What is ignored, newest first; with ``jail`` only what counts there. Raises ``CursorInvalid``."""
    rows = Ignored.objects.filter(ended_at=None)
    if jail is not None:
        rows = rows.filter(jail__in=("", jail))
    return page_of(rows, order=NEWEST_FIRST, filters={"jail": jail}, cursor=cursor, page_size=page_size)


def ignored_in(*, jail: str, most: int) -> list[Ignored]:
    """The newest of what one jail ignores, of its own or with all others."""
    return list(Ignored.objects.filter(ended_at=None, jail__in=("", jail)).order_by("-id")[:most])


def refuse_failed_lately(*, server: Server, path: str, content: bytes | None) -> None:
    """Raise ``Conflict`` when this very change was tried within the hour and failed."""
    digest = "" if content is None else sha256(content).hexdigest()
    failed = Revision.objects.filter(
        server=server,
        path=path,
        after_digest=digest,
        state__in=(State.FAILED, State.ROLLED_BACK, State.BROKEN),
        created_at__gt=Now() - timedelta(hours=1),
    ).first()
    if failed is not None:
        raise Conflict(f"This change failed within the last hour: {failed.message}", revision=failed.pk)


def filters_with_samples() -> list[str]:
    return list(Sample.objects.order_by("filter").values_list("filter", flat=True).distinct())


def text_of(content: bytes | None) -> str:
    """A file as a person reads it: bytes that are no UTF-8 show as escapes."""
    return "" if content is None else content.decode("utf-8", "backslashreplace")


def samples(*, name: str) -> QuerySet[Sample]:
    """The lines that a filter has to keep right."""
    return Sample.objects.filter(filter=name)
