"""Calling the agent: one typed method for each verb.

Raises the error that the agent answered with, as the same class of ``core.errors``, or
``AgentUnreachable`` with the reason when there was no answer. A verb that changes something takes the
``fence`` of the lock it is asked under, and raises ``LockLost`` when somebody newer holds that.
"""

from __future__ import annotations

import contextlib
import time
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from banguard.agent import config_verbs, control_verbs, verbs
from banguard.agent.calls import Call, invalid_input, read_answer, request_line
from banguard.agent.kernel_client import KernelCalls
from banguard.agent.kernel_verbs import Trial
from banguard.agent.lines import Lines, LineTooLong
from banguard.core.errors import AgentUnreachable
from banguard.core.fences import Fence
from banguard.core.networks import Network
from banguard.fail2ban import sockets

M = TypeVar("M", bound=verbs.Message)

# A longer list goes as several calls. Fewer than verbs.MAX_ADDRESSES, since with a real firewall each
# address takes 10 to 25 ms and a call should end while someone still waits for it.
ADDRESSES_PER_CALL = 1_000
SECONDS_PER_ADDRESS = 0.1  # added to the timeout of a call
SECONDS_TO_CHECK = 150.0  # the children that try a configuration have 30 each
SECONDS_TO_CHANGE = 600.0  # loading a jail anew bans again what it held
SECONDS_TO_LAY_A_JAIL = 130.0  # loading it bans again everything it held

AROUND: list[Callable[[str], AbstractContextManager[object]]] = []  # entered for each call, by its verb: tracing


class AgentCalls(KernelCalls):
    """The verbs as methods; how a call gets to the agent is for the subclasses."""

    @abstractmethod
    def ask(self, verb: str, arguments: verbs.Message, expected: type[M], *, extra_seconds: float = 0) -> M: ...

    def status(self) -> verbs.Status:
        return self.ask("status", verbs.Nothing(), verbs.Status)

    def jails(self) -> verbs.Jails:
        return self.ask("jails", verbs.Nothing(), verbs.Jails)

    def ban(
        self, jail: str, addresses: Iterable[Network], *, fence: Fence | None = None, trial: Trial | None = None
    ) -> verbs.Counted:
        """How many were not banned yet. When it fails half-way, sending the whole list again is safe.

        Under a ``trial`` the agent lifts them again unless that is kept; only for the blocklist jail.
        """
        count = 0
        for some in _parts(addresses):
            arguments = _checked(verbs.BanArguments, jail=jail, addresses=some, fence=fence, trial=trial)
            count += self.ask("ban", arguments, verbs.Counted, extra_seconds=len(some) * SECONDS_PER_ADDRESS).count
        return verbs.Counted(count=count)

    def unban(self, jail: str | None, addresses: Iterable[Network], *, fence: Fence | None = None) -> verbs.Counted:
        """How many bans were lifted, in every jail if ``jail`` is None. Those not banned are no error."""
        count = 0
        for some in _parts(addresses):
            arguments = _checked(verbs.UnbanArguments, jail=jail, addresses=some, fence=fence)
            count += self.ask("unban", arguments, verbs.Counted, extra_seconds=len(some) * SECONDS_PER_ADDRESS).count
        return verbs.Counted(count=count)

    def banned(self, jail: str) -> verbs.Addresses:
        """All that the jail holds banned. Ids that are no addresses are left out."""
        return self.ask("banned", _checked(verbs.JailArguments, jail=jail), verbs.Addresses, extra_seconds=30)

    def bans_since(self, rowid: int, since: int, limit: int = 1_000) -> verbs.BanRows:
        """Rows after ``rowid`` or banned at ``since`` or later, by rowid.

        To go on after an answer that is not complete, ask from its last rowid with a ``since`` in the
        future: what is older was all in it, and would come again.
        """
        arguments = _checked(verbs.BansSinceArguments, rowid=rowid, since=since, limit=limit)
        return self.ask("bans_since", arguments, verbs.BanRows)

    def log_since(self, place: str = "") -> verbs.LogEvents:
        """The events in Fail2ban's log after ``place``, one page of them. Raises ``Fail2banUnreachable``."""
        arguments = _checked(verbs.LogSinceArguments, place=place)
        return self.ask("log_since", arguments, verbs.LogEvents, extra_seconds=15)

    def tickets(self, jail: str) -> verbs.Tickets:
        """All that the jail holds banned, with times. Ids that are no addresses are left out."""
        return self.ask("tickets", _checked(verbs.JailArguments, jail=jail), verbs.Tickets, extra_seconds=30)

    def lay_blocklist_jail(self, *, fence: Fence | None = None) -> verbs.JailLaid:
        """See to it that the blocklist jail exists and runs; no other jail is disturbed."""
        arguments = verbs.LayArguments(fence=fence)
        return self.ask("lay_blocklist_jail", arguments, verbs.JailLaid, extra_seconds=SECONDS_TO_LAY_A_JAIL)

    def control(self, jail: str, what: control_verbs.What, *, fence: Fence | None = None) -> control_verbs.Done:
        """Start, stop, restart, reload or pause one jail. Raises ``Conflict`` when its files will not do."""
        arguments = _checked(control_verbs.ControlArguments, jail=jail, what=what, fence=fence)
        return self.ask("control", arguments, control_verbs.Done, extra_seconds=SECONDS_TO_LAY_A_JAIL)

    def ignore(
        self, jail: str, *, add: Iterable[Network] = (), drop: Iterable[Network] = (), fence: Fence | None = None
    ) -> control_verbs.Done:
        """Until the jail is loaded anew it bans none of ``add``; those of ``drop`` it bans again."""
        arguments = _checked(control_verbs.IgnoreArguments, jail=jail, add=tuple(add), drop=tuple(drop), fence=fence)
        return self.ask("ignore", arguments, control_verbs.Done)

    def watched(self, jail: str, lines: int = 20) -> control_verbs.Watched:
        """The logs of a jail with their last lines, and what it looks for in the journal. Raises ``JailUnknown``."""
        arguments = _checked(control_verbs.WatchedArguments, jail=jail, lines=lines)
        return self.ask("watched", arguments, control_verbs.Watched, extra_seconds=30)

    def machine(self) -> verbs.Machine:
        return self.ask("machine", verbs.Nothing(), verbs.Machine)

    def visitors(self) -> verbs.Visitors:
        return self.ask("visitors", verbs.Nothing(), verbs.Visitors)

    def config_item(self, kind: str, name: str) -> config_verbs.Item:
        """A jail, filter or action as its files define it. Raises ``NotFound``."""
        return self.ask("config_item", _checked(config_verbs.ItemArguments, kind=kind, name=name), config_verbs.Item)

    def config_names(self) -> config_verbs.Names:
        return self.ask("config_names", verbs.Nothing(), config_verbs.Names)

    def config_files(self) -> config_verbs.ConfigFiles:
        return self.ask("config_files", verbs.Nothing(), config_verbs.ConfigFiles)

    def config_file(self, path: str) -> config_verbs.FileContent:
        return self.ask("config_file", _checked(config_verbs.PathArguments, path=path), config_verbs.FileContent)

    def config_drift(self) -> config_verbs.Drift:
        return self.ask("config_drift", verbs.Nothing(), config_verbs.Drift, extra_seconds=30)

    def config_check(self, changes: Sequence[config_verbs.Change]) -> config_verbs.Checked:
        """What the changes of files would come to; nothing is touched."""
        arguments = _checked(config_verbs.CheckArguments, changes=tuple(changes))
        return self.ask("config_check", arguments, config_verbs.Checked, extra_seconds=SECONDS_TO_CHECK)

    def config_change(
        self, changes: Sequence[config_verbs.Change], *, fence: Fence | None = None
    ) -> config_verbs.Changed:
        """Make the changes and bring the server to them, or leave everything as it was.

        Raises ``RevisionConflict`` or ``ConfigInvalid`` with nothing touched. Without an answer (``AgentUnreachable``)
        it is unknown what became of it; ``config_recover`` and the files' digests tell.
        """
        arguments = _checked(config_verbs.ChangeArguments, changes=tuple(changes), fence=fence)
        return self.ask("config_change", arguments, config_verbs.Changed, extra_seconds=SECONDS_TO_CHANGE)

    def config_recover(self, *, fence: Fence | None = None) -> config_verbs.Recovered:
        """Put back what a killed agent had begun, if it had; waits for a change that is under way."""
        arguments = _checked(verbs.Fenced, fence=fence)
        return self.ask("config_recover", arguments, config_verbs.Recovered, extra_seconds=SECONDS_TO_CHANGE)

    def ships_expression(self, expression: str) -> bool:
        arguments = _checked(config_verbs.ExpressionArguments, expression=expression)
        return self.ask("ships_expression", arguments, config_verbs.Shipped, extra_seconds=30).shipped

    def try_filter(self, **wanted: object) -> config_verbs.Tried:
        """Keywords are those of ``TryArguments``."""
        arguments = _checked(config_verbs.TryArguments, **wanted)
        return self.ask("try_filter", arguments, config_verbs.Tried, extra_seconds=30)


