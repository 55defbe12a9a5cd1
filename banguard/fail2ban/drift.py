"""In what the server that runs is not what its files say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from banguard.fail2ban.resolution import Expected, Resolution
from banguard.fail2ban.values import BLOCKLIST_JAIL, JailState

Workings = Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Difference:
    jail: str
    what: str
    files: str
    server: str


def differences(files: Resolution, states: tuple[JailState, ...], workings: Workings) -> Iterator[Difference]:
    """What cannot be read from the files is no difference: their faults are told elsewhere."""
    running = {state.name: state for state in states}
    faulty = {finding.jail for finding in files.errors}
    if None in faulty and not files.stream:
        return
    wanted = files.expected.keys()
    for jail in sorted({*wanted, *running} - {BLOCKLIST_JAIL}):
        if jail not in running:
            yield Difference(jail, "state", "enabled", "not running")
        elif jail not in wanted:
            yield Difference(jail, "state", "not enabled" if jail not in faulty else "faulty", "running")
        else:
            yield from _of_jail(jail, files.expected[jail], running[jail], workings.get(jail))


def _of_jail(
    jail: str, files: Expected, state: JailState, working: tuple[tuple[str, ...], tuple[str, ...]] | None
) -> Iterator[Difference]:
    pairs = [
        ("bantime", files.ban_time, state.ban_time),
        ("findtime", files.find_time, state.find_time),
        ("maxretry", files.max_retries, state.max_retries),
    ]
    if working is not None:
        pairs.append(("action", sorted(files.actions), sorted(working[1])))  # type: ignore[arg-type]
    for what, in_files, in_server in pairs:
        if in_files != in_server:
            yield Difference(jail, what, _text(in_files), _text(in_server))


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
