"""What the search box of the frame leads to: an address, a network, the beginning of one, a jail or a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy

from banguard.accounts.values import Scope
from banguard.core import networks
from banguard.core.errors import AddressInvalid
from banguard.history.search import network_of
from banguard.web.cells import jail_page

# Name of the address, what people call the page, and who has it: all of the menu, and what it leads to in one step.
PAGES = (
    ("dashboard", gettext_lazy("Dashboard"), Scope.READ),
    ("history", gettext_lazy("History"), Scope.READ),
    ("searches", gettext_lazy("Saved searches"), Scope.READ),
    ("ban-addresses", gettext_lazy("Ban addresses"), Scope.BAN),
    ("unban-addresses", gettext_lazy("Unban addresses"), Scope.BAN),
    ("jails", gettext_lazy("Jails"), Scope.READ),
    ("config", gettext_lazy("Configuration"), Scope.READ),
    ("server-settings", gettext_lazy("Server settings"), Scope.READ),
    ("revisions", gettext_lazy("Revisions"), Scope.READ),
    ("ignored", gettext_lazy("Ignored addresses"), Scope.READ),
    ("regex-lab", gettext_lazy("Regex lab"), Scope.CONFIGURE),
    ("config-new", gettext_lazy("A new overlay"), Scope.CONFIGURE),
    ("blocklists", gettext_lazy("Blocklists"), Scope.READ),
    ("catalogue", gettext_lazy("Catalogue of feeds"), Scope.READ),
    ("source-add", gettext_lazy("Add a feed"), Scope.CONFIGURE),
    ("blocklist-report", gettext_lazy("Feed report"), Scope.READ),
    ("blocklist-entries", gettext_lazy("Look an address up"), Scope.READ),
    ("protected", gettext_lazy("Never blocked"), Scope.READ),
    ("protected", gettext_lazy("Protected addresses"), Scope.READ),
    ("status", gettext_lazy("Status"), Scope.READ),
    ("people", gettext_lazy("People"), Scope.ADMINISTER),
    ("person-add", gettext_lazy("Add a person"), Scope.ADMINISTER),
    ("tokens", gettext_lazy("Tokens"), Scope.ADMINISTER),
    ("audit", gettext_lazy("Audit trail"), Scope.ADMINISTER),
    ("admin:index", gettext_lazy("Django admin"), Scope.ADMINISTER),
    ("styleguide", gettext_lazy("Style guide"), Scope.ADMINISTER),
    ("mfa_index", gettext_lazy("Security"), Scope.READ),
    ("sessions", gettext_lazy("Sessions"), Scope.READ),
    ("password", gettext_lazy("Password"), Scope.READ),
)


@dataclass(frozen=True)
class Found:
    """``exact``: it is what was typed, so the person is led straight there."""

    kind: str
    text: str
    href: str
    exact: bool = False


def find(text: str, *, jails: Iterable[str], scopes: Iterable[str]) -> list[Found]:
    """What ``text`` may mean, the likeliest first; a sole one that is exact is where to go."""
    wanted = " ".join(text.split())
    address = _address(wanted)
    if address:
        return [address]
    found = [*_jails(wanted, jails), *_pages(wanted, set(scopes)), *_beginning(wanted)]
    return sorted(found, key=lambda one: not one.exact)


def _address(text: str) -> Found | None:
    try:
        network = networks.text_of(networks.parse_network(text))
    except AddressInvalid:
        return None
    return Found("address", network, _history(address=network), exact=True)


def _beginning(text: str) -> list[Found]:
    """``203.0.113.``: history knows what is meant; a bare number may be the name of anything, too."""
    try:
        network_of(text)
    except AddressInvalid:
        return []
    return [Found("address", text, _history(address=text), exact=not text.isalnum())]


def _jails(text: str, jails: Iterable[str]) -> list[Found]:
    small = text.casefold()
    fitting = [name for name in sorted(set(jails)) if small in name.casefold()]
    return [Found("jail", name, jail_page(name) or _history(jail=name), name.casefold() == small) for name in fitting]


def _pages(text: str, scopes: set[str]) -> list[Found]:
    small = text.casefold()
    pages = [(name, str(title)) for name, title, scope in PAGES if scope in scopes]
    fitting = [(name, title) for name, title in pages if small in title.casefold()]
    return [Found("page", title, reverse(name), title.casefold() == small) for name, title in fitting]


def _history(**filters: str) -> str:
    return f"{reverse('history')}?{urlencode(filters)}"
