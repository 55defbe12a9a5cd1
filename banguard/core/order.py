"""What must come before what in the settings, and why. ``core/checks.py`` refuses any other order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Before:
    """``first`` must come before ``then``, because of ``why``."""

    first: str
    then: str
    why: str


_PROXIES = "banguard.core.proxies.TrustedProxies"
_METRICS = "banguard.core.requests_seen.CountRequests"
_SECURITY = "django.middleware.security.SecurityMiddleware"
_STATIC = "whitenoise.middleware.WhiteNoiseMiddleware"
_POLICY = "csp.middleware.CSPMiddleware"
_REQUEST_ID = "banguard.core.middleware.WellFormedRequestId"
_LOG = "django_structlog.middlewares.RequestMiddleware"
_CORS = "corsheaders.middleware.CorsMiddleware"
_COMPRESS = "banguard.core.middleware.CompressPages"
_SHAPE = "banguard.core.middleware.ErrorShape"
_CONDITIONAL = "banguard.core.middleware.ConditionalApi"
_SESSION = "django.contrib.sessions.middleware.SessionMiddleware"
_LANGUAGE = "django.middleware.locale.LocaleMiddleware"
_COMMON = "django.middleware.common.CommonMiddleware"
_CSRF = "django.middleware.csrf.CsrfViewMiddleware"
_WHO = "django.contrib.auth.middleware.AuthenticationMiddleware"
_SIGN_IN = "banguard.core.middleware.SignInRequired"
_ACCOUNT = "allauth.account.middleware.AccountMiddleware"
_MESSAGES = "django.contrib.messages.middleware.MessageMiddleware"
_FRAMING = "django.middleware.clickjacking.XFrameOptionsMiddleware"

# Each middleware and the reason why it comes before the next one.
_CHAIN = (
    (_PROXIES, "everything after it reads the caller's address, which only it can believe"),
    (_METRICS, "a request that is redirected to TLS is counted too"),
    (_SECURITY, "a plain request for a static file is redirected like any other"),
    (_STATIC, "a file needs neither a policy nor a session, and must not cost one"),
    (_POLICY, "every page that is made below it, an error's too, gets the policy"),
    (_REQUEST_ID, "the log takes the id that a request brings, so one that is none must be gone by then"),
    (_LOG, "whatever is refused below it is logged with the id of its request"),
    (_CORS, "a browser of an allowed origin may read why it was refused"),
    (_COMPRESS, "the page of an error, which is made below it, is compressed as well"),
    (_SHAPE, "every refusal below it gets the one shape of errors"),
    (_CONDITIONAL, "the ETag covers the answer as all below it made it"),
    (_SESSION, "the language that a person chose may be kept in the session"),
    (_LANGUAGE, "a redirect or refusal below it is already in the person's language"),
    (_COMMON, "a request for a host that is not ours is refused before its token is looked at"),
    (_CSRF, "a forged request is refused before anybody is asked who sent it"),
    (_WHO, "who asks must be known before they are let in"),
    (_SIGN_IN, "nobody reaches an account's pages without signing in"),
    (_ACCOUNT, "signing in leaves messages for the next page"),
    (_MESSAGES, "the page with its messages is what may not be framed"),
    (_FRAMING, ""),
)
MIDDLEWARE = tuple(Before(first, then, why) for (first, why), (then, _) in pairwise(_CHAIN))

APPS = (
    Before(
        "django_prometheus", "django.contrib.admin", "its database and cache wrappers are there before anything is used"
    ),
    Before("banguard.core", "banguard.accounts", "what is registered below is used above (Docs/Architecture.md, 2)"),
    Before("banguard.accounts", "banguard.servers", "records of servers name people"),
    Before("banguard.servers", "banguard.history", "a ban belongs to a server"),
    Before("banguard.history", "banguard.config", "configuration shows what history knows of a jail"),
    Before("banguard.config", "banguard.blocklists", "the lists' jail is part of the configuration"),
    Before("banguard.blocklists", "banguard.web", "pages show what all the others register"),
)


def faults(given: Sequence[str], rules: Sequence[Before]) -> Iterator[str]:
    """Each rule that ``given`` breaks, in words: what is missing, there twice, or comes too late, and why."""
    places = {name: place for place, name in enumerate(given)}
    for name in sorted({name for name in given if given.count(name) > 1}):
        yield f"{name} is there twice"
    for rule in rules:
        missing = [name for name in (rule.first, rule.then) if name not in places]
        if missing:
            where = f"before {rule.then}" if missing[0] == rule.first else f"after {rule.first}"
            yield f"{missing[0]} is missing: it belongs {where}"
        elif places[rule.first] > places[rule.then]:
            yield f"{rule.first} must come before {rule.then}: {rule.why}"
