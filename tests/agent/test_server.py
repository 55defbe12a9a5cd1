"""The agent's socket: who gets in, what it withstands, how it starts and stops."""

import json
import os
import socket
import stat
import threading
import time

import pytest
from structlog.testing import capture_logs

from banguard.agent import server as server_module
from banguard.agent.client import Agent
from banguard.agent.server import AgentServer
from banguard.agent.verbs import MAX_LINE
from banguard.core.errors import AgentUnreachable, Conflict, Fail2banUnreachable, Unavailable
from banguard.core.networks import parse_network

ONE = parse_network("192.0.2.1")


class Line:
    """A raw connection that sends bytes and reads lines."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.answers = connection.makefile("rb")

    def say(self, raw: bytes) -> dict:
        self.connection.sendall(raw)
        return self.heard()

    def heard(self) -> dict:
        return json.loads(self.answers.readline())


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
    assert "result" in line.say(STATUS + b"x\n")
    assert "error" in line.heard()


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
