"""What a person or a token may do.

Pages, the API and tokens ask one question: does the caller have this scope? A person has the scopes of
their role, a token those it was made with.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Scope(StrEnum):
    READ = "read"  # every page and list
    BAN = "ban"  # ban and unban
    IMPORT = "import"  # blocklists: run imports
    CONFIGURE = "configure"  # jails, filters, blocklist sources
    ROOT = "root"  # what Fail2ban does as root: actions and other commands, and the server's own settings
    ADMINISTER = "administer"  # people, tokens, and whatever declares nothing


class Role(StrEnum):
    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"


LINK_LIFETIME = timedelta(days=7)  # of what opens once
NOBODY = "somebody unknown"  # who did what, when no account is behind it
EVERY_SCOPE = frozenset(Scope)
SCOPES_OF: dict[Role, frozenset[Scope]] = {
    Role.VIEWER: frozenset({Scope.READ}),
    Role.OPERATOR: frozenset({Scope.READ, Scope.BAN, Scope.IMPORT}),
    Role.ADMINISTRATOR: EVERY_SCOPE,
}


@dataclass(frozen=True)
class Caller:
    """Who makes a request: a signed-in person, or a script with a token that stands for one."""

    name: str
    person_id: int | None
    token_id: int | None
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes


class Outcome(StrEnum):
    BEGUN = "begun"  # an effect outside the database is about to be tried; what came of it stands in a later record
    DONE = "done"
    REFUSED = "refused"  # not allowed, or it would not do
    FAILED = "failed"  # allowed, but something did not answer


@dataclass(frozen=True)
class Verified:
    """What checking the audit trail found. ``head`` is the last record's hash; ``fault`` is None when all is well."""

    records: int
    head: str
    fault: str | None
