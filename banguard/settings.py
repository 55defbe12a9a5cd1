"""Django's settings: one file for every place; what differs comes from the environment (``env.py``)."""

from __future__ import annotations

import re
from pathlib import Path

import django_countries
from corsheaders.defaults import default_headers
from csp.constants import NONE, SELF
from dj_database_url import parse as parse_database_url
from django.utils.translation import gettext_lazy

from banguard import env, envtypes
from banguard.core import logs, slots

slots.use()  # before the first metric is made
ENVIRONMENT = env.read(env.Environment)
BASE_DIR = envtypes.ROOT
DATA_DIR = ENVIRONMENT.data_dir

SECRET_KEY, *SECRET_KEY_FALLBACKS = ENVIRONMENT.secret_keys
DEBUG = ENVIRONMENT.debug
ALLOWED_HOSTS = [*ENVIRONMENT.allowed_hosts, ENVIRONMENT.host]
FORCE_SCRIPT_NAME = ENVIRONMENT.path_prefix or None  # every address that we write begins with it (core/prefix.py)
ROOT_URLCONF = "banguard.urls"
WSGI_APPLICATION = "banguard.wsgi.application"

INSTALLED_APPS = [
    "django_prometheus",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",  # always: its tables must not come and go with a setting
    "allauth.usersessions",
    "banguard.core",  # before django_q: its qcluster takes the place of the original
    "django_q",
    "django_structlog",
    "corsheaders",
    "csp",
    "netfields",
    "ninja",  # serves the API's documentation from our own static files
    "banguard.accounts",
    "banguard.servers",
    "banguard.history",
    "banguard.config",
    "banguard.blocklists",
    "banguard.web",
]

TRACING = ENVIRONMENT.tracing
if TRACING:  # nothing of it is loaded where nobody collects traces
    INSTALLED_APPS.append("banguard.tracing")

# In an order that core/order.py gives reasons for; a system check refuses another one.
MIDDLEWARE = [
    "banguard.core.proxies.TrustedProxies",  # first: everything after it reads one address
    "banguard.core.requests_seen.CountRequests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "banguard.core.middleware.WellFormedRequestId",
    "django_structlog.middlewares.RequestMiddleware",
    "corsheaders.middleware.CorsMiddleware",  # outside the errors too: a browser may read why it was refused
    "banguard.core.middleware.CompressPages",
    "banguard.core.middleware.ErrorShape",  # outside all that may refuse a request
    "banguard.core.middleware.ConditionalApi",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "banguard.core.middleware.SignInRequired",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

if TRACING:
    MIDDLEWARE.insert(1, "banguard.tracing.requests_traced.TraceRequests")  # all but the caller's address is in it

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "banguard.web.context.frame",
            ],
        },
    }
]
FORM_RENDERER = "banguard.web.drawing.Renderer"

# A network that is cut off is noticed within half a minute, not when TCP gives up. Socket files ignore these.
_LIVENESS = {
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
_DATABASE = parse_database_url(ENVIRONMENT.database_url, conn_max_age=60, conn_health_checks=True)
DATABASES = {
    "default": {
        **_DATABASE,
        "OPTIONS": {**_LIVENESS, **_DATABASE.get("OPTIONS", {})},
        "ENGINE": "django_prometheus.db.backends.postgresql",
    }
}
LOCK_DATABASE_URL = ENVIRONMENT.lock_database_url
NEW_DATABASE_URL = ENVIRONMENT.new_database_url  # where `manage.py move_database` is to move to
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Shared by every process: the throttles of sign-ins, the worker's heartbeat. Beyond so many entries Django drops some
# that are still valid; with its own 300, whoever guesses passwords could push out the throttle that holds them.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "django_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# A task is delivered at least once, so each takes a lock and is idempotent; these keep repeats rare.
# ``retry`` counts from the moment a task is fetched, so it is far above ``timeout``.
Q_CLUSTER = {
    "name": "banguard",
    "orm": "default",
    "workers": 2,
    "queue_limit": 2,
    "timeout": 600,
    "retry": 3600,
    "max_attempts": 1,
    "ack_failures": True,
    "catch_up": False,
    "save_limit": 20,
    "save_limit_per": "func",  # for all tasks together, what runs once a day would be gone within the hour
    "recycle": 50,
    "poll": 1,
    "max_rss": 400_000,
    "label": "Tasks",
}

AUTH_USER_MODEL = "accounts.Person"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "sign-in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", **options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {}),
        ("MinimumLengthValidator", {"OPTIONS": {"min_length": 12}}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]

# Signing in is allauth's. Nobody signs up, and no mail is sent: administrators make accounts.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "banguard.accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {"login": "banguard.accounts.sign_in.SignInForm"}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
# ``key`` is an account and where it is tried from (adapters.py): so one attacker fills their own count alone.
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "20/m/ip,5/5m/key", "reauthenticate": "10/m/user"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "add_webauthn": "banguard.accounts.sign_in.AddPasskeyForm",
    "login_webauthn": "banguard.accounts.sign_in.SignInPasskeyForm",
    "authenticate_webauthn": "banguard.accounts.sign_in.SecondStepPasskeyForm",
    "reauthenticate_webauthn": "banguard.accounts.sign_in.ConfirmPasskeyForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "BanGuard"
