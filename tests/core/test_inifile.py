from pathlib import Path

import pytest

from banguard.core import inifile

STOCK = sorted(path for path in Path("/etc/fail2ban").rglob("*") if path.suffix in {".conf", ".local"})
TEXT = "# mine\n[DEFAULT]\nBanTime  =  10m ; long\n\n[sshd]\nport    = ssh,\n   # between\n   sftp\n\n# end\n"


@pytest.mark.parametrize("path", STOCK, ids=lambda path: path.name)
def test_every_shipped_file_comes_back_byte_for_byte(path):
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    back = text
    for option in inifile.options_of(text):
        back = inifile.with_option(back, option.section, option.name, option.value)
    assert "".join(inifile.lines_of(back)).encode("utf-8", "surrogateescape") == path.read_bytes()


@pytest.mark.parametrize("path", STOCK, ids=lambda path: path.name)
def test_an_option_that_came_and_went_leaves_no_trace(path):
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    for section in {one.name for one in inifile.sections_of(text)}:
        there = inifile.with_option(text, section, "banguard-was-here", "yes\nno")
        end = "" if text.endswith("\n") else "\n"
        assert inifile.without_option(there, section, "banguard-was-here") in {text, text + end}


def test_options_know_their_lines():
    found = [(one.section, one.name, one.first, one.last, one.value) for one in inifile.options_of(TEXT)]
    assert found == [("DEFAULT", "bantime", 2, 2, "10m"), ("sshd", "port", 5, 7, "ssh,\nsftp")]


def test_a_changed_value_keeps_spelling_and_comment():
    changed = inifile.with_option(TEXT, "DEFAULT", "bantime", "1h")
    assert changed == TEXT.replace("BanTime  =  10m ; long", "BanTime  =  1h ; long")


def test_a_value_of_many_lines_is_replaced_whole():
    changed = inifile.with_option(TEXT, "sshd", "port", "22\n2222")
    assert changed == TEXT.replace("ssh,\n   # between\n   sftp\n", "22\n    2222\n")


def test_a_new_option_stands_behind_the_last_of_its_section():
    changed = inifile.with_option(TEXT, "sshd", "maxretry", "3")
    assert changed == TEXT.replace("   sftp\n", "   sftp\nmaxretry = 3\n")


def test_a_new_section_stands_before_the_one_that_is_to_be_last():
    changed = inifile.with_option("[a]\nx = 1\n\n[z]\ny = 2\n", "m", "o", "1", before_section="z")
    assert changed == "[a]\nx = 1\n\n[m]\no = 1\n\n[z]\ny = 2\n"


def test_line_ends_stay_as_they_are():
    assert inifile.with_option("[a]\r\nx = 1\r\n", "a", "x", "2") == "[a]\r\nx = 2\r\n"
    assert inifile.with_option("[a]\nx = 1", "a", "x", "2") == "[a]\nx = 2"
