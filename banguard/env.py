"""Settings from the environment, typed, read once, and loud when something is wrong.

Every variable may also come from a file, by its name with ``_FILE`` (a mounted secret). What is neither
set nor in a file falls back to what ``script/server`` lays down in the data folder, so that
``manage.py`` finds the same database and keys as the running processes. No secret has a default.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, NamedTuple, Self, TypeVar
from urllib.parse import quote, unquote, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    ValidationError,
    model_validator,
)

ROOT = Path(__file__).resolve().parent.parent
T = TypeVar("T", bound=BaseModel)
ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?")


class EnvironmentInvalid(Exception):
    """One or more variables cannot be used; the message names each."""


def _commas(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _exact_origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    for origin in origins:
        if "*" in origin:
            raise ValueError(
                "a wildcard would let every website use the sessions of people who are signed in here; name each origin"
            )
        if not ORIGIN.fullmatch(origin):
            raise ValueError(f"{origin[:80]!r} is not an origin: write https://host or https://host:port, no path")
    return origins


def _from_root(value: object) -> object:
    return ROOT / value if isinstance(value, str) else value


def is_safe_from_eavesdroppers(url: str) -> bool:
    """Whether secrets may be sent there: over TLS, or without leaving this machine."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
        if "@" in parts.netloc or not host or not url.isprintable() or " " in url:
            return False
        return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (
        re.fullmatch(r"[0-9a-f.:]+", host) is not None and ipaddress.ip_address(host).is_loopback
    )


def _issuer(url: str) -> str:
    if not is_safe_from_eavesdroppers(url) or "?" in url or "#" in url:
        raise ValueError(
            "write https://host or https://host/path, as the provider spells it (http on this machine only)"
        )
    return url.rstrip("/")


def _path_prefix(path: str) -> str:
    path = path.rstrip("/")
    if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)*", path) or re.search(r"/\.{1,2}(/|$)", path):
        raise ValueError("write a path such as /banguard: letters, digits and . _ ~ - between slashes")
    return path


class OpenIDProvider(NamedTuple):
    """Through which people may sign in, and who we are there."""

    issuer: str
    client_id: str
    client_secret: str
    name: str


SHIPPING = re.compile(r"(syslog\+(?:tcp|tls)|(?:otlp|elasticsearch)\+https?)://")


def _shipping_url(url: str) -> str:
    scheme = SHIPPING.match(url)
    if not scheme:
        raise ValueError("write syslog+tcp://, syslog+tls://, otlp+https:// or elasticsearch+https://, and host:port")
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        named = False
    if not named or not url.isprintable() or " " in url:
        raise ValueError("it names no host, or a port that is none")
    return url


def _headers(value: object) -> object:
    pairs = [part.partition("=") for part in _commas(value)] if isinstance(value, str) else value  # type: ignore[attr-defined]
    if isinstance(pairs, list) and not all(name.strip() and content for name, _, content in pairs):
        raise ValueError("write NAME=VALUE, separated by commas")
    return tuple((name.strip(), content.strip()) for name, _, content in pairs) if isinstance(pairs, list) else pairs


Issuer = Annotated[str, Field(max_length=200), AfterValidator(_issuer)]
PathPrefix = Annotated[str, Field(max_length=200), AfterValidator(_path_prefix)]
CommaSeparated = Annotated[tuple[str, ...], BeforeValidator(_commas)]
Origins = Annotated[tuple[str, ...], BeforeValidator(_commas), AfterValidator(_exact_origins)]
CommaSeparatedNetworks = Annotated[tuple[IPvAnyNetwork, ...], BeforeValidator(_commas)]
CommaSeparatedPaths = Annotated[tuple[Path, ...], BeforeValidator(_commas)]
FolderFromRoot = Annotated[Path, BeforeValidator(_from_root)]
ShippingUrl = Annotated[str, Field(max_length=2_000), AfterValidator(_shipping_url)]
OrNothing = BeforeValidator(lambda value: value or None)  # containers pass on what is not set as an empty text
Headers = Annotated[tuple[tuple[str, str], ...], BeforeValidator(_headers)]


