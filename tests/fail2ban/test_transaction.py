"""Changing the configuration of a real server: it happens whole and the server is well, or it did not happen."""

from __future__ import annotations

import hashlib
import os
import signal
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from banguard.core.errors import ConfigInvalid, Fail2banRefused, InvalidInput, RevisionConflict
from banguard.core.networks import parse_network
from banguard.fail2ban import files, judging, undo
from banguard.fail2ban.configfolder import digest
from banguard.fail2ban.loader import ClientLoader
from banguard.fail2ban.readings import Readings
from banguard.fail2ban.transaction import Transaction
from banguard.fail2ban.undo import Loads
from tests.fail2ban.private_server import RealFail2ban, running_fail2ban

OVERLAY = "jail.d/zz-banguard.local"
LAB = "filter.d/lab.local"
ADDRESS = parse_network("192.0.2.1")


@pytest.fixture(scope="module")
def own() -> Iterator[RealFail2ban]:
    with running_fail2ban() as server:
        yield server


@pytest.fixture
def server(own: RealFail2ban) -> RealFail2ban:
    """Its folder and jails as they were when it started, and one address banned in each."""
    for path in [*own.config_dir.glob("*.d/*.local"), own.config_dir / undo.NAME]:
        path.unlink(missing_ok=True)
    subprocess.run(["fail2ban-client", "-s", own.socket_path, "-c", own.config_dir, "reload", "--restart"], check=True)
    for jail in ("lab", "other"):
        own.client.ban(jail, [ADDRESS])
    return own


def transaction(server: RealFail2ban, loader: object = None) -> Transaction:
    loader = loader or ClientLoader(server.config_dir, server.socket_path)
    return Transaction(server.config_dir, server.client, loader, Readings(server.config_dir), threading.RLock())  # type: ignore[arg-type]


def snapshot(folder: Path) -> dict[str, tuple[str, int, int]]:
    """Every file with its digest, mode and owner."""
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            stat.S_IMODE(path.stat().st_mode),
            path.stat().st_uid,
        )
        for path in folder.rglob("*")
        if path.is_file()
    }


class Breaking:
    """A loader that does what it is told, and then something goes wrong, as often as asked."""

    def __init__(self, server: RealFail2ban, goes_wrong: Callable[[], None], times: int = 1) -> None:
        self.real, self.goes_wrong, self.times = ClientLoader(server.config_dir, server.socket_path), goes_wrong, times

    def load(self, loads: Loads, running: object) -> None:
        self.real.load(loads, running)  # type: ignore[arg-type]
        if self.times > 0:
            self.times -= 1
            self.goes_wrong()


def refuse() -> None:
    raise Fail2banRefused("It does not like it.")


def test_a_change_is_live_and_nothing_else_has_changed(server: RealFail2ban) -> None:
    before = snapshot(server.config_dir)
    ended = transaction(server).apply({OVERLAY: b"[lab]\nmaxretry = 7\n"}, {OVERLAY: ""})
    assert (ended.state, server.client.max_retries("lab")) == ("applied", 7)
    after = snapshot(server.config_dir)
    assert after.pop(OVERLAY)[1] == files.MODE
    assert after == before
    assert server.client.banned("lab") == ("192.0.2.1",)


def test_owner_and_mode_of_a_file_stay(server: RealFail2ban) -> None:
    path = server.config_dir / OVERLAY
    path.write_bytes(b"[lab]\n")
    path.chmod(0o600)
    transaction(server).apply({OVERLAY: b"[lab]\nmaxretry = 7\n"}, {OVERLAY: digest(b"[lab]\n")})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_other_actions_are_taken_and_bans_are_kept(server: RealFail2ban) -> None:
    (server.config_dir / "action.d/noop2.conf").write_text("[Definition]\nactionban =\nactionunban =\n")
    one = transaction(server)
    assert one.check({OVERLAY: b"[lab]\naction = noop2\n"}).loads.restarted == ("lab",)
    assert one.apply({OVERLAY: b"[lab]\naction = noop2\n"}, {OVERLAY: ""}).state == "applied"
    assert server.client.actions("lab") == ("noop2",)
    assert server.client.banned("lab") == ("192.0.2.1",)


