"""Environment and secrets, read once: `ARDESK_*`, or `ardesk.toml` beside the process."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from bot.kernel.errors import Refused


class BadSettings(Refused):
    """A setting is missing or makes no sense."""


class Settings(BaseSettings):
    """What this installation of the desk is told by its operator."""

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_prefix="ARDESK_", toml_file="ardesk.toml", extra="forbid", frozen=True
    )

    home: Path = Path(".ardesk")
    """Where the desk keeps its data: the SQLite file, the audit key, the policy file."""

    database_url: str = ""
    """SQLAlchemy's URL; empty means the SQLite file `desk.db` in `home`."""

    policy_file: Path | None = None
    """The company's policy; `policy.toml` in `home` unless given."""

    clock: datetime | None = None
    """A time (ISO, with zone) at which the desk's clock starts instead of now."""

    teams_app_id: str = ""
    teams_app_secret: SecretStr = SecretStr("")
    teams_tenant_id: str = ""
    """The bot's own tenant."""

    teams_tenants: str = ""
    """Tenants whose people are answered, comma-separated; empty means the bot's own."""

    teams_metadata_url: str = (
        "https://login.botframework.com/v1/.well-known/openidconfiguration"
    )
    teams_issuer: str = "https://api.botframework.com"
    teams_token_url: str = ""
    """Where the bot gets its token; empty means Entra ID's for its tenant."""

    teams_service_hosts: str = (
        "smba.trafficmanager.net,*.botframework.com,*.teams.microsoft.com,*.teams.microsoft.us"
    )
    """Hosts (host or host:port) that may be written to; `*.` stands for any subdomain."""

    teams_service_url: str = "https://smba.trafficmanager.net/teams/"
    """Where a chat is opened with somebody who has not written yet."""

    teams_file_hosts: str = "*.sharepoint.com,*.svc.ms"
    """Hosts (host or host:port) from which a file that somebody hands over is fetched."""

    public_url: str = ""
    """
    The address at which people reach the desk's files, such as `https://desk.example.com`:
    cards then carry links to what was drawn; empty means that they name the file.
    """

    mail_url: SecretStr = SecretStr("")
    """
    How e-mail to customers leaves: `smtp://user:password@host:587` (STARTTLS), `smtps://…`, or
    `folder:PATH` for .eml files; empty means the folder `outbox` in `home`.
    """

    mail_from: str = ""
    """Whom e-mail to customers comes from; empty means the policy's `collections_address`."""

    log_format: Literal["text", "json"] = "text"
    """What the log is written as."""

    @field_validator("public_url")
    @classmethod
    def _check_address(cls, url: str) -> str:
        parts = urlsplit(url.strip())
        if url.strip() and not (parts.scheme in ("http", "https") and parts.hostname):
            raise ValueError("it should look like https://desk.example.com")
        if parts.query or parts.fragment:
            raise ValueError("it should end with the host or a path")
        return url.strip().rstrip("/")

    @property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.home.resolve() / 'desk.db'}"

    @property
    def policy_path(self) -> Path:
        """Where the policy file would be."""
        return self.policy_file or self.home / "policy.toml"

    @property
    def policy_to_read(self) -> Path | None:
        """The policy file; None where none is named and none is there."""
        return self.policy_path if self.policy_file or self.policy_path.exists() else None

    @property
    def tenants(self) -> frozenset[str]:
        """The tenants whose people are answered."""
        named = self.teams_tenants or self.teams_tenant_id
        return frozenset(part.strip().lower() for part in named.split(",") if part.strip())

    @property
    def service_hosts(self) -> tuple[str, ...]:
        """The hosts that may be written to."""
        return _hosts(self.teams_service_hosts)

    @property
    def file_hosts(self) -> tuple[str, ...]:
        """The hosts from which files are fetched."""
        return _hosts(self.teams_file_hosts)

    @property
    def token_url(self) -> str:
        """Where the bot's token comes from."""
        login = "https://login.microsoftonline.com"
        return self.teams_token_url or f"{login}/{self.teams_tenant_id}/oauth2/v2.0/token"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return where settings come from, the strongest first."""
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls))


def _hosts(named: str) -> tuple[str, ...]:
    return tuple(part.strip().lower() for part in named.split(",") if part.strip())


def unknown() -> list[str]:
    """Return the variables that look like settings and are none: mistyped, most likely."""
    prefix = Settings.model_config["env_prefix"]
    known = {f"{prefix}{name}".upper() for name in Settings.model_fields}
    return sorted(name for name in os.environ if name.startswith(prefix) and name not in known)


def read() -> Settings:
    """
    Return the settings.

    :raises BadSettings: if one makes no sense.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise BadSettings(f"ardesk.toml has {name!r}, which is no setting.") from error
        raise BadSettings(
            f"The setting ARDESK_{name.upper()} makes no sense: {first['msg']}."
        ) from error
    except ValueError as error:
        raise BadSettings(f"ardesk.toml cannot be read: {error}.") from error
