"""People, and the tokens and links that let somebody in."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from banguard.accounts.values import LINK_LIFETIME, SCOPES_OF, Outcome, Role, Scope

ROLE_CHOICES = [
    (Role.VIEWER.value, _("Viewer")),
    (Role.OPERATOR.value, _("Operator")),
    (Role.ADMINISTRATOR.value, _("Administrator")),
]
SCOPE_CHOICES = [(scope.value, scope.value) for scope in Scope]
OUTCOME_CHOICES = [(outcome.value, outcome.value) for outcome in Outcome]
FLAGS = frozenset({"is_staff", "is_superuser"})
# Control characters, ends of lines, marks that turn the direction: with them a name looks like another one.
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class People(UserManager["Person"]):
    """Django's own commands make people through this."""

    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **fields: Any
    ) -> Person:
        return super().create_superuser(username, email, password, **{"role": Role.ADMINISTRATOR, **fields})


class Person(AbstractUser):
    """Somebody who signs in. The role decides what they may do; the Django admin is for administrators."""

    role = models.CharField(max_length=16, choices=ROLE_CHOICES, default=Role.VIEWER.value)

    objects: ClassVar[People] = People()

    class Meta(AbstractUser.Meta):
        verbose_name, verbose_name_plural = "person", "people"
        db_table = "accounts_person"
        constraints = [
            models.CheckConstraint(
                name="person_flags_follow_role",
                condition=Q(role="administrator", is_staff=True, is_superuser=True)
                | Q(~Q(role="administrator"), is_staff=False, is_superuser=False),
            )
        ]

    def clean(self) -> None:
        super().clean()
        self._follow_role()
        unseen = [name for name in ("first_name", "last_name") if UNSEEN.search(getattr(self, name))]
        if unseen:
            raise ValidationError(dict.fromkeys(unseen, gettext("This holds signs that nobody can see.")))

    def validate_unique(self, exclude: Collection[str] | None = None) -> None:
        """Names that differ in case alone are one name: whoever signs in may write it either way."""
        super().validate_unique(exclude)
        if "username" in (exclude or ()):
            return
        if Person.objects.filter(username__iexact=self.username).exclude(pk=self.pk).exists():
            raise ValidationError({"username": self.unique_error_message(type(self), ("username",))})

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        self._follow_role()
        if update_fields is not None and "role" in update_fields:
            update_fields = FLAGS.union(update_fields)
        super().save(*args, update_fields=update_fields, **kwargs)

    def _follow_role(self) -> None:
        # Django's own flags follow the role, so that the two can never disagree.
        self.is_staff = self.is_superuser = self.role == Role.ADMINISTRATOR

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session must match: it ends when the password or the role changes."""
        known = f"{self.password}|{self.role}"
        return salted_hmac("banguard.session", known, secret=secret, algorithm="sha256").hexdigest()

    @property
    def scopes(self) -> frozenset[Scope]:
        return SCOPES_OF[Role(self.role)] if self.is_active else frozenset()


class Token(models.Model):
    """A script's key. Only its digest is kept: the token itself is shown once, when it is made."""

    name = models.CharField(max_length=100, validators=[ProhibitNullCharactersValidator()])
    digest = models.CharField(max_length=64, unique=True, editable=False)  # SHA-256, hexadecimal
    scopes = ArrayField(models.CharField(max_length=16, choices=SCOPE_CHOICES))
    created_by = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, blank=True, related_name="tokens")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        """``revoked``, ``expired`` or ``valid``; whether its maker still may is another question."""
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at and self.expires_at <= timezone.now() else "valid"


class SetupLink(models.Model):
    """A one-time link behind which ``person`` chooses a password; without one, the first administrator is made.

    Of each at most one is valid: the newest.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, blank=True, related_name="links")
    digest = models.CharField(max_length=64, unique=True, editable=False)  # SHA-256, hexadecimal
    created_at = models.DateTimeField(db_default=Now())
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"set-up link of {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def ends_at(self) -> datetime:
        return self.created_at + LINK_LIFETIME


class Spent(models.Model):
    """How many requests a caller made in the window that began at ``began_at``.

    The table is not logged: after a crash of PostgreSQL it is empty, and counting starts anew.
    """

    key = models.CharField(max_length=80, primary_key=True)  # token:7, person:3, stranger:192.0.2.1
    began_at = models.DateTimeField()
    count = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.count} by {self.key}"


class AuditRecord(models.Model):
    """One change, or one that was refused. Never changed and never removed: the database itself refuses it.

    People and tokens are kept by name and number, not as keys, so that a record outlives what it is about.
    """

    number = models.BigIntegerField(primary_key=True)  # 1, 2, 3, … without a hole
    at = models.DateTimeField()
    action = models.CharField(max_length=40)  # ban, source.change, sign_in, …
    target = models.CharField(max_length=300)
    who = models.CharField(max_length=200)
    person_id = models.BigIntegerField(null=True)
    token_id = models.BigIntegerField(null=True)
    address = models.GenericIPAddressField(null=True)
    request_id = models.CharField(max_length=64)
    outcome = models.CharField(max_length=8, choices=OUTCOME_CHOICES)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    detail = models.CharField(max_length=500)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)  # SHA-256 of all of the above, hexadecimal

    class Meta:
        indexes = [
            models.Index(fields=["action", "-number"], name="audit_by_action"),  # the page's filters
            models.Index(fields=["who", "-number"], name="audit_by_who"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.action} {self.target}"

    @property
    def by_program(self) -> bool:
        """Nobody signed in or sent a token: a command, or a job of the worker."""
        return self.who.startswith("process ") and self.person_id is None and self.token_id is None

    @property
    def changes(self) -> list[tuple[str, object, object]]:
        """(field, before, after) of each field in either."""
        before, after = self.before or {}, self.after or {}
        return [(name, before.get(name), after.get(name)) for name in sorted({*before, *after})]


class AuditHead(models.Model):
    """Where the chain of audit records ends: one row, which whoever adds a record holds until it is written."""

    number = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        return f"{self.number} records"