def test_loading_all_at_once_takes_no_actions_from_a_jail_outside_the_change(
    server: RealFail2ban, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "MOST_ALONE", 0)
    (server.config_dir / "action.d/noop2.conf").write_text("[Definition]\nactionban =\nactionunban =\n")
    by_hand = b"[other]\naction = noop2\n"  # and nobody has loaded it
    (server.config_dir / OVERLAY).write_bytes(by_hand)
    one, change = transaction(server), {OVERLAY: by_hand + b"[lab]\nmaxretry = 7\n"}
    assert (one.check(change).loads.touched, one.check(change).loads.restarted) == (("lab",), ("other",))
    assert one.apply(change, {OVERLAY: digest(by_hand)}).state == "applied"
    assert server.client.actions("other") == ("noop2",)
    assert server.client.banned("other") == ("192.0.2.1",)


def test_a_jail_comes_and_goes(server: RealFail2ban) -> None:
    text = f"[third]\nenabled = true\nfilter = lab\nlogpath = {server.log}\n[other]\nenabled = false\n".encode()
    assert transaction(server).apply({OVERLAY: text}, {OVERLAY: ""}).state == "applied"
    assert server.client.jail_names() == ("lab", "third")
    assert transaction(server).apply({OVERLAY: None}, {OVERLAY: digest(text)}).state == "applied"
    assert server.client.jail_names() == ("lab", "other")


def test_a_setting_of_the_server_is_set(server: RealFail2ban) -> None:
    path = "fail2ban.d/zz-banguard.local"
    transaction(server).apply({path: b"[Definition]\nloglevel = NOTICE\n"}, {path: ""})
    assert server.client.setting("loglevel") == "NOTICE"


@pytest.mark.parametrize(
    ("path", "text", "file", "line", "option"),
    [
        (OVERLAY, b"[lab]\n\nbantime = abc\n", OVERLAY, 3, "bantime"),
        (OVERLAY, b"[lab]\nbackend = bogus\n", OVERLAY, 2, "backend"),
        (
            "filter.d/lab.local",
            b"[Definition]\nfailregex = ^<HOST> x$\n  ^(<HOST>\n",
            "filter.d/lab.local",
            3,
            "failregex",
        ),
        ("filter.d/vsftpd.local", b"[Definition]\n\nfailregex = ^(\n", "filter.d/vsftpd.local", 3, "failregex"),
        (OVERLAY, b"[third]\nenabled = true\nfilter = lab\nlogpath = /nonexistent\n", OVERLAY, 4, "logpath"),
    ],
)
def test_what_will_not_do_is_refused_by_file_line_and_option(  # noqa: PLR0917 - one row of the table
    server: RealFail2ban, path: str, text: bytes, file: str, line: int, option: str
) -> None:
    before = snapshot(server.config_dir)
    found = transaction(server).check({path: text}).errors[0]
    assert (found.file, found.line, found.finding.option) == (file, line, option)
    with pytest.raises(ConfigInvalid):
        transaction(server).apply({path: text}, {path: ""})
    assert snapshot(server.config_dir) == before
    assert server.client.jail_names() == ("lab", "other")


def test_what_was_made_from_an_older_file_is_refused(server: RealFail2ban) -> None:
    (server.config_dir / OVERLAY).write_bytes(b"[lab]\nmaxretry = 3\n")
    with pytest.raises(RevisionConflict) as refused:
        transaction(server).apply({OVERLAY: b"[lab]\nmaxretry = 4\n"}, {OVERLAY: ""})
    assert refused.value.details["digest"] == digest(b"[lab]\nmaxretry = 3\n")


def test_a_refusal_after_writing_puts_everything_back(server: RealFail2ban) -> None:
    before = snapshot(server.config_dir)
    text = b"[lab]\nmaxretry = 7\n[other]\nenabled = false\n"
    ended = transaction(server, Breaking(server, refuse)).apply({OVERLAY: text}, {OVERLAY: ""})
    assert ended.state == "put_back"
    assert "does not like it" in ended.message
    assert snapshot(server.config_dir) == before
    assert (server.client.jail_names(), server.client.max_retries("lab")) == (("lab", "other"), 2)


