"""What is configured, and where each value comes from."""

from __future__ import annotations

from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from banguard.accounts.auth import allowed
from banguard.accounts.values import Scope
from banguard.agent.config_verbs import Difference, Item, Kind, OptionInForce, is_overlay
from banguard.config import selectors
from banguard.config.values import OVERLAY, SERVER_OVERLAY
from banguard.core.errors import BanGuardError, NotFound
from banguard.history import selectors as history

MOST_BANNED = 10  # shown on a jail's page; history has all of them
FIRST = ("Definition", "Init")  # the sections that are always there
TITLES: dict[Kind, Promise] = {
    "filter": _("Filter"),
    "action": _("Action"),
    "server": _("Server settings"),
    "jail": _("Jail"),
}


@require_GET
@allowed(Scope.READ)
def jails(request: HttpRequest) -> HttpResponse:
    """All jails: the running ones first, since they are what guards the machine.

    Fail2ban brings dozens that nobody enabled: they are folded in.
    """
    known = sorted(selectors.jails(), key=lambda jail: (jail.state is None, jail.name))
    shown = [jail for jail in known if jail.state or jail.enabled]
    context = {
        "jails": shown,
        "others": [jail for jail in known if not (jail.state or jail.enabled)],
        "running": sum(jail.state is not None for jail in known),
        "count": len(known),
    }
    return render(request, "config/jails.html", context)


@require_GET
@allowed(Scope.READ)
def jail(request: HttpRequest, name: str) -> HttpResponse:
    """One jail: what it does now, its values, and where they come from."""
    known = selectors.jail(name=name)
    item, drift, trouble = _from_the_files(name)
    banned = history.newest_active(jail=name, most=MOST_BANNED) if known.state else []
    ignored = selectors.ignored_in(jail=name, most=MOST_BANNED)
    context = {"jail": known, "item": item, "drift": drift, "trouble": trouble, "banned": banned, "ignored": ignored}
    return render(request, "config/jail.html", context)


@require_GET
@allowed(Scope.READ)
def index(request: HttpRequest) -> HttpResponse:
    """The files by folder, the filters and the actions, and what the server runs that is not in the files."""
    files = [(folder, list(some)) for folder, some in groupby(sorted(selectors.files(), key=_folder), _folder)]
    _item, drift, trouble = _from_the_files(None)
    context = {"folders": files, "names": selectors.names(), "drift": drift, "trouble": trouble}
    return render(request, "config/index.html", context)


@require_GET
@allowed(Scope.READ)
def item(request: HttpRequest, kind: Kind, name: str) -> HttpResponse:
    """A filter, an action or the server's settings."""
    found = selectors.item(kind=kind, name=name)
    samples = selectors.samples(name=name) if kind == "filter" else None
    context = {
        "item": found,
        "sections": _by_section(found),
        "title": TITLES[kind],
        "samples": samples,
        "overlay": overlay_of(kind, name),
    }
    return render(request, "config/item.html", context)


def _by_section(found: Item) -> list[tuple[str, list[OptionInForce]]]:
    """What is defined first; variants of a filter, which sections of their own hold, come after it."""
    options = sorted(found.options, key=_section)
    return [(name, list(some)) for (_last, name), some in groupby(options, _section)]


def _section(option: OptionInForce) -> tuple[bool, str]:
    return option.section not in FIRST, option.section


@require_GET
@allowed(Scope.CONFIGURE)
def file(request: HttpRequest, path: str) -> HttpResponse:
    """One file as it is, its lines numbered."""
    found = selectors.file(path=path)
    listed = next((one for one in selectors.files() if one.path == path), None)
    lines = selectors.text_of(found.content).removesuffix("\n").split("\n")
    context = {"path": path, "lines": lines, "file": listed, "overlay": _overlay_for(path)}
    return render(request, "config/file.html", context)


def _from_the_files(name: str | None) -> tuple[Item | None, list[Difference], str]:
    """What only the agent knows; without it the page still shows what the collector saw."""
    try:
        found = selectors.item(kind="jail", name=name) if name else None
    except NotFound:
        found = None
    except BanGuardError as error:
        return None, [], error.message
    try:
        return found, [one for one in selectors.drift() if name in (None, one.jail)], ""
    except BanGuardError as error:
        return found, [], error.message


def overlay_of(kind: Kind, name: str) -> str:
    """The file that a change of it is written into."""
    own = {"filter": f"filter.d/{name}.local", "action": f"action.d/{name}.local", "server": SERVER_OVERLAY}
    return own.get(kind, OVERLAY)


def _overlay_for(path: str) -> str:
    """The overlay that has the last word over a file: the file itself when it is one."""
    top, _, name = path.partition("/")
    if top in {"filter.d", "action.d"}:
        return f"{top}/{name.rpartition('.')[0]}.local"
    if is_overlay(path):
        return path
    return SERVER_OVERLAY if top.startswith("fail2ban.") else OVERLAY if top.startswith("jail.") else ""


def _folder(file: object) -> str:
    return str(getattr(file, "path", "")).rpartition("/")[0]
