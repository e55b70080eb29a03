"""Which settings does a process run with? All come from the environment, prefix `WHISTLE_`; a wrong one is told in one line."""

from pathlib import Path
from typing import Literal

from pydantic import Field, HttpUrl, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

TELEGRAM = "https://api.telegram.org"
SAMPLE = Path(__file__).parent / "sample_county"


class BadSetting(Exception):
    """One line that says which setting is wrong and what to do."""


class Settings(BaseSettings):
    """Every setting explains itself; `.env` files are not read, so that no secret is picked up by accident."""

    model_config = SettingsConfigDict(env_prefix="WHISTLE_", extra="ignore", frozen=True)

    bot_token: SecretStr = Field(description="the bot's token from @BotFather")
    vault_key: SecretStr = Field(
        description="the vault key; `whistle key new` makes one. Keep it outside the database and its backups"
    )
    api_url: HttpUrl = Field(
        HttpUrl(TELEGRAM), description="Bot API server; point it at a local server where Telegram cannot be reached"
    )
    database_url: str = Field(
        "sqlite:///whistle.db",
        description="where the records are kept: sqlite:///file, or postgresql://user@host/name for several replicas",
    )
    database_idle_seconds: float = Field(
        3,
        gt=0,
        le=60,
        description="PostgreSQL: a transaction that stands still so long is ended and done again; nobody waits for a stopped replica",
    )
    webhook_url: HttpUrl | None = Field(None, description="public address for updates; empty means long polling")
    webhook_secret: SecretStr = Field(
        SecretStr(""), description="1–256 of A-Z a-z 0-9 _ -, sent by Telegram in a header; needed with webhook_url"
    )
    public_url: HttpUrl | None = Field(
        None,
        description="where browsers reach our pages (https://whistle.example.cn); without it the address of webhook_url is taken, "
        "and without that no page is offered",
    )
    phone_hook_url: HttpUrl | None = Field(
        None,
        description="the county's voice or SMS gateway: a signed POST for each phone that is to ring; empty means none",
    )
    phone_hook_secret: SecretStr = Field(
        SecretStr(""),
        description="shared with the gateway, 16 characters or more; signs both ways; needed with phone_hook_url",
    )
    adviser_url: HttpUrl | None = Field(
        None,
        description="the county's own language-model service for a second opinion on a matter: masked words only; empty means none",
    )
    host: str = Field("127.0.0.1", description="address that the web server listens on")
    port: int = Field(8443, ge=0, le=65535, description="port of the web server; 0 takes a free one")
    county: Path = Field(SAMPLE, description="folder with the county's YAML and CSV files")
    audit_file: Path | None = Field(
        None,
        description="file outside the database that gets a line a day about every chain; empty: beside the SQLite file",
    )
    evidence_url: str = Field(
        "",
        description="where officers' evidence is kept: file:///folder or s3://bucket/prefix; empty: a folder beside the SQLite file",
    )
    send_rate: float = Field(
        25, ge=0, description="messages a second in all; 0 = no limit (benchmarks and Bot API servers of one's own)"
    )
    heartbeat_url: HttpUrl | None = Field(
        None, description="an address that we GET every minute while the tick is healthy, for an outside monitor"
    )
    log_format: Literal["console", "json"] = Field("console", description="how log lines are written")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="which log lines are written")

    @field_validator(
        "webhook_url", "public_url", "phone_hook_url", "adviser_url", "heartbeat_url", "audit_file", mode="before"
    )
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("bot_token")
    @classmethod
    def _looks_like_a_token(cls, value: SecretStr) -> SecretStr:
        number, colon, rest = value.get_secret_value().partition(":")
        if not (number.isdigit() and colon and rest):
            raise ValueError("does not look like a token (digits, a colon, letters)")
        return value

    @property
    def token(self) -> str:
        return self.bot_token.get_secret_value()

    @property
    def pages_url(self) -> str:
        """Where browsers reach our pages, without a slash at the end; empty when nobody has said."""
        if self.public_url is not None:
            return str(self.public_url).rstrip("/")
        return str(self.webhook_url).removesuffix(self.webhook_url.path or "").rstrip("/") if self.webhook_url else ""

    @property
    def bot_url(self) -> str:
        """The root of every Bot API call."""
        return f"{str(self.api_url).rstrip('/')}/bot{self.token}"


def load(**overrides: object) -> Settings:
    """Settings from the environment. Raises BadSetting."""
    try:
        found = Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = "WHISTLE_" + str(first["loc"][0]).upper() if first["loc"] else "WHISTLE_…"
        explained = Settings.model_fields[str(first["loc"][0])].description if first["loc"] else ""
        problem = "is not set" if first["type"] == "missing" else first["msg"].removeprefix("Value error, ")
        raise BadSetting(f"{name}: {problem} — {explained}") from None
    if found.webhook_url is not None and not found.webhook_secret.get_secret_value():
        raise BadSetting(
            "WHISTLE_WEBHOOK_SECRET: is not set — it is needed with WHISTLE_WEBHOOK_URL, so that only Telegram can post updates"
        )
    if found.phone_hook_url is not None and len(found.phone_hook_secret.get_secret_value()) < 16:
        raise BadSetting(
            "WHISTLE_PHONE_HOOK_SECRET: is missing or shorter than 16 characters — it is needed with WHISTLE_PHONE_HOOK_URL, "
            "so that gateway and service know each other"
        )
    if not found.county.is_dir():
        raise BadSetting(
            f"WHISTLE_COUNTY: there is no folder {found.county} — it holds county.yaml, policy.yaml and the CSV files"
        )
    return found
