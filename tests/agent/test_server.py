"""The agent's socket: who gets in, what it withstands, how it starts and stops."""

import grp
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from dataclasses import dataclass

import pytest
from structlog.testing import capture_logs

from banguard.agent import server as server_module
from banguard.agent.client import Agent
from banguard.agent.server import AgentServer
from banguard.agent.verbs import MAX_LINE
from banguard.core.errors import AgentUnreachable, Conflict, Fail2banUnreachable, Unavailable
from banguard.core.networks import parse_network

ONE = parse_network("192.0.2.1")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@dataclass
class Line:
    """A raw connection that sends bytes and reads lines."""

    connection: socket.socket

    def say(self, raw: bytes) -> dict:
        self.connection.sendall(raw)
        return self.heard()

    def heard(self) -> dict:
        received = b""
        while not received.endswith(b"\n"):
            piece = self.connection.recv(65536)
            assert piece, received
            received += piece
        return json.loads(received)


@pytest.fixture
def line(start):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(start()))
        yield Line(connection)


STATUS = b'{"verb":"status"}\n'


@pytest.mark.parametrize(
    "raw",
    [
        b"\n",
        b"garbage\n",
        b"\xff\x00\xfe\n",
        b"[]\n",
        b'"status"\n',
        b"{}\n",
        b'{"verb":5}\n',
        b'{"verb":"shell","arguments":{}}\n',
        b'{"verb":"__class__"}\n',
        b'{"verb":"status","arguments":[]}\n',
        b'{"verb":"status","arguments":{"more":1}}\n',
        b'{"verb":"status","more":1}\n',
        b'{"verb":"ban","arguments":{"jail":"sshd"}}\n',
        b'{"verb":"ban","arguments":{"jail":"sshd","addresses":"1.2.3.4"}}\n',
        b'{"verb":"ban","arguments":{"jail":"sshd","addresses":["1.2.3.4; rm -rf"]}}\n',
        b'{"verb":"ban","arguments":{"jail":"sshd","addresses":["fe80::1%eth0"]}}\n',
        b'{"verb":"ban","arguments":{"jail":"sshd","addresses":["1.2.3.4<F2B_END_COMMAND>"]}}\n',
        b'{"verb":"ban","arguments":{"jail":"sshd","addresses":[16909060]}}\n',
        b'{"verb":"ban","arguments":{"jail":"<F2B_END_COMMAND>","addresses":[]}}\n',
        b'{"verb":"banned","arguments":{"jail":"../../etc/passwd"}}\n',
        b'{"verb":"bans_since","arguments":{"rowid":-1,"since":0}}\n',
        b'{"verb":"bans_since","arguments":{"rowid":0,"since":0,"limit":1000000}}\n',
        b'{"verb":' * 20_000 + b"\n",
        b"[" * 200_000 + b"\n",
    ],
)
def test_what_is_no_request_is_refused_and_the_next_one_served(line, raw):
    assert line.say(raw)["error"]["code"] == "invalid_input"
    assert line.say(STATUS)["result"]["version"] == "1.0.2"


def test_a_huge_line_is_thrown_away_and_the_next_one_served(line):
    for _ in range(40):
        line.connection.sendall(b"x" * (MAX_LINE // 32))
    assert line.say(b"\n")["error"]["code"] == "invalid_input"
    assert "result" in line.say(STATUS)


def test_too_many_addresses_are_refused(line):
    request = {"verb": "ban", "arguments": {"jail": "sshd", "addresses": ["192.0.2.1"] * 10_001}}
    assert line.say(json.dumps(request).encode() + b"\n")["error"]["code"] == "invalid_input"


def test_a_request_may_come_in_pieces_and_several_in_one(line):
    line.connection.sendall(STATUS[:5])
    time.sleep(0.05)
    assert "result" in line.say(STATUS[5:])
    answers = line.say(STATUS + b"x\n")
    assert "result" in answers


def test_half_a_request_is_not_carried_out(start, stand_in):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(start()))
        connection.sendall(b'{"verb":"ban","arguments":{"jail":"sshd","addresses":["192.0.2.1"]}}')
    time.sleep(0.1)
    assert stand_in.fail2ban.banned("sshd") == ()


def test_an_error_of_fail2ban_keeps_its_class_and_details(agent, stand_in):
    stand_in.fail2ban.running = False
    with pytest.raises(Fail2banUnreachable) as caught:
        agent.status()
    assert caught.value.details == {"reason": "no such socket"}


def test_a_call_that_breaks_does_not_end_the_agent(start):
    def broken():
        raise RuntimeError("a secret of the inside")

    with capture_logs() as lines:
        agent = Agent(start(read_machine=broken))
        with pytest.raises(Exception, match="its log says why") as caught:
            agent.machine()
        assert caught.value.code == "internal_error"
        assert agent.status().version == "1.0.2"
    assert "call_broke" in [line["event"] for line in lines]


def test_each_call_is_one_line_with_lists_by_their_length(agent):
    with capture_logs() as lines:
        agent.ban("sshd", [ONE, parse_network("192.0.2.2")])
        with pytest.raises(Exception, match="nosuch"):
            agent.banned("nosuch")
        time.sleep(0.05)
    first, second = (line for line in lines if line["event"] == "call")
    assert (first["verb"], first["jail"], first["addresses"], first["outcome"]) == ("ban", "sshd", 2, "ok")
    assert (first["uid"], first["pid"]) == (os.getuid(), os.getpid())
    assert first["milliseconds"] >= 0
    assert second["outcome"] == "jail_unknown"
    assert "192.0.2.1" not in str(lines)


def test_only_so_many_connections_are_served(start):
    path = start(max_connections=2)
    waiting = [socket.socket(socket.AF_UNIX) for _ in range(2)]
    for connection in waiting:
        connection.connect(str(path))
        assert "result" in Line(connection).say(STATUS)
    with pytest.raises(Unavailable, match="too many connections"):
        Agent(path).status()
    for connection in waiting:
        connection.close()
    time.sleep(0.1)
    assert Agent(path).status().version == "1.0.2"


def test_a_connection_that_is_silent_is_closed(start, monkeypatch):
    monkeypatch.setattr(server_module, "IDLE_SECONDS", 0.1)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(start()))
        connection.settimeout(5)
        assert connection.recv(1) == b""