class Agent(AgentCalls):
    """The agent behind ``socket_path``. ``timeout`` is in seconds, for each call, and grows with its list.

    Each call has a connection of its own, so threads may share one ``Agent`` and a restarted agent is
    found again.
    """

    def __init__(self, socket_path: Path, timeout: float = 15.0) -> None:
        self._path = socket_path
        self._timeout = timeout

    def ask(self, verb: str, arguments: verbs.Message, expected: type[M], *, extra_seconds: float = 0) -> M:
        with contextlib.ExitStack() as stack:
            for around in AROUND:
                stack.enter_context(around(verb))
            return self._ask(verb, arguments, expected, self._timeout + extra_seconds)

    def _ask(self, verb: str, arguments: verbs.Message, expected: type[M], seconds: float) -> M:
        request = request_line(Call(verb=verb, arguments=arguments))
        try:
            line = self._exchange(request, time.monotonic() + seconds)
        except OSError as error:
            raise self._unreachable(sockets.reason_of(error)) from error
        try:
            return read_answer(line, expected)
        except (ValueError, RecursionError) as error:
            raise self._unreachable("its answer cannot be read") from error

    def _exchange(self, request: bytes, deadline: float) -> bytes:
        with sockets.connect(self._path, deadline=deadline) as connection:
            with contextlib.suppress(BrokenPipeError):  # turned away before it had read everything: the answer says why
                connection.sendall(request)
            try:
                line = Lines(connection, limit=verbs.MAX_LINE, deadline=deadline).next()
            except LineTooLong as error:
                raise self._unreachable("its answer is too long") from error
        if line is None:
            raise ConnectionResetError
        return line

    def _unreachable(self, reason: str) -> AgentUnreachable:
        return AgentUnreachable(
            f"The agent on {self._path} does not answer: {reason}.", reason=reason, socket=str(self._path)
        )


def _parts(addresses: Iterable[Network]) -> Iterator[tuple[Network, ...]]:
    rest = iter(addresses)
    while some := tuple(islice(rest, ADDRESSES_PER_CALL)):
        yield some


def _checked(message: type[M], /, **arguments: object) -> M:
    try:
        return message.model_validate(arguments)
    except ValidationError as error:
        raise invalid_input(error) from error
