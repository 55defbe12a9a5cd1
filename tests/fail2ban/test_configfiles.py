import os
import shutil
import subprocess
from ast import literal_eval
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banguard.fail2ban import configfiles
from banguard.fail2ban.configfiles import read_jails
from banguard.fail2ban.values import ConfiguredJail
from tests.fail2ban.private_server import require_fail2ban


def write(folder: Path, **files: str) -> Path:
    """``jail_d__a__conf="..."`` is ``jail.d/a.conf``; ``jail__local`` is ``jail.local``."""
    for name, text in files.items():
        path = folder / name.replace("_d__", ".d/", 1).replace("__", ".")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder


def jail(folder: Path, name: str = "a") -> ConfiguredJail:
    return next(jail for jail in read_jails(folder).jails if jail.name == name)


def test_the_last_of_five_files_wins(tmp_path):
    files = ("jail__conf", "jail_d__a__conf", "jail_d__b__conf", "jail__local", "jail_d__a__local", "jail_d__zz__local")
    for number, file in enumerate(files):
        write(tmp_path, **{file: f"[a]\nmaxretry = {number}\n"})
        assert jail(tmp_path).option("maxretry") == str(number)


def test_it_tells_which_files_define_a_jail_in_order(tmp_path):
    write(tmp_path, jail__conf="[a]\nx=1\n", jail_d__z__conf="[b]\nx=1\n", jail_d__a__local="[a]\nx=2\n")
    assert jail(tmp_path).files == ("jail.conf", "jail.d/a.local")


def test_a_default_of_a_later_file_holds_for_jails_without_a_value_of_their_own(tmp_path):
    write(tmp_path, jail__conf="[DEFAULT]\nbantime=1\n[a]\n[b]\nbantime=2\n", jail__local="[DEFAULT]\nbantime=3\n")
    assert (jail(tmp_path, "a").option("bantime"), jail(tmp_path, "b").option("bantime")) == ("3", "2")


def test_files_are_read_before_and_after_the_one_that_names_them(tmp_path):
    write(tmp_path, jail__conf="[INCLUDES]\nbefore = b.conf\nafter = c.conf\n[DEFAULT]\nx=own\ny=own\n[a]\n")
    write(tmp_path, b__conf="[DEFAULT]\nx=before\n", c__conf="[DEFAULT]\ny=after\n", b__local="[DEFAULT]\nz=twin\n")
    assert [jail(tmp_path).option(name) for name in "xyz"] == ["own", "after", "twin"]


def test_files_that_name_each_other_are_read_all_the_same(tmp_path):
    write(tmp_path, jail__conf="[INCLUDES]\nbefore = b.conf\n[a]\n", b__conf="[INCLUDES]\nafter = jail.conf\n[b]\n")
    assert {jail.name for jail in read_jails(tmp_path).jails} == {"a", "b"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("%(other)s", "there"),
        ("%(__name__)s[mode=%(other)s]", "a[mode=there]"),
        ("%(b/own)s", "of b"),
        ("%(b/other)s", "there"),
        ("%(default/other)s", "there"),
        ("%(twice)s", "there there"),
        ("100%%", "100%"),
        ("50% off", "50% off"),
    ],
)
def test_a_reference_is_followed(tmp_path, text, value):
    defaults = "[DEFAULT]\nother = there\ntwice = %(other)s %(other)s\n"
    write(tmp_path, jail__conf=f"{defaults}[b]\nown = of b\n[a]\nx = {text}\n")
    assert jail(tmp_path).option("x") == value


def test_known_is_the_value_that_an_earlier_file_gave(tmp_path):
    write(
        tmp_path, jail__conf="[DEFAULT]\ny=9\n[a]\nx = 1\n", jail__local="[a]\nx = %(known/x)s 2\ny = %(known/y)s 8\n"
    )
    assert (jail(tmp_path).option("x"), jail(tmp_path).option("y")) == ("1 2", "9 8")


@pytest.mark.parametrize("text", ["%(nosuch)s", "%(x)s", "%(nosuch/x)s", "%(known/nosuch)s"])
def test_a_reference_that_leads_nowhere_is_reported_and_left(tmp_path, text):
    found = read_jails(write(tmp_path, jail__conf=f"[a]\nx = {text}\n[b]\n"))
    assert [jail.option("x") for jail in found.jails] == [text, ""]
    assert [(fault.place, fault.message) for fault in found.faults] == [("[a] x", f"{text} leads nowhere")]


