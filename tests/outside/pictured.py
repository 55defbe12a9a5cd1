"""Something on every page, for the pictures: bans, a change of files, an import and its trial; and where each is."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.utils import timezone

from banguard.accounts import services as accounts
from banguard.accounts.models import Person
from banguard.accounts.values import Caller, Role, Scope
from banguard.agent.memory import MemoryAgent
from banguard.agent.verbs import JailState
from banguard.agent.verbs import Status as Seen
from banguard.blocklists.models import Entry, Run, Source, Trial
from banguard.config.models import Revision
from banguard.config.services import changing, ignoring, trying
from banguard.config.values import OVERLAY
from banguard.fail2ban.configfiles import read_jails
from banguard.history.models import Ban
from banguard.servers import services as servers
from banguard.servers.models import ProtectedNetwork, Status
from tests import test_doors as doors
from tests.fail2ban.private_server import NOOP
from tests.outside import sample

ANNA, BERTA = (Caller(name, None, None, frozenset(Scope)) for name in ("anna", "berta"))
STOCK = Path("/etc/fail2ban")
NUMBERS = {"failed_current": 7, "failed_total": 400, "banned_total": 912}
TIMES = {"ban_time": 600, "find_time": 600, "max_retries": 5}
PLAIN = ("/sign-in", "/setup/nothing/", "/nothing/", "/find/?q=s")
WITHOUT_A_PAGE = ("/admin", "/export", "/undo", "/account/confirm/", "/now/", "/downloads/")
LINE = "Nov 26 01:02:03 host sshd[7]: Failed password for root from 203.0.113.7 port 22 ssh2"


def guarded(folder: Path) -> MemoryAgent:
    """An agent over a copy of the configuration that the package ships, with a log to look into."""
    config = Path(shutil.copytree(STOCK, folder / "fail2ban"))
    (config / "auth.log").write_text(f"{LINE}\n" * 3)
    (config / "action.d/noop.conf").write_text(NOOP)
    own = f"enabled = true\nbackend = polling\nlogpath = {config}/auth.log\naction = noop\n"
    (config / "jail.local").write_text(f"[sshd]\n{own}")
    agent = MemoryAgent(*sample.JAILS, config_dir=config, log_folders=(config,))
    agent.configured = read_jails(config)
    return agent


def fill(bans: int = 3_000) -> None:
    sample.fill(bans)
    server = servers.local()
    banned = Counter(Ban.objects.filter(lifted_at=None).values_list("jail", flat=True))
    jails = tuple(JailState(name=name, banned_current=banned[name], **NUMBERS, **TIMES) for name in sample.JAILS)
    servers.record_up(server=server, status=Seen(version="1.1.0", jails=jails))
    servers.record_jails(server=server, jails=servers.agent_of(server=server).jails())
    Status.objects.update(seen_at=timezone.now() + timedelta(days=1))  # as fresh as can be, all the time
    _an_import()
    _a_change()


def more_people() -> None:
    """Once the first is there: one who has everything, and such as nobody looks at every day."""
    people = [
        ("viktor", Role.VIEWER, {"first_name": "Viktor", "last_name": "Lang", "email": "viktor@example.org"}),
        ("a.name-as-long_as+some@give.themselves.example", Role.OPERATOR, {"first_name": "ليلى", "last_name": "حداد"}),
        ("olga", Role.ADMINISTRATOR, {"first_name": "Olga", "last_name": "Okonkwo", "email": "olga@example.org"}),
    ]
    made = [accounts.add_person(username=name, role=role, **details)[0] for name, role, details in people]
    Person.objects.filter(username="viktor").update(is_active=False)
    olga, now = made[-1], timezone.now()
    for kind, days in (("totp", 40), ("webauthn", 2)):
        Authenticator.objects.create(user=olga, type=kind, data={}, created_at=now - timedelta(days=days))
    SocialAccount.objects.create(user=olga, provider="https://login.example.org", uid="8f14e45f-ceea-467f")
    for name in ("nightly export", "backup of host a"):
        accounts.create_token(name=name, scopes={"read"}, days=90, created_by=olga)


def _an_import() -> None:
    now = timezone.now()
    held = [f"198.18.{third}.{fourth}/32" for third in range(6) for fourth in range(0, 256, 2)]
    source = Source.objects.create(
        name="A list of attackers",
        url="https://lists.example/drop.txt",
        schedule="17 * * * *",
        held=len(held),
        good_at=now,
    )
    Entry.objects.bulk_create(Entry(source=source, network=network) for network in held)
    counts = dict.fromkeys(("entries_merged", "added", "enforced"), len(held))
    run = Run.objects.create(
        source=source,
        state="succeeded",
        entries_read=len(held) + 60,
        bytes_read=11_482,
        http_status=200,
        started_at=now,
        finished_at=now,
        **counts,
    )
    Trial.objects.create(
        server=servers.local(),
        run=run,
        seconds=600,
        asked_by="anna",
        confirm_by=now + timedelta(minutes=9),
        state="armed",
    )


def _a_change() -> None:
    for caller, failures, time in ((BERTA, 5, "1h"), (ANNA, 3, "1d")):  # of one person only the newest draft is kept
        text = f"[sshd]\nmaxretry = {failures}\nbantime = {time}\n"
        changing.propose(path=OVERLAY, content=text.encode(), caller=caller)
    ProtectedNetwork.objects.create(network="192.0.2.0/24", note="the office", created_by="anna")
    ignoring.ignore(addresses=["198.51.100.0/24"], jail="sshd", note="the office", expires_at=None, author="anna")
    trying.keep_sample(name="sshd", line=LINE, must_match=True, author="anna")


def pages() -> dict[str, str]:
    """All that answers with a page, as the doors list it and where it is, each with something on it that is there."""
    found = [*PLAIN, *doors.PAGES, *doors.FOR_EVERYBODY]
    kept = [one for one in found if one not in doors.POST_ONLY and not any(part in one for part in WITHOUT_A_PAGE)]
    return {one: real(one) for one in kept}


def real(address: str) -> str:
    """The address of a page as the doors list it, leading to what is there."""
    run, ban = Run.objects.latest("pk"), Ban.objects.latest("pk")
    before, revision = Revision.objects.order_by("pk")[:2]
    for given, there in (
        ("/people/1/", f"/people/{Person.objects.latest('pk').pk}/"),
        ("/history/1/", f"/history/{ban.pk}/"),
        ("/addresses/x/", f"/addresses/{ban.address}/"),
        ("/sources/1/", f"/sources/{run.source_id}/"),
        ("/runs/1/", f"/runs/{run.pk}/"),
        ("/trials/1/", f"/trials/{Trial.objects.latest('pk').pk}/"),
        ("/revisions/1/compare/1/", f"/revisions/{revision.pk}/compare/{before.pk}/"),
        ("/revisions/1/", f"/revisions/{revision.pk}/"),
        ("/jails/x/", "/jails/sshd/"),
        ("/filters/x/", "/filters/sshd/"),
        ("/actions/x/", "/actions/noop/"),
        ("/files/x/", "/files/jail.local/"),
        ("/edit/x/", f"/edit/{OVERLAY}/"),
    ):
        address = address.replace(given, there)
    return address
