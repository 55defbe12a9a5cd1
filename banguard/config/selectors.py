"""Reading the configuration in force."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from banguard.agent.config_verbs import ConfigFile, ConfigFiles, Difference, FileContent, Item, Kind, Names
from banguard.config.models import Pause, Sample
from banguard.config.values import KnownJail, WatchedLog
from banguard.core.errors import JailUnknown, NotFound
from banguard.servers import selectors as servers
from banguard.servers import services as reach


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


def drift() -> tuple[Difference, ...]:
    """In what the running server is not what the files say. Asks the agent; up to a second after a change."""
    return reach.agent_of(server=reach.local()).config_drift().differences


def text_of(content: bytes | None) -> str:
    """A file as a person reads it: bytes that are no UTF-8 show as escapes."""
    return "" if content is None else content.decode("utf-8", "backslashreplace")


def samples(*, name: str) -> QuerySet[Sample]:
    """The lines that a filter has to keep right."""
    return Sample.objects.filter(filter=name)
