"""Jails as the API gives them."""

from __future__ import annotations

from ninja import Schema

from banguard.agent.verbs import Jail


class JailStateOut(Schema):
    failed_current: int
    failed_total: int
    banned_current: int
    banned_total: int
    ban_time: int
    find_time: int
    max_retries: int


class JailOut(Schema):
    """A jail. ``running`` is whether the server has it; ``state`` is then what it does now, in seconds.

    ``ban_time``, ``find_time`` and ``max_retries`` are as the configuration spells them; ``files`` are those
    that define the jail, in the order they are read, within the configuration folder.
    """

    name: str
    enabled: bool
    running: bool
    state: JailStateOut | None
    filter: str
    backend: str
    ban_time: str
    find_time: str
    max_retries: str
    log_paths: list[str]
    actions: list[str]
    files: list[str]

    @staticmethod
    def resolve_running(jail: Jail) -> bool:
        return jail.state is not None