class Logs(BaseModel):
    """How lines are written and where they go: for every process alike."""

    model_config = ConfigDict(frozen=True, populate_by_name=False, extra="ignore", hide_input_in_errors=True)

    log_format: str = Field(default="json", alias="BANGUARD_LOG_FORMAT", pattern="^(json|console)$")
    log_shipping_url: Annotated[ShippingUrl | None, OrNothing] = Field(default=None, alias="BANGUARD_LOG_SHIPPING_URL")
    log_shipping_headers: Headers = Field(default=(), alias="BANGUARD_LOG_SHIPPING_HEADERS")

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never stand in a line, wherever it came from."""
        return (*_passwords_in(self.log_shipping_url), *(content for _name, content in self.log_shipping_headers))

    @model_validator(mode="after")
    def _nobody_listens_to_what_is_secret(self) -> Self:
        url = self.log_shipping_url or ""
        secret = self.log_shipping_headers or _passwords_in(url)
        if secret and "+http://" in url and not _is_loopback(urlsplit(url).hostname or ""):
            raise ValueError("BANGUARD_LOG_SHIPPING_URL: a password or key is sent over https only")
        return self


def _passwords_in(*urls: str | None) -> tuple[str, ...]:
    """As they stand there, and as they are meant."""
    found = [password for url in urls if url for password in [urlsplit(url).password] if password]
    return tuple({form for password in found for form in (password, unquote(password))})


class Environment(Logs):
    """One field per variable; the alias is its name."""

    data_dir: FolderFromRoot = Field(default=ROOT / "var", alias="BANGUARD_DATA_DIR")
    database_url: str = Field(alias="DATABASE_URL")
    lock_database_url: str | None = Field(default=None, alias="BANGUARD_LOCK_DATABASE_URL")
    secret_keys: CommaSeparated = Field(alias="BANGUARD_SECRET_KEYS", min_length=1)
    debug: bool = Field(default=False, alias="BANGUARD_DEBUG")
    host: str = Field(default="127.0.0.1", alias="BANGUARD_HOST")
    port: int = Field(default=8000, alias="BANGUARD_PORT", ge=1, le=65535)
    path_prefix: PathPrefix = Field(default="", alias="BANGUARD_PATH_PREFIX")
    allowed_hosts: CommaSeparated = Field(default=("localhost", "127.0.0.1", "[::1]"), alias="BANGUARD_ALLOWED_HOSTS")
    cors_allowed_origins: Origins = Field(default=(), alias="BANGUARD_CORS_ALLOWED_ORIGINS")
    served_over_tls: bool = Field(default=False, alias="BANGUARD_TLS")
    trusted_proxies: CommaSeparatedNetworks = Field(default=(), alias="BANGUARD_TRUSTED_PROXIES")
    metrics_token: str | None = Field(default=None, alias="BANGUARD_METRICS_TOKEN")
    metrics_allowed_networks: CommaSeparatedNetworks = Field(default=(), alias="BANGUARD_METRICS_ALLOWED_NETWORKS")
    telemetry_share: float = Field(default=1.0, alias="BANGUARD_TELEMETRY_SHARE", ge=0, le=1)
    geoip_dir: FolderFromRoot | None = Field(default=None, alias="BANGUARD_GEOIP_DIR")
    api_requests_per_minute: int = Field(default=3000, alias="BANGUARD_API_REQUESTS_PER_MINUTE", ge=1)
    agent_socket: Path = Field(alias="BANGUARD_AGENT_SOCKET")
    feed_allowed_networks: CommaSeparatedNetworks = Field(default=(), alias="BANGUARD_FEED_ALLOWED_NETWORKS")
    confirm_seconds: int = Field(default=60, alias="BANGUARD_CONFIRM_SECONDS", ge=10, le=3_600)
    feed_contact: str = Field(default="", alias="BANGUARD_FEED_CONTACT", max_length=200, pattern=r"^[\x20-\x7e]*$")
    oidc_issuer: Issuer | None = Field(default=None, alias="BANGUARD_OIDC_ISSUER")
    oidc_client_id: str | None = Field(default=None, alias="BANGUARD_OIDC_CLIENT_ID", min_length=1)
    oidc_client_secret: str | None = Field(default=None, alias="BANGUARD_OIDC_CLIENT_SECRET", min_length=1)
    oidc_name: str = Field(default="Single sign-on", alias="BANGUARD_OIDC_NAME", min_length=1, max_length=40)

    @model_validator(mode="after")
    def _provider_is_whole_or_absent(self) -> Self:
        given = {
            "BANGUARD_OIDC_ISSUER": self.oidc_issuer,
            "BANGUARD_OIDC_CLIENT_ID": self.oidc_client_id,
            "BANGUARD_OIDC_CLIENT_SECRET": self.oidc_client_secret,
        }
        missing = [name for name, value in given.items() if value is None]
        if 0 < len(missing) < len(given):
            raise ValueError(f"{', '.join(missing)}: not set, but the OpenID provider needs all of {', '.join(given)}")
        return self

    @property
    def secrets(self) -> tuple[str, ...]:
        ours = (*self.secret_keys, self.metrics_token, self.oidc_client_secret)
        passwords = _passwords_in(self.database_url, self.lock_database_url)
        return (*super().secrets, *passwords, *filter(None, ours))

    @property
    def openid_provider(self) -> OpenIDProvider | None:
        if not (self.oidc_issuer and self.oidc_client_id and self.oidc_client_secret):
            return None
        return OpenIDProvider(self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret, self.oidc_name)


class AgentEnvironment(Logs):
    """What the agent alone needs: it runs without the database and the keys."""

    agent_socket: Path = Field(alias="BANGUARD_AGENT_SOCKET")
    agent_group: str | None = Field(default=None, alias="BANGUARD_AGENT_GROUP")
    fail2ban_socket: Path = Field(default=Path("/run/fail2ban/fail2ban.sock"), alias="BANGUARD_FAIL2BAN_SOCKET")
    fail2ban_config_dir: Path = Field(default=Path("/etc/fail2ban"), alias="BANGUARD_FAIL2BAN_CONFIG_DIR")
    fail2ban_database: Path = Field(
        default=Path("/var/lib/fail2ban/fail2ban.sqlite3"), alias="BANGUARD_FAIL2BAN_DATABASE"
    )
    # Not named: wherever the running server says that it logs.
    fail2ban_log: Path | None = Field(default=None, alias="BANGUARD_FAIL2BAN_LOG")
    log_dirs: CommaSeparatedPaths = Field(default=(Path("/var/log"),), alias="BANGUARD_LOG_DIRS")

    @property
    def log_folders(self) -> tuple[Path, ...]:
        """Where logs may lie: nothing else is shown as one."""
        return (*self.log_dirs, *([self.fail2ban_log.parent] if self.fail2ban_log else []))


def with_files(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables, with each ``NAME_FILE`` read into ``NAME`` unless ``NAME`` itself is set."""
    found = dict(variables)
    for name, path in variables.items():
        plain = name.removesuffix("_FILE")
        if plain == name or plain in variables or not _ours(plain):
            continue
        try:
            found[plain] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise EnvironmentInvalid(f"{name} names a file that cannot be read: {error}") from error
    return found


