import pytest

from banguard.core.errors import NotFound
from banguard.fail2ban import origins

LAYERS = {
    "jail.conf": "[DEFAULT]\nmaxretry = 5\nbantime = 10m\n\n[sshd]\nport = ssh\n",
    "jail.d/a.conf": "[sshd]\nmaxretry = 11\n",
    "jail.d/b.conf": "[sshd]\nmaxretry = 12\n",
    "jail.local": "[sshd]\n# ours\nmaxretry = 31\n[DEFAULT]\nbantime = 1h\n",
    "jail.d/zz.local": "[sshd]\nmaxretry = 2%(tail)s\ntail = 2\n",
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "jail.d").mkdir()
    for name, text in LAYERS.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def option(found, name):
    return next(one for one in found.options if one.name == name)


def test_the_last_file_decides_and_the_others_are_told(folder):
    found = option(origins.definition(folder, "jail", "sshd"), "maxretry")
    assert found.value == "22"
    assert [(one.file, one.line, one.written) for one in found.settings] == [
        ("jail.conf", 2, "5"),
        ("jail.d/a.conf", 2, "11"),
        ("jail.d/b.conf", 2, "12"),
        ("jail.local", 3, "31"),
        ("jail.d/zz.local", 2, "2%(tail)s"),
    ]


def test_a_default_that_reaches_the_jail_names_its_own_line(folder):
    found = option(origins.definition(folder, "jail", "sshd"), "bantime")
    assert (found.value, found.settings[-1].file, found.settings[-1].line) == ("1h", "jail.local", 5)
    assert found.settings[-1].section == "DEFAULT"


@pytest.mark.parametrize("name", ["nosuch", "..", "../jail", "a/b", "", "x\n"])
def test_what_no_file_defines_is_not_found(folder, name):
    for kind in ("jail", "filter", "action"):
        with pytest.raises(NotFound):
            origins.definition(folder, kind, name)