def test_a_few_lines_cannot_unfold_into_gigabytes(tmp_path):
    lines = [f"v{n} = {f'%(v{n + 1})s' * 100}" for n in range(9)]
    found = read_jails(write(tmp_path, jail__conf="\n".join(["[a]", *lines, "v9 = xxxxxxxxxx"])))
    assert "[a] v0" in [fault.place for fault in found.faults]


@pytest.mark.parametrize("word", ["true", "TRUE", "yes", "on", "1"])
def test_a_jail_is_enabled_by_each_word_that_fail2ban_takes(tmp_path, word):
    assert jail(write(tmp_path, jail__conf=f"[a]\nenabled = {word}\n")).enabled


@pytest.mark.parametrize("word", ["false", "maybe", "", "2"])
def test_a_jail_is_not_enabled_by_anything_else(tmp_path, word):
    assert not jail(write(tmp_path, jail__conf=f"[a]\nenabled = {word}\n")).enabled


@pytest.mark.parametrize(
    "broken", ["no header\n", "[a]\nx=1\n[a]\n", "[a]\nx=1\nx=2\n", "[a]\nno value\n", "[a\n", "\0\0", "[a]\n = 1\n"]
)
def test_a_broken_file_is_reported_and_the_others_are_read(tmp_path, broken):
    found = read_jails(write(tmp_path, jail__conf="[good]\n", jail_d__bad__conf=broken))
    assert [jail.name for jail in found.jails] == ["good"]
    assert [fault.place for fault in found.faults] == ["jail.d/bad.conf"]


def test_what_is_no_readable_text_is_reported(tmp_path):
    write(tmp_path, jail__conf="[good]\n", jail_d__big__conf="#" * (configfiles.MAX_FILE + 1))
    (tmp_path / "jail.d/binary.conf").write_bytes(b"[x]\ny = \xff\n")
    (tmp_path / "jail.d/folder.conf").mkdir()
    os.mkfifo(tmp_path / "jail.d/pipe.conf")
    found = read_jails(tmp_path)
    assert [jail.name for jail in found.jails] == ["good"]
    assert [fault.place for fault in found.faults] == [
        f"jail.d/{name}.conf" for name in ["big", "binary", "folder", "pipe"]
    ]


def test_hidden_files_and_copies_are_not_read(tmp_path):
    write(tmp_path, jail_d__a__conf="[a]\n")
    (tmp_path / "jail.d/.b.conf").write_text("[b]\n")
    (tmp_path / "jail.d/c.conf.bak").write_text("[c]\n")
    assert [jail.name for jail in read_jails(tmp_path).jails] == ["a"]


def test_a_folder_that_is_not_there_has_no_jails(tmp_path):
    assert read_jails(tmp_path / "nosuch").jails == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.text(alphabet="[]ab=:%()s/ \n\t#;known", max_size=80))
def test_whatever_is_in_a_file_nothing_breaks(tmp_path, text):
    read_jails(write(tmp_path, jail__conf=text))


def test_it_reads_the_stock_jails_as_fail2ban_does(tmp_path):
    require_fail2ban()
    folder = tmp_path / "conf"
    shutil.copytree("/etc/fail2ban", folder)
    write(folder, jail__local="[DEFAULT]\nenabled = true\nbantime = %(known/bantime)s\nfindtime = 2m\n")
    (folder / "jail.local").write_text("[DEFAULT]\nenabled = true\nfindtime = 2m\n[sshd]\nbackend = systemd\n")
    dump = subprocess.run(["fail2ban-client", "-c", folder, "-d"], capture_output=True, text=True, check=True).stdout
    orders = [literal_eval(line) for line in dump.splitlines() if line.startswith("[")]
    ours = read_jails(folder)
    assert ours.faults == ()
    assert {order[1]: order[2] for order in orders if order[0] == "add"} == {
        jail.name: jail.option("backend") for jail in ours.jails
    }
    for option in ("bantime", "findtime", "maxretry"):
        theirs = {order[1]: str(order[3]) for order in orders if order[0] == "set" and order[2] == option}
        assert theirs == {jail.name: jail.option(option) for jail in ours.jails}
