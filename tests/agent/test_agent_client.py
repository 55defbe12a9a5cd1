"""The client of the agent against sockets that misbehave."""

import socket
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from banguard.agent import client
from banguard.agent.client import Agent
from banguard.core.errors import AgentUnreachable, BanGuardError, FeedTooLarge
from banguard.core.networks import parse_network


@contextmanager
def answering(path, answer: bytes, *, hang: bool = False):
    done = threading.Event()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                connection.recv(65536)
                connection.sendall(answer)
                if hang:
                    done.wait(60)

        thread = threading.Thread(target=serve)
        thread.start()
        yield Agent(path, timeout=0.5)
        done.set()
        thread.join()


def reason_of(agent: Agent) -> object:
    with pytest.raises(AgentUnreachable) as caught:
        agent.status()
    return caught.value.details["reason"]


def test_it_says_that_there_is_no_socket(folder):
    assert reason_of(Agent(folder / "nosuch")) == "no such socket"


def test_it_says_that_nobody_listens(folder):
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(folder / "s"))
    assert reason_of(Agent(folder / "s")) == "connection refused"


def test_it_gives_up_on_an_agent_that_is_silent(folder):
    started = time.monotonic()
    with answering(folder / "s", b'{"resu', hang=True) as agent:
        assert reason_of(agent) == "timed out"
    assert time.monotonic() - started < 30


def test_it_says_that_the_agent_hung_up(folder):
    with answering(folder / "s", b'{"result":{}') as agent:
        assert reason_of(agent) == "connection closed"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage",
        b"[]",
        b"{}",
        b'{"result":5}',
        b'{"result":{"version":"1"}}',
        b'{"error":"x"}',
        b"[" * 100_000,
        b"\xff",
        b'{"error":{"code":"not_found"}}',
        b'{"result":{},"error":{}}',
    ],
)
def test_an_answer_that_is_none_is_said_so(folder, answer):
    with answering(folder / "s", answer + b"\n") as agent:
        assert reason_of(agent) == "its answer cannot be read"


def test_an_answer_that_is_too_long_is_said_so(folder, monkeypatch):
    monkeypatch.setattr(client.verbs, "MAX_LINE", 100)
    with answering(folder / "s", b"x" * 1000 + b"\n") as agent:
        assert reason_of(agent) == "its answer is too long"


def test_an_error_becomes_the_class_of_its_code(folder):
    line = b'{"error":{"code":"feed_too_large","message":"Too large.","details":{"limit":5}}}\n'
    with answering(folder / "s", line) as agent, pytest.raises(FeedTooLarge, match="Too large") as caught:
        agent.status()
    assert caught.value.details == {"limit": 5}


def test_an_error_that_it_does_not_know_is_an_error_all_the_same(folder):
    with answering(folder / "s", b'{"error":{"code":"new","message":"m"}}\n') as agent, pytest.raises(BanGuardError):
        agent.status()


def test_an_agent_that_was_restarted_is_found_again(folder, start):
    agent = Agent(folder / "a.sock")
    assert reason_of(agent) == "no such socket"
    start()
    assert agent.status().version == "1.0.2"


def test_an_empty_list_asks_nothing(folder):
    assert Agent(folder / "nosuch").ban("sshd", []).count == 0


def test_a_list_goes_in_parts(agent, stand_in):
    many = [parse_network(f"10.1.{number // 256}.{number % 256}") for number in range(2_500)]
    assert agent.ban("sshd", iter(many)).count == 2_500
    assert len(stand_in.fail2ban.banned("sshd")) == 2_500
