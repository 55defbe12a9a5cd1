"""What an OpenID provider says about somebody, believed only when it is signed, fresh, and meant for us."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import jwt

# Public-key signatures alone: with "none" or a shared secret in this list, whoever sends the token could choose those.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
REQUIRED = ["iss", "sub", "aud", "exp", "iat", "nonce"]
LEEWAY = 60  # seconds that clocks may differ by
LONGEST_SUBJECT = 191


class IdTokenRefused(Exception):
    """It cannot be believed; the message says why, for the log."""


def nonce_of(verifier: str) -> str:
    """Ties the token to the browser that asked: only its session has the verifier that this is a hash of."""
    digest = hashlib.sha256(f"banguard nonce {verifier}".encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def claims_of(token: str, *, keys: Mapping[str, Any], issuer: str, client_id: str, nonce: str) -> dict[str, Any]:
    """What ``token`` says. Raises ``IdTokenRefused`` unless every check of OpenID Connect Core 3.1.3.7 holds."""
    try:
        claims = jwt.decode(
            token,
            _key_of(token, keys),
            algorithms=ALGORITHMS,
            audience=client_id,
            issuer=issuer,
            leeway=LEEWAY,
            options={"require": REQUIRED},
        )
    except (jwt.PyJWTError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise IdTokenRefused(f"{type(error).__name__}: {error}") from error
    if not hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
        raise IdTokenRefused("it answers another browser's question: wrong nonce")
    _check_parties(claims, client_id)
    return claims


def _key_of(token: str, keys: Mapping[str, Any]) -> jwt.PyJWK:
    kid = jwt.get_unverified_header(token).get("kid")
    known = jwt.PyJWKSet.from_dict(dict(keys)).keys
    fitting = [key for key in known if key.public_key_use in {None, "sig"} and kid in {None, key.key_id}]
    if len(fitting) != 1:
        raise IdTokenRefused(f"{len(fitting)} of the provider's keys may have signed it")
    return fitting[0]


def _check_parties(claims: Mapping[str, Any], client_id: str) -> None:
    subject = claims["sub"]
    if not isinstance(subject, str) or not subject.isprintable() or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise IdTokenRefused("its subject cannot be used")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (several or "azp" in claims) and claims.get("azp") != client_id:
        raise IdTokenRefused("it was made for somebody else")
