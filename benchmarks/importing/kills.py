"""Imports whose worker is killed anywhere, and after each the question: does the next one end exactly as wanted?"""

from __future__ import annotations

import multiprocessing
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any

from django.db import connections

from banguard.agent.verbs import BLOCKLIST_JAIL
from banguard.blocklists import enforce_kernel, merge, parse, selectors
from banguard.blocklists.models import Run, Source
from banguard.blocklists.services import imports
from banguard.blocklists.values import UNFINISHED, Enforcement, State
from banguard.blocklists.wanted import never
from banguard.core import networks, ranges
from banguard.core.errors import LockBusy
from banguard.core.ranges import Ranges
from banguard.servers import services as servers
from benchmarks.importing import feed

OTHERS = 0.5  # of the lines are others each time, so that as many come as go
JAIL_ROW = 8  # neighbours together, so that 100,000 lines are some 40,000 networks: a jail may hold 50,000
PATIENCE = 30.0  # seconds in which a killed worker's lock must be free
FORK = multiprocessing.get_context("fork")


def campaign(source_id: int, path: Path, entries: int, count: int, seed: int) -> dict[str, Any]:
    """``count`` imports by a process that dies, and after each another one that is left to end."""
    chance = random.Random(f"{seed} {source_id}")  # noqa: S311 - to be repeated
    row = JAIL_ROW if Source.objects.get(pk=source_id).enforcement == Enforcement.JAIL else 1
    lines = feed.synthetic(entries, chance.getrandbits(32), row)
    feed.write(path, lines)
    took, faults = _ended(source_id, path)
    whole, stages, late = [took], Counter[str](), 0
    while stages.total() < count:
        lines = feed.changed(lines, OTHERS, chance.getrandbits(32), row)
        feed.write(path, lines)
        stage = _killed(source_id, chance.uniform(0, statistics.median(whole)))
        took, wrong = _ended(source_id, path)
        faults += [f"kill {stages.total() + 1} ({stage}): {one}" for one in wrong]
        if stage:
            stages[stage] += 1
        else:  # it had ended by then
            late += 1
            whole.append(took)
    return {
        "networks": Run.objects.filter(source=source_id).latest("pk").entries_merged,
        "kills": stages.total(),
        "late": late,
        "stages": dict(stages),
        "wrong": faults,
        "seconds": max(whole),
    }


def _killed(source_id: int, after: float) -> str:
    """The stage in which it was; empty if it had ended before."""
    process = _forked(_import, source_id)
    process.join(after)
    process.kill()
    process.join()
    answers, answer = FORK.Pipe(duplex=False)
    look = _forked(_stage, source_id, answer)
    answer.close()
    stage = str(answers.recv())
    look.join()
    return stage


def _ended(source_id: int, path: Path) -> tuple[float, list[str]]:
    """How many seconds the next import took, and what is not as it should be."""
    answers, answer = FORK.Pipe(duplex=False)
    process = _forked(_converge, source_id, path, answer)
    answer.close()  # so that one who dies without an answer is not waited for
    found: tuple[float, list[str]] = (0.0, ["the next import did not end"])
    with suppress(EOFError):
        if answers.poll(600):
            found = answers.recv()
    process.kill()
    process.join()
    return found


def _forked(work: Callable[..., None], *arguments: object) -> ForkProcess:
    """A worker's child, as django-q2 makes one: everything is loaded, and no connection is inherited."""
    connections.close_all()
    process = FORK.Process(target=work, args=arguments)
    process.start()
    return process


def _import(source_id: int) -> None:
    imports.import_now(source_id=source_id, asked_by="a benchmark")


def _stage(source_id: int, answer: Connection) -> None:
    run = Run.objects.filter(source=source_id).order_by("-pk").first()
    unfinished = run is not None and run.state in UNFINISHED
    answer.send((run.stage or run.state) if run and unfinished else "")


def _converge(source_id: int, path: Path, answer: Connection) -> None:
    begun = time.monotonic()
    for left in Run.objects.filter(source=source_id, state=State.QUEUED):
        imports.run_import(run_id=left.pk)  # as the queue delivers again what nobody had begun
    while True:
        try:
            run = imports.import_now(source_id=source_id, asked_by="a benchmark")
            break
        except LockBusy:
            if time.monotonic() - begun > PATIENCE:
                answer.send((0.0, ["the killed worker's lock is not free"]))
                return
            time.sleep(0.05)
    took = time.monotonic() - begun
    answer.send((took, _faults(run, path)))


def _faults(run: Run, path: Path) -> list[str]:
    source = run.source
    found = merge.merge(parse.parse(path).ranges, never=Ranges()).networks
    asked = ranges.split(ranges.subtract(ranges.union(found), never(server=servers.local())))
    faults = {
        f"the import ended as {run.state}: {run.error}": run.state not in {State.SUCCEEDED, State.UNCHANGED},
        "the database holds something else": selectors.held_by(source_id=source.pk) != found,
        "a run is left unfinished": Run.objects.filter(state__in=UNFINISHED).exists(),
        f"the {source.enforcement} holds something else": not _enforces(source, asked),
    }
    return [fault for fault, true in faults.items() if true]


def _enforces(source: Source, asked: Ranges) -> bool:
    """Whether jail or kernel, read through, holds exactly what is asked."""
    agent = servers.agent_of(server=servers.local())
    if source.enforcement == Enforcement.KERNEL:
        return agent.kernel(exact=True).digest == enforce_kernel.pack(asked).digest
    held = {networks.text_of(network) for network in agent.banned(jail=BLOCKLIST_JAIL).addresses}
    return held == set(ranges.texts(asked))
