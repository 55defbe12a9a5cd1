"""Signing in through the one OpenID provider that the environment names.

allauth does the walk (state, PKCE, code for token). What is added: every token's signature and nonce are checked,
the provider must be the one that was named, addresses it tells must be safe to talk to, and nobody signs up.
"""

from __future__ import annotations

import functools
from typing import Any, NoReturn

import requests
import structlog
from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount import app_settings
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base.constants import AuthError, AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property

from banguard.accounts import services
from banguard.accounts.id_token import IdTokenRefused, claims_of, nonce_of
from banguard.core.errors import Forbidden, Unavailable
from banguard.envtypes import is_safe_from_eavesdroppers

log = structlog.get_logger(__name__)

ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class Conversation(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """What is said between us and the provider while one person signs in."""

    nonce = ""

    @cached_property
    def openid_config(self) -> dict[str, Any]:
        try:
            return self._discovered()
        except OAuth2Error as error:  # allauth also asks for it where it does not expect a failure
            return get_adapter().on_authentication_error(self.request, self.get_provider(), exception=error)  # type: ignore[no-any-return]

    def _discovered(self) -> dict[str, Any]:
        found = self._fetched(self.get_provider().server_url)
        if str(found.get("issuer", "")).rstrip("/") != self.provider_id:
            raise OAuth2Error("The provider calls itself by another name than BANGUARD_OIDC_ISSUER.")
        for name in ENDPOINTS:
            if not is_safe_from_eavesdroppers(str(found.get(name, ""))):
                raise OAuth2Error(f"The provider's {name} is missing, or not https.")
        return found

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return request.build_absolute_uri(reverse("openid-back"))

    def get_access_token_data(
        self, request: HttpRequest, app: SocialApp, client: Any, pkce_code_verifier: str | None = None
    ) -> dict[str, Any]:
        self.nonce = nonce_of(pkce_code_verifier or "")
        try:
            told: dict[str, Any] = super().get_access_token_data(request, app, client, pkce_code_verifier)
        except (LookupError, TypeError) as error:
            raise OAuth2Error("The provider's answer is not a token.") from error
        return told

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        return SocialToken(token=str(data["access_token"]))  # asked with once, never stored

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **given: Any) -> SocialLogin:
        claims = self._claims(app, str(given["response"].get("id_token", "")))
        if "email" not in claims and is_safe_from_eavesdroppers(str(self.openid_config.get("userinfo_endpoint", ""))):
            more = self._fetched(self.profile_url, {"Authorization": f"Bearer {token.token}"})
            if more.get("sub") != claims["sub"]:
                raise OAuth2Error("The provider speaks of somebody else than it signed for.")
            claims |= {name: more[name] for name in ("email", "email_verified") if name in more}
        return self.get_provider().sociallogin_from_response(request, claims)

    def _claims(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        config = self.openid_config
        keys = self._fetched(config["jwks_uri"])
        try:
            return claims_of(id_token, keys=keys, issuer=config["issuer"], client_id=app.client_id, nonce=self.nonce)
        except IdTokenRefused as error:
            raise OAuth2Error(f"The provider's token cannot be believed: {error}") from error

    @staticmethod
    def _fetched(url: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
        try:
            with get_adapter().get_requests_session() as session:
                answer = session.get(url, headers=headers)
                answer.raise_for_status()
                found = answer.json()
        except requests.RequestException as error:
            raise OAuth2Error(f"{url} does not answer as it should: {error}") from error
        if not isinstance(found, dict):
            raise OAuth2Error(f"{url} does not answer with an object.")
        return found


class Provider(OpenIDConnectProvider):  # type: ignore[misc]
    """The provider. It takes nothing from the address that begins it but where to go on to."""

    oauth2_adapter_class = Conversation

    def get_pkce_params(self) -> dict[str, Any]:
        params: dict[str, Any] = generate_code_challenge()
        return {**params, "nonce": nonce_of(params["code_verifier"])}

    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        return {"process": AuthProcess.LOGIN, "next_url": get_next_redirect_url(request)}

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        """The address if the provider vouches for it. Names and roles are BanGuard's own."""
        vouched = data.get("email_verified") is True or data.get("email_verified") == "true"  # some write it as text
        return {"email": data["email"]} if vouched and isinstance(data.get("email"), str) else {}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[Any]:
        return []

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        return {}  # nothing that the provider tells is kept


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Finds the person behind what the provider says, and tells clearly when there is none."""

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Provider:
        named = settings.OPENID_PROVIDER
        if named is None or provider != named.issuer:
            raise SocialApp.DoesNotExist
        app = SocialApp(provider=Provider.id, provider_id=named.issuer, name=named.name)
        app.client_id, app.secret = named.client_id, named.client_secret
        app.settings = {"server_url": named.issuer, "scope": ["openid", "email"]}
        return Provider(request, app=app)

    def list_apps(self, *args: Any, **kwargs: Any) -> list[SocialApp]:
        return []

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def get_requests_session(self) -> requests.Session:
        """One that waits for seconds only, and follows no redirect: our secret would go along."""
        session = requests.Session()
        session.max_redirects = 0
        session.request = functools.partial(session.request, timeout=app_settings.REQUESTS_TIMEOUT)  # type: ignore[method-assign]
        return session

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        account = sociallogin.account
        sociallogin.user = services.person_behind(
            issuer=account.provider, subject=account.uid, email=sociallogin.user.email
        )

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Provider,
        error: str = AuthError.UNKNOWN,
        exception: Exception | None = None,
        extra_context: object = None,
    ) -> NoReturn:
        log.warning("openid_failed", error=error, reason=str(exception)[:500])
        if any(
            isinstance(one, requests.RequestException) for one in (exception, getattr(exception, "__cause__", None))
        ):
            raise Unavailable(f"{provider.name} does not answer. Try again soon, or sign in with your password.")
        why = "was cancelled" if error == AuthError.CANCELLED else "did not succeed"
        services.note_refused_sign_in(target=provider.app.provider_id, why=f"signing in through the provider {why}")
        raise Forbidden(f"Signing in through {provider.name} {why}. Begin again from the sign-in page.")
