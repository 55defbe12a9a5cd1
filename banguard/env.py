"""Settings from the environment, typed, read once, and loud when something is wrong.

Every variable may also come from a file, by its name with ``_FILE`` (a mounted secret). What is neither
set nor in a file falls back to what ``script/server`` lays down in the data folder, so that
``manage.py`` finds the same database and keys as the running processes. No secret has a default.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self, TypeVar
from urllib.parse import quote, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from banguard.envtypes import (
    ROOT,
    CommaSeparated,
    CommaSeparatedNetworks,
    CommaSeparatedPaths,
    FolderFromRoot,
    Headers,
    Issuer,
    OpenIDProvider,
    Origins,
    OrNothing,
    PathPrefix,
    ShippingUrl,
    Tracing,
    TracingUrl,
    is_loopback,
    is_safe_from_eavesdroppers,
)

T = TypeVar("T", bound=BaseModel)


class EnvironmentInvalid(Exception):
    """One or more variables cannot be used; the message names each."""


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
        if secret and "+http://" in url and not is_loopback(urlsplit(url).hostname or ""):
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
    new_database_url: str | None = Field(default=None, alias="BANGUARD_NEW_DATABASE_URL", min_length=1)
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
    tracing_url: Annotated[TracingUrl | None, OrNothing] = Field(default=None, alias="BANGUARD_TRACING_URL")
    tracing_headers: Headers = Field(default=(), alias="BANGUARD_TRACING_HEADERS")
    tracing_share: float = Field(default=1.0, alias="BANGUARD_TRACING_SHARE", ge=0, le=1)
    geoip_dir: FolderFromRoot | None = Field(default=None, alias="BANGUARD_GEOIP_DIR")
    history_days: Annotated[int | None, OrNothing] = Field(default=None, alias="BANGUARD_HISTORY_DAYS", ge=1, le=36_500)
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
        passwords = _passwords_in(self.database_url, self.lock_database_url, self.new_database_url)
        keys = (content for _name, content in self.tracing_headers)
        return (*super().secrets, *passwords, *keys, *filter(None, ours))

    @model_validator(mode="after")
    def _keys_of_tracing_are_told_to_nobody_else(self) -> Self:
        if self.tracing_headers and not is_safe_from_eavesdroppers(self.tracing_url or "https://nobody"):
            raise ValueError("BANGUARD_TRACING_URL: headers with keys are sent over https only")
        return self

    @property
    def tracing(self) -> Tracing | None:
        return Tracing(self.tracing_url, self.tracing_headers, self.tracing_share) if self.tracing_url else None

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
        if plain == name or plain in variables or not is_ours(plain):
            continue
        try:
            found[plain] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise EnvironmentInvalid(f"{name} names a file that cannot be read: {error}") from error
    return found


def is_ours(name: str) -> bool:
    """Whether a variable is a setting of BanGuard."""
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
