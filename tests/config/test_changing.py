"""Changing a file through service, API and pages: drafts, conflicts, who may, what is kept, what a crash leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from banguard.accounts.models import AuditRecord
from banguard.accounts.values import Caller, Scope
from banguard.agent.memory import MemoryAgent
from banguard.config import draft
from banguard.config.models import Revision, Sample
from banguard.config.services import changing, settling
from banguard.config.values import OVERLAY, Origin, State
from banguard.core import locks
from banguard.core.errors import ConfigInvalid, Forbidden, InvalidInput, RevisionConflict
from banguard.servers import services as servers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sshd_runs")]

ANN = Caller("ann", None, None, frozenset(Scope))
BOB = Caller("bob", None, None, frozenset(Scope) - {Scope.ROOT})
BASE = b"[sshd]\nenabled = true\nbackend = polling\nlogpath = %(syslog_authpriv)s\nbanaction = iptables-multiport\n"


def test_a_change_is_kept_with_who_why_and_what_came_of_it(agent: MemoryAgent, folder: Path) -> None:
    made = changing.propose(path=OVERLAY, content=b"[sshd]\nmaxretry = 3\n", caller=ANN)
    assert (made.state, made.findings, folder.joinpath(OVERLAY).exists()) == (State.DRAFT, [], False)
    assert "+[sshd] maxretry = 3" in made.effective
    assert made.effects == [{"jail": "sshd", "doing": "reload", "bans": 0}]
    applied = changing.apply(revision_id=made.pk, caller=ANN, comment="too many tries")
    assert (applied.state, applied.author, applied.comment) == (State.APPLIED, "ann", "too many tries")
    assert folder.joinpath(OVERLAY).read_bytes() == b"[sshd]\nmaxretry = 3\n"
    assert agent.fail2ban.max_retries("sshd") == 3
    assert [one.outcome for one in AuditRecord.objects.filter(action="config.change").order_by("number")] == [
        "begun",
        "done",
    ]


def test_a_form_sets_options_and_leaves_every_other_byte(agent: MemoryAgent, folder: Path) -> None:
    text = b"# mine\r\n[sshd]\r\nmaxretry   = 9 ; why\r\n\r\n[other]\r\nx=1\r\n"
    folder.joinpath(OVERLAY).write_bytes(text)
    options = {("sshd", "maxretry"): "4", ("sshd", "findtime"): "1h", ("other", "nosuch"): None}
    made = changing.propose_options(path=OVERLAY, options=options, caller=ANN)
    wanted = text.replace(b"= 9 ;", b"= 4 ;").replace(b"why\r\n", b"why\r\nfindtime = 1h\r\n")
    assert bytes(made.after) == wanted
    assert made.origin == Origin.FORM


@pytest.mark.parametrize("value", ["1\n[other]\nx = 1", "3 ; x", "1\r2", "a\n# b", "1\x00", "1\u2028x"])
def test_no_value_smuggles_a_line(value: str) -> None:
    if value.startswith("1\n["):  # it is written indented, and so stays a value
        assert b"    [other]" in draft.with_options(None, {("sshd", "maxretry"): value})
    else:
        with pytest.raises(InvalidInput):
            draft.with_options(None, {("sshd", "maxretry"): value})


@pytest.mark.parametrize("name", ["a]\n[b", "a = 1\nb", "#a", "[a", ""])
def test_no_name_smuggles_a_line(name: str) -> None:
    with pytest.raises(InvalidInput):
        draft.with_options(None, {("sshd", name): "1"})


@pytest.mark.parametrize(
    ("content", "line", "option"),
    [
        (b"[sshd]\nbantime = soon\n", 2, "bantime"),
        (b"[sshd]\nmaxretry = many\n", 2, "maxretry"),
        (b"[sshd]\nenabled = maybe\n", 2, "enabled"),
        (b"[sshd]\n\nignoreip = 127.0.0.1/8 300.1.1.1\n", 3, "ignoreip"),
        (b"[sshd]\nusedns = perhaps\n", 2, "usedns"),
        (b"[sshd]\nbackend = bogus\n", 2, "backend"),
        (b"[sshd]\nfailregex = ^ok <HOST>$\n    ^(a+)+$\n", 3, "failregex"),
        (b"[sshd]\nfailregex = ^(<HOST>$\n", 2, "failregex"),
        (b"[sshd]\nmaxretry = 1\nmaxretry = 2\n", 3, None),
        (b"maxretry = 1\n", 1, None),
        (b"[sshd]\nnonsense\n", 2, None),
        (b"[sshd]\n\xff\xfe\n", 2, None),
        (b"[sshd]\nmaxretry = 1\rbantime = 1\n", 2, None),
        ("[sshd]\nport = 1\u2028x\n".encode(), 2, None),
        (b"[INCLUDES]\nbefore = ../../etc/passwd\n", 2, "before"),
        ("[sshd]\nport = 1\n".encode("utf-16"), 1, None),
        (b"[ss hd]\nport = 1\n", 1, None),
    ],
)
def test_what_is_wrong_is_told_by_line_and_option(
    agent: MemoryAgent, folder: Path, content: bytes, line: int, option: str | None
) -> None:
    made = changing.propose(path=OVERLAY, content=content, caller=ANN)
    errors = [one for one in made.findings if one["severity"] == "error"]
    assert (errors[0]["file"], errors[0]["line"]) == (OVERLAY, line)
    assert option in {None, errors[0]["option"]}
    with pytest.raises(ConfigInvalid):
        changing.apply(revision_id=made.pk, caller=ANN)
    assert not folder.joinpath(OVERLAY).exists()


def test_a_file_may_not_be_too_big(agent: MemoryAgent) -> None:
    made = changing.propose(path=OVERLAY, content=b"#" * 300_000, caller=ANN)
    assert "256 kB" in made.findings[0]["message"]


@pytest.mark.parametrize(
    "path",
    ["jail.conf", "jail.local", "../jail.d/x.local", "jail.d/../x.local", "jail.d/x.conf", "jail.d/.x.local", "/etc/x"],
)
def test_only_overlays_are_written(agent: MemoryAgent, path: str) -> None:
    with pytest.raises(InvalidInput, match="overlays"):
        changing.propose(path=path, content=b"[a]\n", caller=ANN)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("action.d/mine.local", b"[Definition]\nactionban = touch /tmp/x\n"),
        ("fail2ban.d/zz.local", b"[Definition]\nlogtarget = /etc/cron.d/x\n"),
        (OVERLAY, b"[sshd]\nignorecommand = /bin/true\n"),
        (OVERLAY, b"[sshd]\nport = 22; touch /tmp/x\n"),
        (OVERLAY, b'[sshd]\naction = iptables[actionban="touch /tmp/x"]\n'),
        (OVERLAY, b'[sshd]\nbanaction = iptables[port="$(id)"]\n'),
        (OVERLAY, b"[sshd]\nbantime.formula = __import__('os').system('id')\n"),
        (OVERLAY, b"[sshd]\nlogpath = /etc/shadow\n"),
    ],
)
def test_what_root_would_run_is_for_whoever_may(agent: MemoryAgent, path: str, content: bytes) -> None:
    with pytest.raises(Forbidden, match="root"):
        changing.propose(path=path, content=content, caller=BOB)
    made = changing.propose(path=path, content=content, caller=ANN)
    assert any(one["severity"] == "danger" for one in made.findings)


def test_ordinary_options_need_no_such_right(agent: MemoryAgent) -> None:
    content = b'[sshd]\nport = ssh,2222\naction = %(action_)s\nbanaction = iptables-multiport[blocktype="DROP"]\n'
    assert changing.propose(path=OVERLAY, content=content, caller=BOB).state == State.DRAFT


def test_the_second_of_two_editors_is_told_and_loses_nothing(agent: MemoryAgent, folder: Path) -> None:
    first = changing.change(path=OVERLAY, content=b"[sshd]\nmaxretry = 3\n", caller=ANN, digest="")
    with pytest.raises(RevisionConflict) as told:
        changing.propose(path=OVERLAY, content=b"[sshd]\nmaxretry = 8\n", caller=BOB, digest="")
    assert told.value.details["digest"] == first.after_digest
    assert "+maxretry = 8" in str(told.value.details["diff"])
    assert "+maxretry = 3" in str(told.value.details["theirs"])


def test_two_drafts_of_one_file_cannot_both_be_applied(agent: MemoryAgent, folder: Path) -> None:
    one = changing.propose(path=OVERLAY, content=b"[sshd]\nmaxretry = 3\n", caller=ANN)
    two = changing.propose(path=OVERLAY, content=b"[sshd]\nmaxretry = 4\n", caller=BOB)
    changing.apply(revision_id=one.pk, caller=ANN)
    with pytest.raises(RevisionConflict):
        changing.apply(revision_id=two.pk, caller=BOB)
    two.refresh_from_db()
    assert (two.state, bytes(two.after)) == (State.FAILED, b"[sshd]\nmaxretry = 4\n")


def test_samples_block_a_change_of_their_filter(agent: MemoryAgent, folder: Path) -> None:
    line = "Nov 23 10:00:00 host sshd[1]: Failed password for root from 192.0.2.7 port 22 ssh2"
    Sample.objects.create(filter="sshd", line=line, must_match=True)
    made = changing.propose(
        path="filter.d/sshd.local", content=b"[Definition]\nfailregex = ^nothing <HOST>$\n", caller=ANN
    )
    assert made.refused
    assert "no longer matched" in made.findings[-1]["message"]


def test_a_catastrophe_behind_a_reference_is_found(agent: MemoryAgent) -> None:
    content = b"[Definition]\n_x = (a+)+\nfailregex = ^%(_x)s$<HOST>\n"
    made = changing.propose(path="filter.d/mine.local", content=content, caller=ANN)
    assert "takes too long" in made.findings[0]["message"]


def test_any_revision_is_restored_through_the_same_transaction(agent: MemoryAgent, folder: Path) -> None:
    first = changing.change(path=OVERLAY, content=b"[sshd]\nmaxretry = 3\n", caller=ANN)
    changing.change(path=OVERLAY, content=b"[sshd]\nmaxretry = 4\n", caller=ANN)
    back = changing.restore(revision_id=first.pk, caller=BOB)
    assert (back.state, back.origin, back.restores_id) == (State.APPLIED, Origin.RESTORE, first.pk)
    assert folder.joinpath(OVERLAY).read_bytes() == b"[sshd]\nmaxretry = 3\n"
    changing.restore(revision_id=first.pk, caller=BOB, undo=True)
    assert not folder.joinpath(OVERLAY).exists()


def test_what_is_changed_outside_becomes_a_revision(agent: MemoryAgent, folder: Path) -> None:
    server = servers.local()
    assert settling.look(server=server) == 0
    assert Revision.objects.filter(origin=Origin.FOUND, path="jail.conf").exists()
    folder.joinpath("jail.local").write_bytes(BASE)
    folder.joinpath("jail.d/new.local").write_bytes(b"[sshd]\n")
    folder.joinpath("filter.d/sshd.conf").unlink()
    assert settling.look(server=server) == 3
    outside = {one.path: one for one in Revision.objects.filter(origin=Origin.OUTSIDE)}
    assert bytes(outside["jail.local"].after) == BASE
    assert outside["filter.d/sshd.conf"].after is None
    assert settling.look(server=server) == 0


def test_how_files_were_found_is_no_change_though_ours_came_first(agent: MemoryAgent, folder: Path) -> None:
    changing.change(path=OVERLAY, content=b"[sshd]\nmaxretry = 3\n", caller=ANN)
    assert settling.look(server=servers.local()) == 0
    assert not Revision.objects.filter(origin=Origin.OUTSIDE).exists()


def test_our_own_changes_are_not_taken_for_somebody_elses(agent: MemoryAgent, folder: Path) -> None:
    settling.look(server=servers.local())
    changing.change(path=OVERLAY, content=b"[sshd]\nmaxretry = 3\n", caller=ANN)
    assert settling.look(server=servers.local()) == 0


@pytest.mark.parametrize(
    ("happened", "state"),
    [(b"[sshd]\nmaxretry = 3\n", State.APPLIED), (None, State.ROLLED_BACK), (b"# else\n", State.FAILED)],
)
def test_a_change_whose_process_died_is_decided_by_the_next(
    agent: MemoryAgent, folder: Path, happened: bytes | None, state: State
) -> None:
    made = changing.propose(path=OVERLAY, content=b"[sshd]\nmaxretry = 3\n", caller=ANN)
    Revision.objects.filter(pk=made.pk).update(state=State.PENDING)
    if happened is not None:
        folder.joinpath(OVERLAY).write_bytes(happened)
    with locks.hold(locks.CONFIGURE, servers.local().pk):
        settling.settle(server=servers.local())
    assert Revision.objects.get(pk=made.pk).state == State.PENDING
    settling.settle(server=servers.local())
    assert Revision.objects.get(pk=made.pk).state == state
