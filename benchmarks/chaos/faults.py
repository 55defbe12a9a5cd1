"""What goes wrong. Each fault happens to whoever holds the lock, and is over when its function returns."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

from benchmarks.chaos.cluster import FAST, IMMEDIATE
from benchmarks.chaos.world import World


def kill(world: World) -> None:
    """The process dies, without a last word."""
    world.crew.kill(world.holder().hand)


def stop(world: World) -> None:
    """The process sleeps longer than the deadline, wherever it is, and wakes again."""
    hand = world.holder().hand
    hand.send(signal.SIGSTOP)
    try:
        time.sleep(world.deadline * world.chance.uniform(1.5, 3))
    finally:
        hand.send(signal.SIGCONT)


def end_session(world: World) -> None:
    """PostgreSQL ends the session that the lock lives on."""
    world.server.ask("SELECT pg_terminate_backend(%s)", world.holder().session)


def restart(world: World) -> None:
    """PostgreSQL is restarted in good order."""
    world.server.stop(FAST)
    world.server.start()


def crash(world: World) -> None:
    """PostgreSQL stops dead, forgets what it has not written out, and recovers; often just after a taking."""
    if world.chance.random() < 0.5:
        world.holder_after(world.holder().token)
    world.server.stop(IMMEDIATE)
    world.server.start()


def cut(world: World) -> None:
    """The network swallows all that the lock's session says and hears, for less or more than the deadline."""
    proxy = world.holder().hand.proxy
    world.proxies.cut(proxy)
    try:
        time.sleep(world.deadline * world.chance.uniform(0.3, 3))
    finally:
        world.proxies.restore(proxy)


def move_clock(world: World) -> None:
    """The process's wall clock jumps by hours, to either side."""
    world.crew.move_clock(world.holder().hand, world.chance.uniform(-72, 72))


FAULTS: dict[str, Callable[[World], None]] = {
    "kill": kill,
    "stop": stop,
    "end session": end_session,
    "restart": restart,
    "crash": crash,
    "cut": cut,
    "move clock": move_clock,
}
