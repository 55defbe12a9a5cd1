"""People, and the tokens and links that let somebody in."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from banguard.accounts.values import SCOPES_OF, Role, Scope

ROLE_CHOICES = [(role.value, role.value.capitalize()) for role in Role]
SCOPE_CHOICES = [(scope.value, scope.value) for scope in Scope]


class Person(AbstractUser):
    """Somebody who signs in. The role decides what they may do; the Django admin is for administrators."""

    role = models.CharField(max_length=16, choices=ROLE_CHOICES, default=Role.VIEWER)

    class Meta(AbstractUser.Meta):
        verbose_name, verbose_name_plural = "person", "people"
        db_table = "accounts_person"

    def save(self, *args: object, **kwargs: object) -> None:
        # Django's own flags follow the role, so that the two can never disagree.
        self.is_staff = self.is_superuser = self.role == Role.ADMINISTRATOR
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    @property
    def scopes(self) -> frozenset[Scope]:
        return SCOPES_OF[Role(self.role)] if self.is_active else frozenset()


class Token(models.Model):
    """A script's key. Only its digest is kept: the token itself is shown once, when it is made."""

    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True, editable=False)  # SHA-256, hexadecimal
    scopes = ArrayField(models.CharField(max_length=16, choices=SCOPE_CHOICES))
    created_by = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="tokens")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name


class SetupLink(models.Model):
    """The one-time link behind which the first administrator is made. At most one is valid: the newest."""

    digest = models.CharField(max_length=64, unique=True)  # SHA-256, hexadecimal
    created_at = models.DateTimeField(db_default=Now())
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"set-up link of {self.created_at:%Y-%m-%d %H:%M}"
