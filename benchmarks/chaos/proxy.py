"""Networks that die without a word: proxies on loopback that swallow what passes, and close nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
_LOOPBACK = "127.0.0.1"


class Proxy:
    """Carries connections from ``port`` to ``target``, a port on loopback too or a socket's path.

    ``round_trips``: how often a client has spoken and the server has answered since.
    """

    def __init__(self, target: int | Path) -> None:
        self.port, self.round_trips = 0, 0
        self.whole = asyncio.Event()
        self.whole.set()
        self._target, self._asked = target, False

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._carry, _LOOPBACK, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        self._server.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            onward, back = await self._reach()
        except OSError:  # PostgreSQL is being restarted
            writer.close()
            return
        try:
            await asyncio.gather(self._pump(reader, back, asks=True), self._pump(onward, writer, asks=False))
        except asyncio.CancelledError:
            pass  # all is being taken down
        finally:
            writer.close()
            back.close()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._target, Path):
            return await asyncio.open_unix_connection(self._target)
        return await asyncio.open_connection(_LOOPBACK, self._target)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, asks: bool) -> None:
        with suppress(OSError):
            while chunk := await source.read(1 << 16):
                self._count(asks=asks)
                if self.whole.is_set():
                    sink.write(chunk)
                    await sink.drain()
        await self.whole.wait()  # nobody hears through a cut line that the other end has hung up
        sink.close()

    def _count(self, *, asks: bool) -> None:
        self.round_trips += self._asked and not asks
        self._asked = asks


class Proxies:
    """Runs proxies on a thread of its own, until ``close``."""

    def __init__(self, target: int | Path) -> None:
        self._target = target
        self._opened: list[Proxy] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxies", daemon=True)
        self._thread.start()

    def open(self) -> Proxy:
        return self._run(self._open())

    def cut(self, proxy: Proxy) -> None:
        self._loop.call_soon_threadsafe(proxy.whole.clear)

    def restore(self, proxy: Proxy) -> None:
        self._loop.call_soon_threadsafe(proxy.whole.set)

    def close(self) -> None:
        self._run(self._end_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _open(self) -> Proxy:
        proxy = Proxy(self._target)
        await proxy.open()
        self._opened.append(proxy)
        return proxy

    async def _end_all(self) -> None:
        for proxy in self._opened:
            proxy.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0.05)  # in which the loop itself closes what was told to close

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)
