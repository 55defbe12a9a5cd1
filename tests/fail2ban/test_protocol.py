import builtins
import os
import pickle
import pickletools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banguard.core.errors import Fail2banRefused, InvalidInput, JailUnknown
from banguard.fail2ban import protocol


class Evil:
    def __init__(self, call, *arguments):
        self.reduced = (call, arguments)

    def __reduce__(self):
        return self.reduced


class UnknownJailException(Exception):
    pass


UnknownJailException.__module__ = "fail2ban.exceptions"


def reply_naming(module: str, name: str, argument: str) -> bytes:
    """(1, module.name(argument)) as the server would pickle it, without needing the module here."""
    return b"\x80\x04K\x01\x8c%c%s\x8c%c%s\x93\x8c%c%s\x85R\x86." % (
        len(module), module.encode(), len(name), name.encode(), len(argument), argument.encode()
    )  # fmt: skip


def test_a_command_is_a_pickled_list_and_an_end_marker():
    framed = protocol.encode(["set", "lab", "banip", "192.0.2.1", 5])
    assert framed.endswith(protocol.END)
    assert pickle.loads(framed.removesuffix(protocol.END)) == ["set", "lab", "banip", "192.0.2.1", 5]  # noqa: S301


def test_a_command_names_nothing_that_would_be_called():
    payload = protocol.encode(["status", "sshd"]).removesuffix(protocol.END)
    assert not {"GLOBAL", "REDUCE", "BUILD"} & {code.name for code, _, _ in pickletools.genops(payload)}


@pytest.mark.parametrize("part", ["x<F2B_END_COMMAND>", "<F2B_END_COMMAND>", b"bytes", None, 1.5, ["list"], True])
def test_it_refuses_an_argument_that_could_break_the_frame(part):
    with pytest.raises(InvalidInput):
        protocol.encode(["echo", part])


def test_it_refuses_a_command_that_is_too_long():
    with pytest.raises(InvalidInput, match="too long"):
        protocol.encode(["echo", "x" * protocol.MAX_COMMAND])


def test_a_reply_gives_its_value():
    assert protocol.decode(pickle.dumps((0, [("Number of jail", 2)]), 5)) == [("Number of jail", 2)]


def test_an_address_kept_as_an_object_arrives_as_text():
    assert protocol.decode(pickle.dumps((0, [Evil(str, "192.0.2.1")]), 5)) == ["192.0.2.1"]


def test_an_unknown_jail_is_told_by_name():
    with pytest.raises(JailUnknown) as caught:
        protocol.decode(reply_naming("fail2ban.exceptions", "UnknownJailException", "nosuch"))
    assert caught.value.details == {"jail": "nosuch"}


def test_a_refusal_keeps_the_words_of_the_server():
    with pytest.raises(Fail2banRefused, match="OperationalError database is locked"):
        protocol.decode(reply_naming("sqlite3", "OperationalError", "database is locked"))


def test_a_reply_that_is_only_text_is_a_refusal():
    with pytest.raises(Fail2banRefused, match="Ran out of input"):
        protocol.decode(pickle.dumps("ERROR: Ran out of input"))


@pytest.mark.parametrize(
    "evil",
    [
        Evil(os.system, "touch /nowhere/hacked"),
        Evil(builtins.eval, "1+1"),
        Evil(builtins.getattr, "a", "b"),
        Evil(builtins.open, "/etc/passwd"),
        Evil(str, [["long"] * 10]),
        Evil(str, b"bytes", "utf-8"),
    ],
)
def test_it_calls_nothing_that_a_hostile_reply_names(evil):
    for version in range(6):
        with pytest.raises(Fail2banRefused, match="cannot be read"):
            protocol.decode(pickle.dumps((0, evil), version))


@pytest.mark.parametrize("name", ["error.__class__", "Error()", "__import__", "BaseException.with_traceback"])
def test_it_looks_up_no_odd_name_in_a_module_it_knows(name):
    with pytest.raises(Fail2banRefused, match="cannot be read"):
        protocol.decode(reply_naming("builtins", name, "x"))


@pytest.mark.parametrize("value", [None, 5, [], (0,), (0, 1, 2), {"a": 1}])
def test_a_reply_of_another_shape_is_refused(value):
    with pytest.raises(Fail2banRefused, match="shape"):
        protocol.decode(pickle.dumps(value))


def test_a_reply_that_was_cut_is_refused():
    whole = pickle.dumps((0, ["192.0.2.1"] * 3), 5)
    for length in range(len(whole)):
        with pytest.raises(Fail2banRefused):
            protocol.decode(whole[:length])


def test_a_reply_nested_without_end_is_refused():
    with pytest.raises(Fail2banRefused):
        protocol.decode(b"(" * 100_000 + b"t" * 99_999 + b".")


@given(st.binary(max_size=300))
def test_garbage_is_refused_and_nothing_worse(garbage):
    with pytest.raises(Fail2banRefused):
        protocol.decode(garbage)
