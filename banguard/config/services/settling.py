"""Finding out what became of changes whose process was killed, and noticing what was changed by somebody else."""

from __future__ import annotations

import structlog
from django.db.models.functions import Now

from banguard.agent.client import AgentCalls
from banguard.agent.config_verbs import Changed
from banguard.config import draft, selectors
from banguard.config.models import Revision
from banguard.config.values import BLOCKLIST_SECTION, OVERLAY, Origin, State
from banguard.core import inifile, locks
from banguard.core.errors import InvalidInput, LockBusy
from banguard.core.locks import Held
from banguard.servers import services as servers
from banguard.servers.models import Server

log = structlog.get_logger(__name__)

OURSELVES = "BanGuard"


def settle(*, server: Server) -> None:
    """Decide a change that is pending although nobody works on it. While somebody does, it does nothing."""
    if not Revision.objects.filter(server=server, state=State.PENDING).exists():
        return
    try:
        with locks.hold(locks.CONFIGURE, server.pk) as held:
            settle_under(held, server=server)
    except LockBusy:
        log.debug("settling_left_to_another", server=server.name)


def look(*, server: Server) -> int:
    """The same, and keep as revisions what was changed outside; how many. A schedule asks for it each minute."""
    try:
        with locks.hold(locks.CONFIGURE, server.pk) as held:
            settle_under(held, server=server)
            return _note_outside(held, server)
    except LockBusy:
        return 0


def settle_under(held: Held, *, server: Server) -> None:
    """The same for whoever holds the lock. The agent ends, or takes back, what was under way; then the file tells."""
    pending = Revision.objects.filter(server=server, state=State.PENDING).first()
    if pending is None:
        return
    agent = servers.agent_of(server=server)
    ended = agent.config_recover(fence=held.fence).ended
    state, message = _decided(pending, agent.config_file(pending.path).digest, ended)
    with held.writing():
        Revision.objects.filter(pk=pending.pk, state=State.PENDING).update(
            state=state, message=message, by_hand=list(ended.by_hand) if ended else [], decided_at=Now()
        )
    log.warning("change_settled", revision=pending.pk, path=pending.path, state=state.value)


def _decided(pending: Revision, digest: str, ended: Changed | None) -> tuple[State, str]:
    if ended is not None and ended.state == "broken":
        return State.BROKEN, ended.message
    if digest == pending.after_digest:
        return State.APPLIED, "Whoever applied it was stopped before it could be written down."
    if digest == pending.before_digest:
        return State.ROLLED_BACK, "It was interrupted, and everything is as it was before."
    return State.FAILED, "It was interrupted, and somebody else has changed the file since."


def _note_outside(held: Held, server: Server) -> int:
    agent = servers.agent_of(server=server)
    known, first = selectors.newest_digests(server_id=server.pk), not selectors.was_looked_at(server_id=server.pk)
    listed = {file.path: file.digest for file in agent.config_files().files}
    gone = dict.fromkeys((path for path, digest in known.items() if digest and path not in listed), "")
    changed = [path for path, digest in {**listed, **gone}.items() if known.get(path, "") != digest]
    made = [one for path in changed if (one := _noted(agent, server, path, first=first)) is not None]
    with held.writing():
        Revision.objects.bulk_create(made)
    if made and not first:
        log.warning("changed_outside", server=server.name, files=[one.path for one in made][:20])
    return 0 if first else len(made)


def _noted(agent: AgentCalls, server: Server, path: str, *, first: bool) -> Revision | None:
    try:
        content = agent.config_file(path).content
    except InvalidInput:  # a name that BanGuard cannot speak of, or a link that leads out
        return None
    last = selectors.newest_of(server_id=server.pk, path=path)
    before = None if last is None else selectors.bytes_of(last.after)
    ours = path == OVERLAY and _without_ours(before) == _without_ours(content)
    return Revision(
        server=server,
        path=path,
        before=before,
        after=content,
        before_digest=draft.digest_of(before),
        after_digest=draft.digest_of(content),
        origin=Origin.FOUND if first else Origin.OUTSIDE,
        author=OURSELVES if ours and not first else "",
        comment="The jail for blocklists was laid." if ours and not first else "",
        state=State.APPLIED,
        decided_at=Now(),
    )


def _without_ours(content: bytes | None) -> str:
    text = draft.text_of(content)
    lines = inifile.lines_of(text)
    for section in reversed(inifile.sections_of(text)):
        if section.name == BLOCKLIST_SECTION:
            del lines[section.line : section.end]
    return "".join(lines).strip()
