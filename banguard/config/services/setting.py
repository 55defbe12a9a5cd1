"""Setting options by form or script: the same transaction as a text, with the overlay's other bytes untouched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from banguard.accounts.values import Caller
from banguard.agent.config_verbs import Item, Kind
from banguard.config import options, selectors
from banguard.config.models import Revision
from banguard.config.services import changing
from banguard.config.values import BLOCKLIST_SECTION, OVERLAY, SERVER_OVERLAY
from banguard.core.errors import InvalidInput

Values = Mapping[str, str | None]


@dataclass(frozen=True)
class Target:
    """A jail, or the server's own settings: what may be set of it, and in which section of which overlay."""

    kind: Kind
    name: str

    @property
    def path(self) -> str:
        return OVERLAY if self.kind == "jail" else SERVER_OVERLAY

    @property
    def section(self) -> str:
        return self.name if self.kind == "jail" else "Definition"

    @property
    def options(self) -> tuple[options.Option, ...]:
        return (*options.JAIL, *options.RECURRING) if self.kind == "jail" else options.SERVER


SERVER = Target("server", "fail2ban")


def propose(
    *, target: Target, values: Values, caller: Caller, digest: str | None = None, comment: str = ""
) -> Revision:
    """A draft in which each option has its value, or, where that is None, what the files before our overlay say.

    ``digest``: of the overlay that the values were chosen by. Raises ``NotFound``, ``InvalidInput`` with the
    ``fields`` that will not do, and whatever proposing a text raises.
    """
    item = selectors.item(kind=target.kind, name=target.name)
    if target.name == BLOCKLIST_SECTION:
        raise InvalidInput(f"{target.name} is BanGuard's own; its blocklists are set up on their pages.")
    if not values:
        raise InvalidInput("Nothing would change: every value is as it was.")
    problems = _problems(target, item, values)
    if problems:
        raise InvalidInput("; ".join(f"{name}: {reason}" for name, reason in problems.items()), fields=problems)
    wanted = {(target.section, name): value for name, value in values.items()}
    return changing.propose_options(path=target.path, options=wanted, caller=caller, digest=digest, comment=comment)


def change(*, target: Target, values: Values, caller: Caller, digest: str | None = None, comment: str = "") -> Revision:
    """Propose and apply in one step, as scripts do. Raises ``ConfigInvalid`` with the findings when it will not do."""
    revision = propose(target=target, values=values, caller=caller, digest=digest, comment=comment)
    if revision.refused:
        raise changing.invalid(revision)
    return changing.apply(revision_id=revision.pk, caller=caller)


def _problems(target: Target, item: Item, values: Values) -> dict[str, str]:
    known = {option.name: option for option in target.options}
    found = {}
    for name, value in values.items():
        if name not in known:
            found[name[:80]] = "This option is not set by form: change its file."
        elif value is None:
            found[name] = _cannot_go(target, item, name)
        else:
            found[name] = options.problem(known[name], value)
    return {name: reason for name, reason in found.items() if reason}


def _cannot_go(target: Target, item: Item, name: str) -> str:
    """Only what stands in our overlay can be taken out of it."""
    found = (option for option in item.options if (option.section, option.name) == (target.section, name))
    places = next((option.places for option in found), ())
    if any(place.file == target.path and place.section == target.section for place in places):
        return ""
    where = f"{places[-1].file}, line {places[-1].line}" if places else "no file"
    return f"It is set in {where}, which BanGuard does not change: give another value instead."