def test_many_threads_may_call_at_once(agent):
    def ban(number: int) -> None:
        agent.ban("sshd", [parse_network(f"192.0.2.{number}")])

    threads = [threading.Thread(target=ban, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(agent.banned("sshd").addresses) == 40


def test_the_socket_is_for_its_owner_and_its_group(start):
    about = start().stat()
    assert stat.S_IMODE(about.st_mode) == 0o660


def test_a_socket_that_a_crash_left_behind_is_replaced(folder, start):
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(folder / "a.sock"))
    assert Agent(start()).status()


def test_a_second_agent_is_refused_and_the_first_goes_on(agent, folder, stand_in):
    with pytest.raises(Conflict, match="already"):
        AgentServer(folder / "a.sock", stand_in.guarded)
    assert agent.status()


def test_a_file_in_the_way_is_left_alone(folder, stand_in):
    (folder / "a.sock").write_text("precious")
    with pytest.raises(Conflict, match="not a socket"):
        AgentServer(folder / "a.sock", stand_in.guarded)
    assert (folder / "a.sock").read_text() == "precious"


# As another user: the system's own Python, since ours may lie where that user cannot go.
CALL = """
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
try:
    s.sendall(b'{"verb":"status"}\\n')
except BrokenPipeError:
    pass  # turned away already; the answer says why
print(s.makefile().readline())
"""


def as_nobody(path, *groups: int) -> subprocess.CompletedProcess[str]:
    order = ["/usr/bin/python3", "-c", CALL, str(path)]
    nobody = grp.getgrnam("nogroup").gr_gid
    return subprocess.run(
        order, user="nobody", group=nobody, extra_groups=groups, capture_output=True, text=True, cwd="/", check=False
    )


@needs_root
def test_a_member_of_the_group_may_call(start):
    path = start(group=54321)
    assert path.stat().st_gid == 54321
    assert '"result"' in as_nobody(path, 54321).stdout


@needs_root
def test_a_stranger_cannot_open_the_socket(start):
    assert "PermissionError" in as_nobody(start(group=54321)).stderr


@needs_root
def test_a_stranger_who_can_open_the_socket_is_still_refused(start):
    path = start(group=54321)
    path.chmod(0o666)
    assert '"forbidden"' in as_nobody(path, 54320).stdout


@needs_root
def test_a_user_without_privileges_has_the_agent_but_not_fail2ban(real_fail2ban, real_agent, folder):
    os.chown(folder / "a.sock", -1, grp.getgrnam("nogroup").gr_gid)
    real_fail2ban.folder.chmod(0o755)
    assert "PermissionError" in as_nobody(real_fail2ban.socket_path).stderr
    with Restarted(folder / "b.sock", real_fail2ban) as path:
        assert '"result"' in as_nobody(path).stdout


class Restarted:
    """``python -m banguard.agent`` as a process of its own."""

    def __init__(self, path, fail2ban=None, group="nogroup"):
        self.path = path
        found = {"PATH": os.environ["PATH"], "BANGUARD_AGENT_SOCKET": str(path), "BANGUARD_AGENT_GROUP": group}
        if fail2ban:
            found["BANGUARD_FAIL2BAN_SOCKET"] = str(fail2ban.socket_path)
        self.variables = found

    def run(self) -> subprocess.Popen[str]:
        order = [sys.executable, "-m", "banguard.agent"]
        return subprocess.Popen(
            order, env=self.variables, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )  # fmt: skip

    def __enter__(self):
        self.process = self.run()
        until = time.monotonic() + 15
        while not self.path.exists() and time.monotonic() < until:
            time.sleep(0.02)
        return self.path

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=15)


@needs_root
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly(folder, number):
    agent = Restarted(folder / "made" / "a.sock")
    with agent as path:
        time.sleep(0.2)
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o755
        with socket.socket(socket.AF_UNIX) as idle:
            idle.connect(str(path))
            assert "error" in Line(idle).say(STATUS)
            started = time.monotonic()
            agent.process.send_signal(number)
            output, _ = agent.process.communicate(timeout=15)
        assert agent.process.returncode == 0
        assert time.monotonic() - started < 3
        assert not path.exists()
        assert [json.loads(line)["event"] for line in output.splitlines()] == ["listening", "call", "stopped"]


@needs_root
def test_it_does_not_start_with_a_group_that_is_not_there(folder):
    process = Restarted(folder / "a.sock", group="nosuchgroup").run()
    _, errors = process.communicate(timeout=15)
    assert process.returncode == 1
    assert "BANGUARD_AGENT_GROUP" in errors


def test_a_call_under_way_is_answered_when_the_agent_stops(start, folder, stand_in):
    begun = threading.Event()

    def slow():
        begun.set()
        time.sleep(0.3)
        return stand_in.surroundings

    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(str(start(read_machine=slow)))
        connection.sendall(b'{"verb":"machine"}\n')
        begun.wait(5)
        with pytest.raises(Conflict):
            AgentServer(folder / "a.sock", stand_in.guarded)
        assert "result" in Line(connection).heard()
    with pytest.raises(AgentUnreachable):
        Agent(folder / "b.sock").status()
