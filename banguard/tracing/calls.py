"""A span for each call of the agent: its verb, and never what it is asked for."""

from __future__ import annotations

from contextlib import AbstractContextManager

from banguard.tracing.within import within


def traced(verb: str) -> AbstractContextManager[None]:
    return within(f"agent {verb}", {"rpc.system.name": "banguard.agent", "rpc.method": verb})