def test_when_even_that_fails_it_says_what_to_do_and_the_next_one_mends_it(server: RealFail2ban) -> None:
    before = snapshot(server.config_dir)
    ended = transaction(server, Breaking(server, refuse, times=2)).apply(
        {OVERLAY: b"[lab]\nmaxretry = 7\n"}, {OVERLAY: ""}
    )
    assert ended.state == "broken"
    assert any("restart fail2ban" in command for command in ended.by_hand)
    recovered = transaction(server).recover()
    assert recovered is not None
    assert recovered.state == "put_back"
    assert snapshot(server.config_dir) == before
    assert transaction(server).recover() is None


def test_the_commands_by_hand_bring_the_files_back(server: RealFail2ban) -> None:
    before = snapshot(server.config_dir)
    ended = transaction(server, Breaking(server, refuse, times=2)).apply(
        {OVERLAY: b"[lab]\nmaxretry = 7\n"}, {OVERLAY: ""}
    )
    subprocess.run(["sh", "-ec", "\n".join(ended.by_hand[:4])], check=True, capture_output=True)
    assert snapshot(server.config_dir) == before


@pytest.mark.parametrize("moment", ["written", "loaded"])
def test_what_a_killed_process_had_begun_is_taken_back_by_the_next(server: RealFail2ban, moment: str) -> None:
    before = snapshot(server.config_dir)
    child = os.fork()
    if child == 0:
        die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # noqa: E731
        loader = Breaking(server, die)
        if moment == "written":
            loader.load = die  # type: ignore[method-assign]
        transaction(server, loader).apply({OVERLAY: b"[lab]\nmaxretry = 7\n"}, {OVERLAY: ""})
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    assert snapshot(server.config_dir) != before
    ended = transaction(server).recover()
    assert ended is not None
    assert ended.state == "put_back"
    assert snapshot(server.config_dir) == before
    assert server.client.max_retries("lab") == 2


def test_an_edit_made_after_the_crash_is_not_lost(server: RealFail2ban) -> None:
    change = {OVERLAY: b"[lab]\nmaxretry = 7\n"}
    undo.keep(
        server.config_dir, undo.Undo(undo.before(server.config_dir, change), (), Loads(("lab",)), ("lab", "other"))
    )
    (server.config_dir / OVERLAY).write_bytes(b"[lab]\nmaxretry = 9\n")
    ended = transaction(server).recover()
    assert ended is not None
    assert (server.config_dir / OVERLAY).read_bytes() == b"[lab]\nmaxretry = 9\n"
    assert server.client.max_retries("lab") == 9


def test_a_change_waits_in_the_files_for_a_server_that_does_not_run(tmp_path: Path, server: RealFail2ban) -> None:
    stopped = RealFail2ban(tmp_path)
    (tmp_path / "conf").symlink_to(server.config_dir)
    ended = transaction(stopped).apply({OVERLAY: b"[lab]\nmaxretry = 7\n"}, {OVERLAY: ""})
    assert ended.state == "applied"
    assert "when it starts" in ended.message
    assert (server.config_dir / OVERLAY).exists()


def test_links_and_folders_are_not_written_through(server: RealFail2ban, tmp_path: Path) -> None:
    (server.config_dir / OVERLAY).symlink_to("jail.local")
    with pytest.raises(InvalidInput, match="plain file"):
        transaction(server).apply({OVERLAY: b"[lab]\n"}, {})
    (server.config_dir / OVERLAY).unlink()
    (server.config_dir / OVERLAY).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InvalidInput, match="leads out"):
        transaction(server).apply({OVERLAY: b"[lab]\n"}, {})


def test_the_jail_of_the_blocklists_is_no_text_to_edit(server: RealFail2ban) -> None:
    for text in (b"[banguard-blocklist]\nenabled = false\n", b"[banguard-blocklist]\n"):
        assert transaction(server).check({OVERLAY: text}).errors
