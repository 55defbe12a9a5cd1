"""The forms at the door. allauth loads them by name."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django.forms import Form


class SignInForm(LoginForm):  # type: ignore[misc]
    """allauth's, with the field called what people call it."""

    field_order = ("username", "password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"] = self.fields.pop("login")
        for name in ("username", "password"):
            self.fields[name].widget.attrs.pop("placeholder", None)
            self.fields[name].help_text = ""
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["login"] = str(self.cleaned_data.get("username", "")).strip()
        cleaned: dict[str, Any] = super().clean()
        return cleaned


class Careful(Form):
    """Takes whatever is sent in place of a passkey's answer for wrong: the library stumbles over what lacks a part."""

    def full_clean(self) -> None:
        try:
            super().full_clean()
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            self.add_error("credential", "This is not what a passkey answers.")


class AddPasskeyForm(Careful, AddWebAuthnForm):  # type: ignore[misc]
    pass


class SignInPasskeyForm(Careful, LoginWebAuthnForm):  # type: ignore[misc]
    pass


class SecondStepPasskeyForm(Careful, AuthenticateWebAuthnForm):  # type: ignore[misc]
    pass


class ConfirmPasskeyForm(Careful, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    pass