MFA_TOTP_TOLERANCE = 1  # phones' clocks differ by seconds
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not ENVIRONMENT.served_over_tls  # browsers allow that on localhost alone

# Only through the one provider that the environment names; allauth's own ways to name others are closed (openid.py).
OPENID_PROVIDER = ENVIRONMENT.openid_provider
SOCIALACCOUNT_ADAPTER = "banguard.accounts.openid.ProviderAdapter"
SOCIALACCOUNT_STORE_TOKENS = False

# Cookies and redirects follow whether people come over TLS (BANGUARD_TLS).
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = ENVIRONMENT.served_over_tls
SECURE_HSTS_SECONDS = 31_536_000 if ENVIRONMENT.served_over_tls else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = ENVIRONMENT.served_over_tls
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")  # TrustedProxies drops it when a stranger sends it
SECURE_REDIRECT_EXEMPT = [rf"^{re.escape(ENVIRONMENT.path_prefix.lstrip('/'))}/?health/"]
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_ENGINE = "banguard.accounts.session_store"
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "banguard_session", "banguard_csrf"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = f"{ENVIRONMENT.path_prefix}/"  # a neighbour on the same host gets neither
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "banguard.web.views.errors.csrf_failed"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
# Without TLS (a first look on this machine) those four are no fault; with it, nothing is silenced.
SILENCED_SYSTEM_CHECKS = (
    [] if ENVIRONMENT.served_over_tls else ["security.W004", "security.W008", "security.W012", "security.W016"]
)

CORS_ALLOWED_ORIGINS = list(ENVIRONMENT.cors_allowed_origins)
CORS_ALLOWED_ORIGIN_REGEXES = [r"^http://(localhost|127\.0\.0\.1)(:\d+)?$"] if DEBUG else []
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_CREDENTIALS = True  # so origins are exact: env.py refuses a wildcard
CORS_ALLOW_HEADERS = [*default_headers, "if-none-match"]
CORS_EXPOSE_HEADERS = ["ETag", "Retry-After", "X-Request-ID"]

DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True  # what WellFormedRequestId has let through
DJANGO_STRUCTLOG_USER_ID_FIELD = None  # the doors log the caller; this would ask the database before every request

NINJA_NUM_PROXIES = 0
TRUSTED_PROXIES = ENVIRONMENT.trusted_proxies
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False  # it believes any header; TrustedProxies binds the address

STATIC_URL = f"{ENVIRONMENT.path_prefix}/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "banguard.web.assets.PackageFinder",
    "banguard.web.assets.FlagFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "banguard.web.assets.Storage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["map", "png", "woff2", "gz", "ico"]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LANGUAGE_COOKIE_NAME = "banguard_language"
LANGUAGE_COOKIE_PATH = SESSION_COOKIE_PATH
LANGUAGE_COOKIE_SECURE = SESSION_COOKIE_SECURE
LANGUAGE_COOKIE_SAMESITE = "Lax"
# Where ISO's name is not what people say; of most others the package knows the short one.
COUNTRIES_OVERRIDE = {
    "BS": gettext_lazy("Bahamas"),
    "CC": gettext_lazy("Cocos Islands"),
    "FK": gettext_lazy("Falkland Islands"),
    "MF": gettext_lazy("Saint Martin"),
    "SX": gettext_lazy("Sint Maarten"),
    "US": gettext_lazy("United States"),
    "VG": gettext_lazy("British Virgin Islands"),
    "VI": gettext_lazy("U.S. Virgin Islands"),
}
# Names of countries come translated; the package is no installed app, for its 250 pictures would be served too.
LOCALE_PATHS = [BASE_DIR / "locale", Path(django_countries.__path__[0]) / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

LOGGING = logs.configuration(ENVIRONMENT)
logs.configure()

# BanGuard's own.
AGENT_SOCKET = ENVIRONMENT.agent_socket
API_REQUESTS_PER_MINUTE = ENVIRONMENT.api_requests_per_minute  # for each token and each person
METRICS_TOKEN = ENVIRONMENT.metrics_token
TELEMETRY_SHARE = ENVIRONMENT.telemetry_share  # of page views whose web vitals are measured
METRICS_ALLOWED_NETWORKS = ENVIRONMENT.metrics_allowed_networks
GEOIP_DIR = ENVIRONMENT.geoip_dir
HISTORY_DAYS = ENVIRONMENT.history_days  # after which ended bans are let go; None: never
CONFIRM_SECONDS = ENVIRONMENT.confirm_seconds  # in which an enforcement that a person starts has to be confirmed
FEED_CONTACT = ENVIRONMENT.feed_contact
FEED_ALLOWED_NETWORKS = ENVIRONMENT.feed_allowed_networks
LOCK_HEARTBEAT = 5.0  # seconds between two proofs that a lock is still ours
LOCK_DEADLINE = 10.0  # seconds of silence after which it is not
