"""The agent's socket: who may call, how many at once, and one log line for each call."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import threading
import time
from pathlib import Path

import structlog

from banguard.agent import calls
from banguard.agent.guarded import Guarded
from banguard.agent.handlers import HANDLERS
from banguard.agent.lines import Lines, LineTooLong
from banguard.agent.peers import Peer, peer_of
from banguard.agent.verbs import LOOKS, MAX_LINE, Message
from banguard.core.errors import BanGuardError, Conflict, Forbidden, Unavailable
from banguard.fail2ban import sockets

MAX_CONNECTIONS = 64
IDLE_SECONDS = 60.0  # then a connection is closed, so that forgotten ones do not use them up
GRACE_SECONDS = 10.0  # for the calls that are under way when the agent stops
_BACKLOG = 128

log = structlog.get_logger("banguard.agent")


class AgentServer:
    """Listens from the moment it is made; ``serve`` returns after ``stop``, which any thread may call.

    ``group`` is the id of the group that may call besides root. Raises ``Conflict`` if another agent
    listens there or the path is something else than a socket, and ``OSError``.
    """

    def __init__(
        self, path: Path, guarded: Guarded, *, group: int | None = None, max_connections: int = MAX_CONNECTIONS
    ) -> None:
        self._path = path
        self._guarded = guarded
        self._places = threading.BoundedSemaphore(max_connections)
        self._stopping = threading.Event()
        self._threads: dict[threading.Thread, socket.socket] = {}
        self._threads_lock = threading.Lock()
        self._listener = _listener(path, group)
        about = path.stat()
        self._group, self._inode = about.st_gid, about.st_ino

    def serve(self) -> None:
        log.info("listening", socket=str(self._path), group=self._group)
        try:
            while not self._stopping.is_set():
                self._accept()
        finally:
            self._finish()

    def stop(self) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the accept that serve() waits in

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError as error:
            if not self._stopping.is_set():
                log.error("accept_failed", reason=str(error))
                time.sleep(0.1)  # out of file descriptors, most likely: some call will end
            return
        thread = threading.Thread(target=self._receive, args=(connection,), daemon=True)
        with self._threads_lock:
            self._threads[thread] = connection
        thread.start()

    def _receive(self, connection: socket.socket) -> None:
        try:
            with connection:
                connection.settimeout(IDLE_SECONDS)
                self._admit(connection)
        except OSError as error:
            log.info("connection_ended", reason=sockets.reason_of(error))
        finally:
            with self._threads_lock:
                self._threads.pop(threading.current_thread(), None)

    def _admit(self, connection: socket.socket) -> None:
        peer = peer_of(connection)
        if not peer.may_call(self._group):
            log.warning("refused", uid=peer.uid, pid=peer.pid)
            connection.sendall(calls.error_line(Forbidden("You may not call the agent.", uid=peer.uid)))
            return
        if not self._places.acquire(blocking=False):
            log.warning("full", uid=peer.uid, pid=peer.pid)
            connection.sendall(calls.error_line(Unavailable("The agent has too many connections.")))
            return
        try:
            self._converse(connection, peer)
        finally:
            self._places.release()

    def _converse(self, connection: socket.socket, peer: Peer) -> None:
        lines = Lines(connection, limit=MAX_LINE)
        while not self._stopping.is_set():
            try:
                line = lines.next()
            except LineTooLong:
                line = b""  # answered like any other line that is no request
            if line is None:
                return
            connection.sendall(_answer(line, self._guarded, peer))

    def _finish(self) -> None:
        self._listener.close()
        with contextlib.suppress(OSError):
            if self._path.stat().st_ino == self._inode:  # unless another agent has taken its place
                self._path.unlink()
        with self._threads_lock:
            threads = dict(self._threads)
        for connection in threads.values():
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RD)  # no more requests, but the answer still goes out
        until = time.monotonic() + GRACE_SECONDS
        for thread in threads:
            thread.join(timeout=max(0.0, until - time.monotonic()))
        log.info("stopped", unfinished=sum(thread.is_alive() for thread in threads))


def _answer(line: bytes, guarded: Guarded, peer: Peer) -> bytes:
    """One call, answered and logged. Whatever goes wrong in it, the agent lives on."""
    started = time.monotonic()
    told = log.bind(uid=peer.uid, pid=peer.pid)
    outcome = "ok"
    try:
        call = calls.read_request(line)
        told = told.bind(verb=call.verb, **_in_short(call.arguments))
        result = HANDLERS[call.verb](guarded, call.arguments)
        told = told.bind(**_in_short(result))
        answer = calls.result_line(result)
    except BanGuardError as error:
        outcome, answer = error.code, calls.error_line(error)
    except Exception:  # noqa: BLE001 - the door of a process: a fault in one call must not end the others
        told.exception("call_broke")
        outcome, answer = BanGuardError.code, calls.error_line(BanGuardError("The agent failed; its log says why."))
    # The collector looks every second; a look that went well is worth a line only to somebody who debugs.
    tell = told.debug if outcome == "ok" and call.verb in LOOKS else told.info
    tell("call", outcome=outcome, milliseconds=round((time.monotonic() - started) * 1000, 1))
    return answer


def _in_short(message: Message) -> dict[str, object]:
    """The fields for the log: of a list only its length."""
    return {
        name: len(value) if isinstance(value, tuple) else value
        for name, value in message
        if isinstance(value, tuple | str | int | None)
    }


def _listener(path: Path, group: int | None) -> socket.socket:
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    _clear_the_way(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # Nobody can connect before listen(), so there is no moment with the wrong owner or mode.
        listener.bind(str(path))
        if group is not None:
            os.chown(path, -1, group)
        path.chmod(0o660)
        listener.listen(_BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def _clear_the_way(path: Path) -> None:
    """Remove a socket that a crash left behind, and nothing else."""
    try:
        kind = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(kind):
        raise Conflict(f"{path} is there and is not a socket.", path=str(path))
    try:
        sockets.connect(path, deadline=time.monotonic() + 1).close()
    except ConnectionRefusedError:
        path.unlink()
    else:
        raise Conflict(f"An agent listens on {path} already.", path=str(path))
