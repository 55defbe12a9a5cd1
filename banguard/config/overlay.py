"""The overlay that holds ignored addresses: which lines make the files say what was wished."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from banguard.agent.config_verbs import Item
from banguard.config.values import Wish
from banguard.core.networks import text_of

IGNORED = "jail.d/zzz-banguard-ignored.local"  # read after the overlay that forms write
DEFAULT = "DEFAULT"
HEAD = """# Written by BanGuard: addresses that no jail bans by itself. Changes here are undone; use its page.
# Each line begins with what the files before this one say, since Fail2ban cannot add to a list.
"""


@dataclass(frozen=True)
class Base:
    """What the files before ours say that a jail ignores, as it is written: by default, and in its own section."""

    default: str | None
    own: str | None


def base_of(item: Item) -> Base:
    places = next((option.places for option in item.options if option.name == "ignoreip"), ())
    written: dict[str, str] = {}
    for place in (one for one in places if one.file != IGNORED):
        # In our file it would refer to itself.
        known = written.get(place.section, written.get(DEFAULT, ""))
        written[place.section] = place.written.replace("%(known/ignoreip)s", known)
    return Base(written.get(DEFAULT), written.get(item.name))


def text(wishes: Iterable[Wish], bases: Mapping[str, Base]) -> bytes | None:
    """The file; None when it has nothing to say. ``bases``: of every jail that may run, by name."""
    by_jail: dict[str, list[str]] = {}
    for wish in sorted(wishes, key=lambda one: (one.jail, one.network.version, one.network)):
        by_jail.setdefault(wish.jail, []).append(text_of(wish.network))
    sections = list(_sections(by_jail, bases))
    return (HEAD + "".join(sections)).encode() if sections else None


def _sections(by_jail: Mapping[str, list[str]], bases: Mapping[str, Base]) -> Iterator[str]:
    everywhere = by_jail.get("", [])
    default = next((base.default for base in bases.values() if base.default), None)
    if everywhere:
        yield _section(DEFAULT, default, everywhere)
    for jail, base in sorted(bases.items()):
        own = by_jail.get(jail, [])
        if own or (everywhere and base.own is not None):
            yield _section(jail, base.own if base.own is not None else default, [*everywhere, *own])


def _section(name: str, base: str | None, addresses: list[str]) -> str:
    words = [*(base or "").split(), *dict.fromkeys(addresses)]
    return f"\n[{name}]\nignoreip = {' '.join(words)}\n"
