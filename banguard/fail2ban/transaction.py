"""A change of the configuration as a transaction: it happens whole and the server is well, or it did not happen.

Before anything is written, what it takes to undo it is on disk (``undo``). Then the files are replaced one by one,
what changed is loaded, and the server is looked at. Whatever goes wrong, the bytes from before come back and the
server is brought back to them. A process that is killed in between leaves the undo behind, and the next one
begins with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import structlog

from banguard.core.errors import BanGuardError, ConfigInvalid, InvalidInput, RevisionConflict, Unavailable
from banguard.fail2ban import configfolder, files, judging, probe, undo
from banguard.fail2ban.judging import Judgement
from banguard.fail2ban.loader import Loader
from banguard.fail2ban.probe import Health, Probed
from banguard.fail2ban.readings import Readings
from banguard.fail2ban.staging import Texts
from banguard.fail2ban.undo import Loads, Undo

log = structlog.get_logger("banguard.agent")

Digests = Mapping[str, str]  # path -> the digest of what the change was made from


@dataclass(frozen=True)
class Ended:
    """``put_back``: everything is as it was. ``broken``: not even that; the commands ``by_hand`` are for a person."""

    state: Literal["applied", "put_back", "broken"]
    message: str
    by_hand: tuple[str, ...] = ()


class Transaction:
    """One configuration folder and its server. ``turn``: whoever else writes into the folder takes it as well."""

    def __init__(
        self, folder: Path, server: Probed, loader: Loader, readings: Readings, turn: AbstractContextManager[object]
    ) -> None:
        self._folder, self._server, self._loader = folder, server, loader
        self._readings, self._turn = readings, turn

    def check(self, changes: Texts) -> Judgement:
        """What the change would come to; nothing is touched."""
        self._refuse_elsewhere(changes)
        judged = judging.judge(self._folder, changes, self._readings.now())
        running = probe.look(self._server, ())
        return judged if running is None else replace(judged, loads=self._loads(judged, running))

    def apply(self, changes: Texts, digests: Digests) -> Ended:
        """Raises ``RevisionConflict``, ``ConfigInvalid`` or ``Unavailable`` with nothing touched."""
        with self._turn:
            self._recover()
            self._refuse_elsewhere(changes)
            self._refuse_stale(digests)
            judged = judging.judge(self._folder, changes, self._readings.now())
            if judged.errors:
                told = "; ".join(one.finding.message for one in judged.errors[:3])
                raise ConfigInvalid(f"The change was not made: {told}")
            return self._carry_out(changes, judged)

    def _loads(self, judged: Judgement, running: Health) -> Loads:
        return probe.with_restarts(self._server, judged.loads, running, judged.after.expected)

    def recover(self) -> Ended | None:
        """End what a killed process had begun: everything as it was before. None if there was nothing."""
        with self._turn:
            return self._recover()

    def _carry_out(self, changes: Texts, judged: Judgement) -> Ended:
        health = probe.look(self._server, {*judged.loads.touched})
        loads = judged.loads if health is None else self._loads(judged, health)
        if not {*loads.restarted} <= {*loads.touched}:  # their bans have to be there again as well
            health = probe.look(self._server, {*loads.touched, *loads.restarted})
        way_back = self._keep(changes, judged, health)
        ended = None
        try:
            self._write(changes)
            if health is not None:
                self._loader.load(loads, tuple(health.ban_times))
                probe.wait_until_well(self._server, health, loads, judged.after.expected)
            undo.forget(self._folder)
            ended = Ended("applied", "" if health else "Fail2ban does not run; it will read this when it starts.")
        except (BanGuardError, OSError) as error:
            ended = self._put_back(way_back, str(error))
        finally:
            if ended is None:  # something that nobody foresaw; it is raised on, to the log
                self._put_back(way_back, "It broke off.")
        return ended

    def _keep(self, changes: Texts, judged: Judgement, health: Health | None) -> Undo:
        parents = {(self._folder / path).parent for path, content in changes.items() if content is not None}
        way_back = Undo(
            files=undo.before(self._folder, changes),
            folders=tuple(str(one.relative_to(self._folder)) for one in parents if not one.exists()),
            loads=judged.loads,
            jails=tuple(health.ban_times) if health else (),
        )
        try:
            undo.keep(self._folder, way_back)
        except OSError as error:
            raise Unavailable(f"The configuration cannot be written: {error.strerror}.") from error
        return way_back

    def _write(self, changes: Texts) -> None:
        for path, content in changes.items():
            if content is None:
                files.remove(self._folder / path)
                continue
            (self._folder / path).parent.mkdir(mode=0o755, exist_ok=True)
            files.replace(self._folder / path, content)

    def _recover(self) -> Ended | None:
        try:
            files.draft_of(self._folder / undo.NAME).unlink(missing_ok=True)
            way_back = undo.kept(self._folder)
        except (OSError, ValueError) as error:
            raise Unavailable(f"{undo.NAME} in {self._folder} cannot be read: {error}.") from error
        if way_back is None:
            return None
        log.warning("change_found_unfinished", files=[one.path for one in way_back.files])
        return self._put_back(way_back, "It was interrupted.")

    def _put_back(self, way_back: Undo, why: str) -> Ended:
        """The undo stays until the server is well again, so that the next one tries once more."""
        try:
            undo.put_back(self._folder, way_back)
            waits = self._bring_back(way_back)
            undo.forget(self._folder)
        except (BanGuardError, OSError) as error:
            log.error("change_not_put_back", reason=str(error), why=why)
            return Ended("broken", f"{why} It could not be put back: {error}", self._by_hand(way_back))
        log.warning("change_put_back", why=why)
        return Ended("put_back", f"{why} {waits}".strip())

    def _bring_back(self, way_back: Undo) -> str:
        """Have the server run what the files say again; one that does not run will read them when it starts."""
        health = probe.look(self._server, ())
        if health is None:
            return "Fail2ban does not run; it will read the files from before when it starts." if way_back.jails else ""
        expected = self._readings.now().expected
        back = way_back.loads.turned_round(jail for jail in way_back.loads.touched if jail not in way_back.jails)
        back = probe.with_restarts(self._server, back, health, expected)
        self._loader.load(back, tuple(health.ban_times))
        before = Health(dict.fromkeys((jail for jail in way_back.jails if jail in expected), -1), {})
        probe.wait_until_well(self._server, before, back, expected)
        return ""

    def _refuse_elsewhere(self, changes: Texts) -> None:
        for path in changes:
            found = configfolder.inside(self._folder, path)
            try:
                files.owned(found)
            except OSError as error:
                raise InvalidInput(f"{path} cannot be changed: {error.strerror}.", path=path) from error

    def _refuse_stale(self, digests: Digests) -> None:
        for path, before in digests.items():
            now = configfolder.digest(configfolder.content(self._folder, path))
            if now != before:
                raise RevisionConflict(f"{path} is no longer what this change was made from.", path=path, digest=now)

    def _by_hand(self, way_back: Undo) -> tuple[str, ...]:
        back = (
            "import base64, json, pathlib; "
            f"[pathlib.Path(one['path']).unlink(True) if one['content'] is None else "
            f"pathlib.Path(one['path']).write_bytes(base64.b64decode(one['content'])) "
            f"for one in json.load(open('{undo.NAME}'))['files']]"
        )
        return (
            f"cd {self._folder}",
            f'python3 -c "{back}"',
            f"rm {undo.NAME}",
            f"fail2ban-client -c {self._folder} -t",
            "systemctl restart fail2ban",
            "fail2ban-client status",
        )
