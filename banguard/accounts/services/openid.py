"""Whom an OpenID provider's word lets in: people who are here already, and nobody else."""

from __future__ import annotations

from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from banguard.accounts.models import Person
from banguard.accounts.services import audit
from banguard.accounts.values import NOBODY, Outcome
from banguard.core.errors import Forbidden, NotFound

STRANGER = (
    "The provider knows you, but no account here is certain to be yours. Ask an administrator: it must be active, "
    "and the only one with the e-mail address that the provider has verified."
)


def person_behind(*, issuer: str, subject: str, email: str) -> Person:
    """The active person linked to ``subject``; else the one person with ``email``, who is linked from now on.

    ``email`` must be verified by the provider, or empty. Raises ``Forbidden`` for everybody else.
    """
    try:
        with transaction.atomic():
            return _linked(issuer, subject) or _link(issuer, subject, email)
    except Forbidden as error:
        note_refused_sign_in(target=email or subject, why=str(error.details.pop("why")))
        raise


def note_refused_sign_in(*, target: str, why: str) -> None:
    audit.record(action="sign_in", target=target, outcome=Outcome.REFUSED, who=NOBODY, detail=why)


@transaction.atomic
def unlink(*, link_id: int) -> None:
    """Forget whom the provider's word stood for: the next time the e-mail address decides again."""
    link = SocialAccount.objects.filter(pk=link_id).select_related("user").first()
    if link is None:
        raise NotFound("There is no such link.", id=link_id)
    link.delete()
    audit.record(action="person.unlink", target=link.user.username, before=_told(link))


def _linked(issuer: str, subject: str) -> Person | None:
    link = SocialAccount.objects.filter(provider=issuer, uid=subject).select_related("user").first()
    if link is None:
        return None
    person: Person = link.user
    return _active(person)


def _link(issuer: str, subject: str, email: str) -> Person:
    if not email:
        raise Forbidden(STRANGER, why="not linked, and the provider vouches for no e-mail address")
    # Whoever holds the row links; a second one at the same moment waits, and then finds the link.
    found = list(Person.objects.select_for_update().filter(email__iexact=email).order_by("pk")[:2])
    if len(found) != 1 or not _same(found[0].email, email):
        raise Forbidden(STRANGER, why="nobody has this e-mail address, or several people do")
    person = _active(found[0])
    if SocialAccount.objects.filter(provider=issuer, user=person).exists():
        # An address that was given to somebody new must not open the account of who had it before.
        raise Forbidden(STRANGER, why="the person is linked to somebody else at the provider")
    link = SocialAccount.objects.create(provider=issuer, uid=subject, user=person)
    audit.record(action="person.link", target=person.username, after=_told(link), who=person.username)
    return person


def _active(person: Person) -> Person:
    if not person.is_active:
        raise Forbidden(STRANGER, why="the person is not active")
    return person


def _same(one: str, other: str) -> bool:
    """Without regard to the case of ASCII letters only: a database also takes a dotless i for an I."""
    return one.encode().lower() == other.encode().lower()


def _told(link: SocialAccount) -> dict[str, object]:
    return {"issuer": link.provider, "subject": link.uid}
