"""The client against servers that misbehave, and what only a real one can show."""

import os
import pickle
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from banguard.core.errors import Fail2banRefused, Fail2banUnreachable, JailUnknown
from banguard.core.networks import parse_network
from banguard.fail2ban import protocol
from banguard.fail2ban.client import Fail2ban
from banguard.fail2ban.connection import Connection

ONE = parse_network("192.0.2.1")


@pytest.fixture
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="f2b", dir="/tmp") as folder:
        yield Path(folder) / "s"


@contextmanager
def answering(path: Path, *pieces: bytes, hang: bool = False) -> Iterator[Fail2ban]:
    """A server that takes one connection and sends ``pieces``, whatever it is asked."""
    done = threading.Event()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, suppress(BrokenPipeError):
                connection.recv(65536)
                for piece in pieces:
                    connection.sendall(piece)
                    time.sleep(0.01)
                if hang:
                    done.wait(60)

        thread = threading.Thread(target=serve)
        thread.start()
        yield Fail2ban(path, timeout=0.5)
        done.set()
        thread.join()


def test_a_reply_may_come_in_pieces(place):
    reply = pickle.dumps((0, "pong"), 5) + protocol.END
    with answering(place, *(reply[at : at + 5] for at in range(0, len(reply), 5))) as client:
        client.ping()


def test_it_says_that_there_is_no_socket(place):
    with pytest.raises(Fail2banUnreachable) as caught:
        Fail2ban(place).ping()
    assert caught.value.details["reason"] == "no such socket"


def test_it_says_that_nobody_listens(place):
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(place))
    with pytest.raises(Fail2banUnreachable) as caught:
        Fail2ban(place).ping()
    assert caught.value.details["reason"] == "connection refused"


def test_it_gives_up_on_a_server_that_is_silent(place):
    started = time.monotonic()
    with answering(place, b"half a rep", hang=True) as client, pytest.raises(Fail2banUnreachable) as caught:
        client.ping()
    assert caught.value.details["reason"] == "timed out"
    assert time.monotonic() - started < 30


def test_a_reply_that_drips_does_not_outlive_the_deadline(place):
    started = time.monotonic()
    with answering(place, *[b"x"] * 100, hang=True) as client, pytest.raises(Fail2banUnreachable):
        client.ping()
    assert time.monotonic() - started < 30


def test_it_says_that_the_server_hung_up(place):
    with answering(place, b"half a rep") as client, pytest.raises(Fail2banUnreachable) as caught:
        client.ping()
    assert caught.value.details["reason"] == "connection closed"


def test_it_stops_reading_a_reply_without_end(place, monkeypatch):
    monkeypatch.setattr(protocol, "MAX_REPLY", 1000)
    with answering(place, b"x" * 5000, hang=True) as client, pytest.raises(Fail2banRefused, match="too long"):
        client.ping()


@pytest.mark.parametrize("value", [5, None, "text", [["a"]], (1, 2), [("Jail list", 5)]])
def test_a_status_of_another_shape_is_refused(place, value):
    with answering(place, pickle.dumps((0, value)) + protocol.END) as client, pytest.raises(Fail2banRefused):
        client.jail_names()


def test_it_waits_for_its_turn_when_the_queue_is_full(place):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place))
        listener.listen(0)
        with socket.socket(socket.AF_UNIX) as waiting:
            waiting.connect(str(place))
            with pytest.raises(Fail2banUnreachable, match="timed out"):
                Fail2ban(place, timeout=0.2).ping()


@pytest.mark.parametrize(
    "jail", ["dbpurgeage", "logtarget", "loglevel", "thread", "--all", "", "a b", "a/b", "x" * 65, "<F2B_END_COMMAND>"]
)
def test_it_never_uses_a_name_that_the_server_takes_for_something_else(real, jail):
    for call in (lambda: real.client.ban(jail, [ONE]), lambda: real.client.state(jail)):
        with pytest.raises(JailUnknown):
            call()


def test_the_log_bans_and_the_client_sees_it(real):
    real.attack("192.0.2.77", times=2)
    until = time.monotonic() + 15
    while "192.0.2.77" not in real.client.banned("lab"):
        assert time.monotonic() < until
        time.sleep(0.1)
    assert real.client.state("lab").failed_total >= 2


def test_a_refusal_of_the_real_server_carries_its_words(real):
    with Connection(real.socket_path, timeout=30) as server, pytest.raises(Fail2banRefused, match="Invalid command"):
        server.ask("get", "lab", "nonsense")


def test_an_id_that_is_no_address_does_not_hide_the_others(real):
    with Connection(real.socket_path, timeout=30) as server:
        server.ask("set", "lab", "banip", "1.2.3.4; rm -rf", "192.0.2.1")
    assert set(real.client.banned("lab")) == {"1.2.3.4; rm -rf", "192.0.2.1"}


def test_it_leaves_no_connection_open(real):
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(50):
        real.client.ping()
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_user_without_privileges_cannot_open_the_socket(real):
    code = f"import socket; socket.socket(socket.AF_UNIX).connect({str(real.socket_path)!r})"
    real.folder.chmod(0o755)
    done = subprocess.run(["/usr/bin/python3", "-c", code], user="nobody", capture_output=True, cwd="/", check=False)
    assert b"PermissionError" in done.stderr