def _ours(name: str) -> bool:
    return name == "DATABASE_URL" or name.startswith("BANGUARD_")


def with_laid_down(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables, and for those that are not set what ``script/server`` has laid down in the data folder."""
    found = dict(variables)
    data = ROOT / found.get("BANGUARD_DATA_DIR", "var")
    found.setdefault("BANGUARD_AGENT_SOCKET", str(data / "run" / "agent.sock"))
    keys = data / "secret-keys"
    if "BANGUARD_SECRET_KEYS" not in found and keys.is_file():
        found["BANGUARD_SECRET_KEYS"] = keys.read_text(encoding="utf-8").strip()
    if "DATABASE_URL" not in found and (data / "postgres").is_dir():
        found["DATABASE_URL"] = embedded_database_url(data)
    return found


def embedded_database_url(data_dir: Path) -> str:
    """The embedded PostgreSQL: a socket in a folder that only its owner may enter, and no TCP port."""
    return f"postgresql://postgres@{quote(str(data_dir / 'postgres-socket'), safe='')}/banguard"


def read(model: type[T], variables: Mapping[str, str] = os.environ) -> T:
    """``model`` filled from ``variables``. Raises ``EnvironmentInvalid`` that names everything wrong at once."""
    try:
        return model.model_validate(with_laid_down(with_files(variables)))
    except ValidationError as error:
        faults = [
            "  " + ": ".join([*map(str, fault["loc"]), _explained(fault["type"], fault["msg"])])
            for fault in error.errors()
        ]
        raise EnvironmentInvalid("These settings cannot be used:\n" + "\n".join(faults)) from None


def _explained(kind: str, message: str) -> str:
    return "it is not set, and script/server has not laid one down" if kind == "missing" else message
