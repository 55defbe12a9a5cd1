"""The language of Fail2ban's socket: a pickled list out, a pickled pair back, each closed by an end marker.

Whatever answers on the socket is not trusted to be Fail2ban, so the reader knows only the names that
occur in its replies: a string made from a string, and an exception (which becomes ``Raised``).
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from banguard.core.errors import BanGuardError, Fail2banRefused, InvalidInput, JailUnknown

END = b"<F2B_END_COMMAND>"
CLOSE = b"<F2B_CLOSE_COMMAND>"
MAX_REPLY = 64 * 1024 * 1024  # bytes; 100,000 bans come as 2 MB
MAX_COMMAND = 1024 * 1024  # bytes

Command = Sequence[str | int]

# Modules whose exceptions the server has been seen to send back.
_RAISING_MODULES = {
    "builtins",
    "fail2ban.exceptions",
    "fail2ban.server.failregex",
    "json.decoder",
    "re",
    "sqlite3",
}


@dataclass(frozen=True)
class Raised:
    """An exception that the server sent back: the name of its class, and what it was made with."""

    name: str
    arguments: tuple[object, ...]

    def __str__(self) -> str:
        return " ".join([self.name, *(str(part) for part in self.arguments if isinstance(part, str | int))])[:500]


def encode(command: Command) -> bytes:
    """One framed command. Raises ``InvalidInput`` for what is not text or an integer, or would break the frame."""
    if not all(type(part) in (str, int) for part in command):
        raise InvalidInput("A command to Fail2ban is made of text and integers only.")
    payload = pickle.dumps(list(command), protocol=2)
    if END in payload:
        raise InvalidInput("An argument holds the marker that ends a command.")
    if len(payload) > MAX_COMMAND:
        raise InvalidInput("The command is too long.", bytes=len(payload))
    return payload + END


def decode(payload: bytes) -> object:
    """The value of one reply, without its end marker.

    Raises ``JailUnknown`` or ``Fail2banRefused`` with the server's own words if it said no, and
    ``Fail2banRefused`` if the reply cannot be read.
    """
    reply = _unpickled(payload)
    if isinstance(reply, str):
        raise Fail2banRefused(f"Fail2ban could not handle the command: {reply[:300]}")
    if not isinstance(reply, tuple) or len(reply) != 2:
        raise Fail2banRefused("Fail2ban's reply has an unknown shape.")
    if reply[0] != 0:
        raise _refusal(reply[1])
    return reply[1]


def _refusal(answer: object) -> BanGuardError:
    if isinstance(answer, Raised) and answer.name == "UnknownJailException":
        name = str(answer.arguments[0]) if answer.arguments else ""
        return JailUnknown(f"Fail2ban runs no jail named {name[:80]!r}.", jail=name[:80])
    return Fail2banRefused(f"Fail2ban refused: {str(answer)[:500]}")


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str, /) -> object:
        if (module, name) == ("builtins", "str"):
            return _text  # how an address that the server keeps as an object arrives
        if module in _RAISING_MODULES and _names_an_exception(name):
            return _raiser(name)
        raise pickle.UnpicklingError(f"{module}.{name} does not belong in a reply")


def _text(value: object = "") -> str:
    if type(value) is not str:  # str() of something built to be long would never end
        raise pickle.UnpicklingError("text is made from text only")
    return value


def _names_an_exception(name: str) -> bool:
    return name.isidentifier() and name.endswith(("Exception", "Error", "error"))


def _raiser(name: str) -> Callable[..., Raised]:
    def build(*arguments: object) -> Raised:
        return Raised(name, arguments)

    return build


def _unpickled(payload: bytes) -> object:
    try:
        return _Reader(io.BytesIO(payload)).load()
    # A damaged or hostile pickle fails in whichever step it was damaged in.
    except (
        pickle.UnpicklingError,
        ArithmeticError,
        AttributeError,
        EOFError,
        ImportError,
        LookupError,
        MemoryError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        raise Fail2banRefused(f"Fail2ban's reply cannot be read: {str(error)[:200]}") from error
