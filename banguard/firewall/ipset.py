"""The kernel's ``ipset``: best for lists of any size. A set of networks for each family, restored beside the one in
force and swapped with it; four rules of iptables that drop what is in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from banguard.core import packed
from banguard.core.errors import FirewallRefused
from banguard.core.networks import BITS
from banguard.core.packed import Packed
from banguard.firewall.programs import run
from banguard.firewall.values import MOST_ENTRIES, NAME, Found

HOOKS = ("INPUT", "FORWARD")
_PROGRAMS = {4: "iptables", 6: "ip6tables"}
_FAMILIES = {4: "inet", 6: "inet6"}
_WAIT = ("-w", "10")  # seconds for iptables' own lock
_ENTRIES = re.compile(r"^Name: (?P<name>\S+)$.*?^Number of entries: (?P<entries>\d+)$", re.MULTILINE | re.DOTALL)
_RULE = re.compile(
    r"^\[(?P<packets>\d+):(?P<octets>\d+)\] -A (?P<hook>INPUT|FORWARD) -m set --match-set (?P<name>\S+) src -j DROP$",
    re.MULTILINE,
)


class Ipset:
    name = "ipset"

    def try_out(self) -> None:
        """With a set of its own that is gone afterwards."""
        for version in BITS:
            probe = f"{NAME}-probe{version}"
            _restore([_create(probe, version, 0), f"flush {probe}\n"])
            try:
                self._ask_for_rule(version, probe)
            finally:
                run("ipset", "destroy", probe)

    def found(self) -> Found:
        names = {f"{NAME}{version}" for version in BITS} & set(run("ipset", "list", "-n").split())
        if not names:
            return Found(in_force=False)
        counts = {name: _count(name) for name in names}
        six = _rules(6)
        rules = [*_rules(4), *six]
        in_place = {(rule["hook"], rule["name"]) for rule in rules}
        return Found(
            in_force=in_place == {(hook, f"{NAME}{version}") for hook in HOOKS for version in BITS} and len(names) == 2,
            ipv4=counts.get(f"{NAME}4", 0),
            ipv6=counts.get(f"{NAME}6", 0),
            packets=sum(int(rule["packets"]) for rule in rules),
            octets=sum(int(rule["octets"]) for rule in rules),
            packets6=sum(int(rule["packets"]) for rule in six),
            octets6=sum(int(rule["octets"]) for rule in six),
        )

    def contents(self) -> Packed:
        there = run("ipset", "list", "-n").split()
        saved = (run("ipset", "save", f"{NAME}{version}") for version in BITS if f"{NAME}{version}" in there)
        return packed.pack_texts(
            line.split()[2] for text in saved for line in text.splitlines() if line.startswith("add ")
        )

    def rehearse(self, wanted: Packed) -> None:
        self._fill(wanted)
        self._drop_new()

    def replace(self, wanted: Packed) -> None:
        self._fill(wanted)
        there = run("ipset", "list", "-n").split()
        first = [_create(f"{NAME}{version}", version, 0) for version in BITS if f"{NAME}{version}" not in there]
        _restore([*first, *(f"swap {NAME}{version} {NAME}{version}-new\n" for version in BITS)])
        self._drop_new()
        self._lay_rules()

    def remove(self) -> None:
        there = set(run("ipset", "list", "-n").split())
        for version in BITS:
            for rule in _rules(version) if f"{NAME}{version}" in there else ():
                run(_PROGRAMS[version], *_WAIT, "-D", *_drop(rule["hook"], rule["name"]))
        ours = {f"{NAME}{version}{suffix}" for version in BITS for suffix in ("", "-new")}
        _restore([f"destroy {name}\n" for name in sorted(ours & there)])

    def _fill(self, wanted: Packed) -> None:
        """Both new sets beside those in force: what cannot be loaded is found out here, where it does no harm."""
        self._drop_new()
        for version in BITS:
            new = f"{NAME}{version}-new"
            _restore(_lines(new, wanted, version))
            if (held := _count(new)) != wanted.counts[version]:
                raise FirewallRefused(f"The set {new} holds {held} networks instead of {wanted.counts[version]}.")

    def _drop_new(self) -> None:
        there = run("ipset", "list", "-n").split()
        left = [f"{NAME}{version}-new" for version in BITS if f"{NAME}{version}-new" in there]
        _restore([f"destroy {name}\n" for name in left])

    def _lay_rules(self) -> None:
        for version in BITS:
            there = {(rule["hook"], rule["name"]) for rule in _rules(version)}
            for hook in HOOKS:
                if (hook, f"{NAME}{version}") not in there:
                    run(_PROGRAMS[version], *_WAIT, "-I", *_drop(hook, f"{NAME}{version}"))

    def _ask_for_rule(self, version: int, name: str) -> None:
        """A question after a rule that is not there, which the kernel can only answer where it knows such rules."""
        try:
            run(_PROGRAMS[version], *_WAIT, "-C", *_drop("INPUT", name))
        except FirewallRefused as error:
            if error.details.get("code") != 1:
                raise


def _restore(lines: list[str] | Iterator[str]) -> None:
    run("ipset", "restore", text=lines)


def _lines(name: str, wanted: Packed, version: int) -> Iterator[str]:
    yield _create(name, version, wanted.counts[version])
    yield from packed.orders(wanted.of(version), version, f"add {name}")


def _create(name: str, version: int, entries: int) -> str:
    # As many buckets as it will need: growing on the way costs half as much time again.
    buckets = max(1_024, 1 << (entries // 2).bit_length())
    return f"create {name} hash:net family {_FAMILIES[version]} hashsize {buckets} maxelem {MOST_ENTRIES}\n"


def _count(name: str) -> int:
    listed = _ENTRIES.search(run("ipset", "list", "-t", name))
    return int(listed["entries"]) if listed else 0


def _rules(version: int) -> list[re.Match[str]]:
    saved = run(f"{_PROGRAMS[version]}-save", "-c", "-t", "filter")
    return [rule for rule in _RULE.finditer(saved) if rule["name"] == f"{NAME}{version}"]


def _drop(hook: str, name: str) -> tuple[str, ...]:
    return hook, "-m", "set", "--match-set", name, "src", "-j", "DROP"
