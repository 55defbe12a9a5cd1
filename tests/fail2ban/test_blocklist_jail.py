import stat

import pytest

from banguard.core.errors import Fail2banRefused, Fail2banUnreachable, Unavailable
from banguard.core.networks import parse_network
from banguard.fail2ban import blocklist_jail
from banguard.fail2ban.blocklist_jail import SECTION, lay, overlay_text, write
from banguard.fail2ban.client import Fail2ban
from banguard.fail2ban.configfiles import read_jails
from banguard.fail2ban.values import BLOCKLIST_JAIL
from tests.fail2ban.private_server import running_fail2ban
from tests.waiting import wait_until

ONE, TWO = parse_network("192.0.2.1"), parse_network("2001:db8::2")


@pytest.fixture
def own():
    """A server for one test alone, since the jail stays in it."""
    with running_fail2ban() as server:
        yield server


def test_an_empty_overlay_gets_the_section():
    assert overlay_text("") == SECTION


def test_the_sections_of_others_are_kept():
    mine = "# about sshd\n[sshd]\nmaxretry = 3"
    assert overlay_text(mine) == f"{mine}\n\n{SECTION}"
    assert overlay_text(f"{SECTION}bantime = 5\n[zz]\nx=1\n") == f"{SECTION}\n[zz]\nx=1\n"
    assert overlay_text(f"[aa]\nx=1\n{SECTION}\n[zz]\n{SECTION}y=1\n") == f"[aa]\nx=1\n\n{SECTION}\n[zz]\n"


def test_writing_it_again_changes_nothing():
    for before in ("", "[a]\nx=1\n", SECTION, "[a]", f"[a]\n\n\n{SECTION}"):
        once = overlay_text(before)
        assert overlay_text(once) == once


def test_a_file_is_written_whole_readable_and_only_when_it_differs(tmp_path):
    path = tmp_path / "jail.d" / "zz.local"
    assert write(path, "text")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    before = path.stat().st_ino
    assert not write(path, "text")
    assert path.stat().st_ino == before
    assert [file.name for file in path.parent.iterdir()] == ["zz.local"]


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path):
    (tmp_path / "jail.d").write_text("not a folder")
    with pytest.raises(Unavailable, match="cannot be written"):
        write(tmp_path / "jail.d" / "zz.local", "text")


def test_without_a_server_nothing_is_written(tmp_path):
    with pytest.raises(Fail2banUnreachable):
        lay(Fail2ban(tmp_path / "s"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_client_program_is_said_so(real):
    with pytest.raises(Unavailable, match="is not installed"):
        blocklist_jail.load(real.client, real.config_dir, client="fail2ban-client-nosuch")


def test_the_jail_runs_for_ever_and_watches_nothing(own):
    assert lay(own.client, own.config_dir)
    assert own.client.ban_time(BLOCKLIST_JAIL) == -1
    assert own.client.log_paths(BLOCKLIST_JAIL) == ()
    assert own.client.actions(BLOCKLIST_JAIL) == ("noop",)
    assert BLOCKLIST_JAIL in [jail.name for jail in read_jails(own.config_dir).jails if jail.enabled]
    assert not lay(own.client, own.config_dir)


def test_other_jails_keep_their_bans_their_settings_and_their_place_in_the_log(own):
    own.attack("192.0.2.50")
    wait_until(lambda: all("192.0.2.50" in own.client.banned(jail) for jail in ("lab", "other")), 20)
    own.client.ban("other", [ONE])
    with own.client._connected() as server:
        server.ask("set", "lab", "bantime", "1234")  # lost if the jail were loaded anew
    failed = own.client.state("lab").failed_total
    assert lay(own.client, own.config_dir)
    assert "192.0.2.50" in own.client.banned("lab")
    assert set(own.client.banned("other")) == {"192.0.2.1", "192.0.2.50"}
    assert own.client.ban_time("lab") == 1234
    own.attack("192.0.2.51")
    wait_until(lambda: "192.0.2.51" in own.client.banned("lab"), 20)
    assert own.client.state("lab").failed_total == failed + 2  # more, had it begun the log again


def test_its_own_bans_survive_being_loaded_anew(own):
    lay(own.client, own.config_dir)
    own.client.ban(BLOCKLIST_JAIL, [ONE, TWO])
    write(own.config_dir / blocklist_jail.OVERLAY, "")
    assert lay(own.client, own.config_dir)
    wait_until(lambda: len(own.client.banned(BLOCKLIST_JAIL)) == 2, 20)


def test_a_jail_that_was_stopped_runs_again(own):
    lay(own.client, own.config_dir)
    with own.client._connected() as server:
        server.ask("stop", BLOCKLIST_JAIL)
    assert lay(own.client, own.config_dir)
    assert BLOCKLIST_JAIL in own.client.jail_names()


def test_a_jail_that_the_server_refuses_leaves_no_file_behind(own):
    (own.config_dir / "jail.d" / "bad.local").write_text("[DEFAULT]\nfindtime = abc\n")
    with pytest.raises(Fail2banRefused):
        lay(own.client, own.config_dir)
    assert not (own.config_dir / blocklist_jail.OVERLAY).exists()
    assert {"lab", "other"} <= set(own.client.jail_names())
