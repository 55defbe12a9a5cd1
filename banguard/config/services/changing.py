"""Changing a file of the configuration as a transaction: draft, judgement, preview; then intent, effect, outcome.

    revision = changing.propose(path="jail.d/zz-banguard.local", content=text, caller=caller)
    revision.findings, revision.effective, revision.effects      # what the preview shows
    changing.apply(revision_id=revision.pk, caller=caller)       # or ChangeFailed, and everything is as it was

A form does not write text: ``propose_options`` sets options in an overlay and leaves every other byte.
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from django.db.models.functions import Now

from banguard.accounts import services as accounts
from banguard.accounts.values import Caller, Scope
from banguard.agent.client import AgentCalls
from banguard.agent.config_verbs import Changed, is_overlay
from banguard.config import draft, selectors, validate
from banguard.config.models import Revision
from banguard.config.services.judging import Judged, change_of
from banguard.config.services.settling import settle_under
from banguard.config.values import Origin, Reason, State
from banguard.core import locks
from banguard.core.errors import (
    AgentUnreachable,
    BanGuardError,
    ChangeFailed,
    ConfigInvalid,
    Conflict,
    Forbidden,
    InvalidInput,
    RevisionConflict,
)
from banguard.core.locks import Held
from banguard.servers import services as servers

log = structlog.get_logger(__name__)

NO_REASON = Reason()
WAIT = 30.0  # seconds to stand in the queue behind another change
_ENDS = {"applied": State.APPLIED, "put_back": State.ROLLED_BACK, "broken": State.BROKEN}


def propose(
    *, path: str, content: bytes | None, caller: Caller, digest: str | None = None, reason: Reason = NO_REASON
) -> Revision:
    """Keep a draft of ``path`` with ``content`` (None takes the file away), judged; nothing is changed yet.

    ``digest``: of the file that it was made from; without one, as it is now. A draft with findings of severity
    ``error`` is kept too, so that nobody loses what they wrote, but it cannot be applied. Raises
    ``RevisionConflict`` when the file is another by now, ``Forbidden`` when the caller may not make such a change,
    ``InvalidInput`` for a file that BanGuard never writes or a text that changes nothing.
    """
    server = servers.local()
    agent = servers.agent_of(server=server)
    before = _current(agent, path)
    if digest is not None and digest != draft.digest_of(before):
        raise conflict(path=path, based_on=digest, now=before, wanted=content)
    if content == before:
        raise InvalidInput("This is what the file holds already: nothing would change.", path=path)
    _refuse_stranger(path, content, before, caller)
    judged = Judged(agent, path, content, before).whole()
    Revision.objects.filter(server=server, path=path, author=caller.name, state=State.DRAFT).delete()
    return Revision.objects.create(
        server=server,
        path=path,
        before=before,
        after=content,
        before_digest=draft.digest_of(before),
        after_digest=draft.digest_of(content),
        origin=reason.origin,
        author=caller.name[:150],
        comment=reason.comment[:2_000],
        restores_id=reason.restores,
        findings=[one.as_json() for one in judged.findings],
        effects=[one.as_json() for one in judged.effects],
        effective=judged.effective.replace("\x00", "\\x00"),
    )


def propose_options(
    *,
    path: str,
    options: Mapping[draft.Setting, str | None],
    caller: Caller,
    digest: str | None = None,
    comment: str = "",
) -> Revision:
    """The same for a form: each (section, option) is set to its value, or taken out where that is None.

    Whatever else the overlay holds stays byte for byte. ``path``: ``values.OVERLAY`` for jails.
    """
    before = _current(servers.agent_of(server=servers.local()), path)
    if digest is not None and digest != draft.digest_of(before):
        raise conflict(path=path, based_on=digest, now=before, wanted=draft.with_options(before, options))
    content = draft.with_options(before, options)
    reason = Reason(comment, Origin.FORM)
    return propose(path=path, content=content, caller=caller, digest=draft.digest_of(before), reason=reason)


def propose_restoring(*, revision_id: int, caller: Caller, undo: bool = False, comment: str = "") -> Revision:
    """A draft of the file as it was after a revision; or before it, to ``undo`` what it did."""
    old = selectors.revision(revision_id=revision_id)
    content = selectors.bytes_of(old.before if undo else old.after)
    reason = Reason(comment, Origin.RESTORE, old.pk)
    return propose(path=old.path, content=content, caller=caller, reason=reason)


def apply(*, revision_id: int, caller: Caller, comment: str | None = None) -> Revision:
    """Carry out a draft, and return it applied.

    Raises ``ConfigInvalid`` or ``RevisionConflict`` with nothing touched, ``ChangeFailed`` when it was written and
    had to be put back, and ``AgentUnreachable`` when it is not known yet what became of it: the revision then stays
    pending, and whoever comes next (a request, or the worker within a minute) decides it.
    """
    revision = selectors.revision(revision_id=revision_id)
    _refuse_stranger(revision.path, *_contents(revision), caller)
    if revision.refused:
        raise ConfigInvalid("This draft has errors; mend them first.", findings=revision.findings)
    with locks.hold(locks.CONFIGURE, revision.server_id, wait=WAIT) as held:
        settle_under(held, server=revision.server)
        with held.writing():
            given = {} if comment is None else {"comment": comment[:2_000]}
            claimed = Revision.objects.filter(pk=revision.pk, state=State.DRAFT).update(state=State.PENDING, **given)
        if not claimed:
            raise Conflict("This draft was applied, or thrown away, already.", revision=revision.pk)
        with accounts.told(action="config.change", target=revision.path, outside=True) as told:
            told.after = {"revision": revision.pk}
            _carry_out(revision, held)
    return selectors.revision(revision_id=revision.pk)


def change(
    *, path: str, content: bytes | None, caller: Caller, digest: str | None = None, comment: str = ""
) -> Revision:
    """Propose and apply in one step, as scripts do. Raises ``ConfigInvalid`` with the findings when it will not do."""
    revision = propose(path=path, content=content, caller=caller, digest=digest, reason=Reason(comment))
    if revision.refused:
        raise invalid(revision)
    return apply(revision_id=revision.pk, caller=caller)


def restore(*, revision_id: int, caller: Caller, undo: bool = False, comment: str = "") -> Revision:
    """Bring back a revision's text, or what was before it, in one step."""
    revision = propose_restoring(revision_id=revision_id, caller=caller, undo=undo, comment=comment)
    if revision.refused:
        raise invalid(revision)
    return apply(revision_id=revision.pk, caller=caller)


