"""Who is on the machine and who signed in to it, read from the kernel's tables and the system's record."""

from __future__ import annotations

import hashlib
import os
import socket
import struct
import time
from ipaddress import ip_address
from pathlib import Path

import pytest

from banguard.agent import visitors
from banguard.core.networks import text_of

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue\n"
RECORD = struct.Struct("=h2xi32s4s32s256shhiii16s20s")
SIGN_IN, SIGN_OUT = 7, 8


def row(remote: str, state: str = "01") -> str:
    """As x86 writes it: each word of 32 bits with its last byte first."""
    packed = ip_address(remote).packed
    words = (packed[at : at + 4][::-1] for at in range(0, len(packed), 4))
    return f"   0: 0100007F:0016 {b''.join(words).hex().upper()}:D431 {state} 00000000:00000000\n"


def record(remote: str, kind: int = SIGN_IN, age: float = 60) -> bytes:
    address = ip_address(remote).packed.ljust(16, b"\0")
    moment = int(time.time() - age)
    return RECORD.pack(kind, 1, b"pts/0", b"0", b"anna", remote.encode(), 0, 0, 0, moment, 0, address, b"")


@pytest.fixture
def net(tmp_path: Path) -> Path:
    (tmp_path / "tcp").write_text(HEAD + row("203.0.113.7") + row("203.0.113.8", state="06") + row("198.51.100.1"))
    (tmp_path / "tcp6").write_text(HEAD + row("2001:db8::7") + row("::ffff:192.0.2.9") + row("::", state="0A"))
    return tmp_path


def told(net: Path, wtmp: Path) -> tuple[list[str], list[str]]:
    found = visitors.read(net, wtmp)
    return [text_of(one) for one in found.connected], [text_of(one) for one in found.signed_in]


def test_whoever_is_connected_is_told_of_and_nobody_else(net: Path) -> None:
    connected, _ = told(net, net / "none")
    assert connected == ["192.0.2.9", "198.51.100.1", "203.0.113.7", "2001:db8::7"]


def test_sign_ins_of_the_last_thirty_days_are_told_of(tmp_path: Path) -> None:
    wtmp = tmp_path / "wtmp"
    old, ended, local = record("192.0.2.1", age=31 * 86_400), record("192.0.2.2", kind=SIGN_OUT), record("::")
    wtmp.write_bytes(record("203.0.113.7") + old + ended + local + record("2001:db8::7") + record("203.0.113.7"))
    assert told(tmp_path, wtmp) == ([], ["203.0.113.7", "2001:db8::7"])


def test_a_machine_without_tables_and_record_tells_of_nobody(tmp_path: Path) -> None:
    assert told(tmp_path / "none", tmp_path / "none") == ([], [])


def test_half_a_record_at_the_end_is_left_out(tmp_path: Path) -> None:
    wtmp = tmp_path / "wtmp"
    wtmp.write_bytes(record("203.0.113.7") + record("203.0.113.8")[:-1])
    assert told(tmp_path, wtmp) == ([], ["203.0.113.7"])


def test_only_the_end_of_a_huge_record_is_read_and_in_whole_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitors, "READ", 1_000)
    wtmp = tmp_path / "wtmp"
    wtmp.write_bytes(b"".join(record(f"203.0.113.{number}") for number in range(10)))
    assert told(tmp_path, wtmp) == ([], ["203.0.113.7", "203.0.113.8"])


@pytest.mark.parametrize(
    "text", ["", "nonsense", HEAD + "\n 1 2 3\n", HEAD + "0: a zz:1 01\n", HEAD + "0: a 0102:1 01\n"]
)
def test_a_table_that_is_none_tells_of_nobody(tmp_path: Path, text: str) -> None:
    (tmp_path / "tcp").write_text(text)
    assert told(tmp_path, tmp_path / "none") == ([], [])


def test_noise_in_place_of_the_record_harms_nobody(tmp_path: Path) -> None:
    wtmp = tmp_path / "wtmp"
    wtmp.write_bytes(hashlib.shake_128(b"noise").digest(384 * 500))
    visitors.read(tmp_path, wtmp)


def test_the_kernels_own_tables_are_understood() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        connected, _ = told(visitors.NET, Path(os.devnull))
        assert "127.0.0.1" in connected
