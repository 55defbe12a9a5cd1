"""The agent as a process: which users reach it, how it starts and how it stops."""

import contextlib
import grp
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time

import pytest

from banguard.fail2ban import sockets

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")

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


class AgentProcess:
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
        for _ in range(300):
            with contextlib.suppress(OSError):
                sockets.connect(self.path, deadline=time.monotonic() + 1).close()
                return self.path
            time.sleep(0.05)
        raise RuntimeError("the agent did not start")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=60)


@needs_root
def test_a_user_without_privileges_has_the_agent_but_not_fail2ban(real_fail2ban, folder):
    real_fail2ban.folder.chmod(0o755)
    assert "PermissionError" in as_nobody(real_fail2ban.socket_path).stderr
    with AgentProcess(folder / "a.sock", real_fail2ban) as path:
        assert '"result"' in as_nobody(path).stdout


@needs_root
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly(folder, number):
    agent = AgentProcess(folder / "made" / "a.sock")
    with agent as path:
        time.sleep(0.2)
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o755
        with socket.socket(socket.AF_UNIX) as idle:
            idle.connect(str(path))
            idle.sendall(b'{"verb":"status"}\n')
            assert b"fail2ban_unreachable" in idle.recv(65536)
            started = time.monotonic()
            agent.process.send_signal(number)
            output, _ = agent.process.communicate(timeout=60)
        assert agent.process.returncode == 0
        assert time.monotonic() - started < 25
        assert not path.exists()
        assert [json.loads(line)["event"] for line in output.splitlines()] == ["listening", "call", "stopped"]


@needs_root
def test_it_does_not_start_with_a_group_that_is_not_there(folder):
    process = AgentProcess(folder / "a.sock", group="nosuchgroup").run()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "BANGUARD_AGENT_GROUP" in errors