def discard(*, revision_id: int) -> None:
    """Throw a draft away. Raises ``Conflict`` for what is more than a draft."""
    gone, _ = Revision.objects.filter(pk=revision_id, state=State.DRAFT).delete()
    if not gone:
        selectors.revision(revision_id=revision_id)
        raise Conflict("Only a draft can be thrown away.", revision=revision_id)


def invalid(revision: Revision) -> ConfigInvalid:
    """What is wrong with a draft, as an error."""
    errors = [one for one in revision.findings if one["severity"] == "error"]
    first = errors[0]
    place = f"{first['file'] or revision.path}:{first['line']}: " if first["line"] else ""
    return ConfigInvalid(f"{place}{first['message']}", findings=revision.findings, revision=revision.pk)


def conflict(*, path: str, based_on: str, now: bytes | None, wanted: bytes | None) -> RevisionConflict:
    """What somebody else did to the file meanwhile, and what this change would do to it now."""
    base = selectors.content_with(path=path, digest=based_on)
    theirs = (
        "" if base is None else draft.difference(base.content, now, before_name="yours began here", after_name="now")
    )
    return RevisionConflict(
        f"Somebody else has changed {path} meanwhile. Nothing was changed, and nothing is lost.",
        path=path,
        digest=draft.digest_of(now),
        diff=draft.difference(now, wanted, before_name="now", after_name="yours"),
        theirs=theirs,
    )


def _carry_out(revision: Revision, held: Held) -> None:
    agent = servers.agent_of(server=revision.server)
    after, before = _contents(revision)
    try:
        changed = agent.config_change([change_of(revision.path, after, before)], fence=held.fence)
    except AgentUnreachable:
        log.error("change_outcome_unknown", revision=revision.pk, path=revision.path)
        raise
    except RevisionConflict as error:
        _end(revision, held, State.FAILED, error.message)
        now = _current(agent, revision.path)
        raise conflict(path=revision.path, based_on=revision.before_digest, now=now, wanted=after) from error
    except BanGuardError as error:
        _end(revision, held, State.FAILED, error.message)
        raise
    _end(revision, held, _ENDS[changed.state], changed.message, changed.by_hand)
    if changed.state != "applied":
        raise _failure(revision, changed)


def _end(revision: Revision, held: Held, state: State, message: str, by_hand: tuple[str, ...] = ()) -> None:
    with held.writing():
        Revision.objects.filter(pk=revision.pk, state=State.PENDING).update(
            state=state, message=message.replace("\x00", ""), by_hand=list(by_hand), decided_at=Now()
        )
    log.info("change_ended", revision=revision.pk, path=revision.path, state=state.value)


def _failure(revision: Revision, changed: Changed) -> ChangeFailed:
    if changed.state == "broken":
        told = f"The change failed, and so did the way back. Fail2ban needs you: {changed.message}"
    else:
        told = f"The change would not do, so everything is as it was before: {changed.message}"
    state = _ENDS[changed.state].value
    return ChangeFailed(told, revision=revision.pk, state=state, by_hand=list(changed.by_hand))


def _current(agent: AgentCalls, path: str) -> bytes | None:
    if not is_overlay(path):
        raise InvalidInput(
            "BanGuard writes overlays only: jail.d/*.local, filter.d/*.local, action.d/*.local, fail2ban.d/*.local.",
            path=path[:200],
        )
    return agent.config_file(path).content


def _refuse_stranger(path: str, content: bytes | None, before: bytes | None, caller: Caller) -> None:
    dangers = validate.dangers(path, content, before)
    if (dangers or validate.belongs_to_root(path)) and not caller.may(Scope.ROOT):
        raise Forbidden(
            f"This change of {path} concerns what runs as root; it needs the scope “root”.",
            scope=Scope.ROOT,
            findings=[one.as_json() for one in dangers],
        )


def _contents(revision: Revision) -> tuple[bytes | None, bytes | None]:
    return selectors.bytes_of(revision.after), selectors.bytes_of(revision.before)
