"""Typed settings: environment over file over default. An error names section, key, value and what is wanted."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as EnvironmentFault

from bot.desk_settings import Desk
from handlers.county import County, OfficeFacts
from handlers.hours import OfficeHours
from knowledge.match import Thresholds

ENVIRONMENT_FILE = "FAWEN_CONFIG"
DEFAULT_FILE = "config.toml"
_SECRET_WORDS = ("secret", "token", "key", "webhook")
_TELEGRAM_TOKEN = re.compile(r"\d{3,20}:[\w-]{20,}")
_GROUP = re.compile(r"-\d{4,20}")
_WEBHOOK_SECRET = re.compile(r"[\w-]{16,256}", re.ASCII)


class SettingsError(Exception):
    """The settings cannot be used; one line for each problem."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Service(_Section):
    """[service]: who runs this."""

    name: str = "法问"
    county: str = "酉阳土家族苗族自治县"
    org_code: str = Field("YY", pattern=r"^[A-Za-z0-9]{1,8}$")
    timezone: str = "Asia/Shanghai"
    data_dir: Path = Path("data")
    public_url: str = ""

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("is no time zone; for China write Asia/Shanghai") from error
        return name


class Web(_Section):
    """[web]: the server and the residents' page."""

    enabled: bool = True
    host: str = "127.0.0.1"
    port: int = Field(8348, ge=0, le=65535)
    messages_per_minute: int = Field(30, ge=1)
    quick_exit_url: str = Field("https://www.baidu.com/", pattern=r"^https?://[^\s\"'<>]+$")


class Database(_Section):
    """[database]: SQLite in data_dir where `url` is empty."""

    url: str = Field("", repr=False)  # may hold a password

    @field_validator("url")
    @classmethod
    def _known_kind(cls, url: str) -> str:
        if url and not url.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("wants sqlite:///path or postgresql+psycopg://user:password@host/name")
        return url


class Telegram(_Section):
    """[telegram]"""

    enabled: bool = False
    token: SecretStr = SecretStr("")
    api_base: str = "https://api.telegram.org"
    mode: Literal["polling", "webhook"] = "polling"
    webhook_secret: SecretStr = SecretStr("")
    staff_chat: str = ""

    @field_validator("staff_chat")
    @classmethod
    def _group(cls, chat: str) -> str:
        if chat and not _GROUP.fullmatch(chat):
            raise ValueError('wants the number of a group, such as "-1001234567890"; write /chatid in it to learn it')
        return chat

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if self.enabled and not _TELEGRAM_TOKEN.fullmatch(self.token.get_secret_value()):
            raise ValueError("token wants what BotFather gave: digits, a colon, letters and digits")
        secret = self.webhook_secret.get_secret_value()
        if self.enabled and self.mode == "webhook" and not _WEBHOOK_SECRET.fullmatch(secret):
            raise ValueError("webhook_secret wants 16 to 256 of A-Z a-z 0-9 _ -")
        return self


class WeCom(_Section):
    """[wecom]: one self-built app for staff and for customer service."""

    enabled: bool = False
    corp_id: str = ""
    agent_id: int = 0
    secret: SecretStr = SecretStr("")
    token: SecretStr = SecretStr("")
    aes_key: SecretStr = SecretStr("")
    api_base: str = "https://qyapi.weixin.qq.com"
    oauth_base: str = "https://open.weixin.qq.com"
    kf_accounts: tuple[str, ...] = ()
    kf_poll_seconds: int = Field(180, ge=10)
    kf_first_minutes: int = Field(10, ge=0)


class KnowledgeSettings(_Section):
    """[knowledge]"""

    dir: str = ""
    encoder: Literal["auto", "on", "off"] = "auto"
    answer_sure: float = Field(Thresholds().answer_sure, ge=0, le=1)
    clarify_sure: float = Field(Thresholds().clarify_sure, ge=0, le=1)


class ConsoleSettings(_Section):
    """[console]: how long staff stay signed in."""

    idle_minutes: int = Field(60, ge=1)
    session_hours: int = Field(12, ge=1, le=72)


class Privacy(_Section):
    """[privacy]"""

    key: SecretStr = SecretStr("")
    message_days: int = Field(90, ge=1)


class Facts(_Section):
    """Where an office is."""

    address: str = ""
    phone: str = Field("", pattern=r"^[0-9 \-、，转]*$")
    hours: str = ""


class CountyFacts(_Section):
    """[county]: what only the county knows; empty values are listed by `fawen check`."""

    places: dict[str, Facts] = Field(default_factory=dict)
    stations: dict[str, Facts] = Field(default_factory=dict)
    values: dict[str, str] = Field(default_factory=dict)


class Settings(BaseSettings):
    """All settings, frozen."""

    model_config = SettingsConfigDict(
        env_prefix="FAWEN__",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    service: Service = Service()
    web: Web = Web()
    database: Database = Database()
    telegram: Telegram = Telegram()
    wecom: WeCom = WeCom()
    knowledge: KnowledgeSettings = KnowledgeSettings()
    desk: Desk = Desk()
    console: ConsoleSettings = ConsoleSettings()
    privacy: Privacy = Privacy()
    county: CountyFacts = CountyFacts()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, which comes in as init values."""
        return env_settings, init_settings

    @property
    def database_url(self) -> str:
        """The database's address; the file in `data_dir` where none is set."""
        return self.database.url or f"sqlite:///{self.service.data_dir / 'fawen.db'}"

    @property
    def zone(self) -> ZoneInfo:
        """The time zone for people."""
        return ZoneInfo(self.service.timezone)

    def office_hours(self) -> OfficeHours:
        """The desk's hours as the settings have them."""
        return self.desk.office_hours(self.zone)

    def county_facts(self) -> County:
        """The county's facts as handlers use them."""
        return County(
            name=self.service.county,
            service=self.service.name,
            org=self.service.org_code,
            places={kind: OfficeFacts(**facts.model_dump()) for kind, facts in self.county.places.items()},
            stations={name: OfficeFacts(**facts.model_dump()) for name, facts in self.county.stations.items()},
            values=self.county.values,
        )

    def thresholds(self) -> Thresholds:
        """The matcher's bands."""
        return Thresholds(answer_sure=self.knowledge.answer_sure, clarify_sure=self.knowledge.clarify_sure)


def load_settings(path: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Read the settings from `path`, else from $FAWEN_CONFIG, else from config.toml where it is there.

    Raises:
        SettingsError: with a line for each problem.
    """
    named = path or (Path(os.environ[ENVIRONMENT_FILE]) if os.environ.get(ENVIRONMENT_FILE) else None)
    file = named or Path(DEFAULT_FILE)
    if named is not None and not named.is_file():
        raise SettingsError(f"{named}: there is no such settings file; copy config.example.toml and change it")
    try:
        # Notepad on Windows begins a file with a mark.
        document = tomllib.loads(file.read_text("utf-8-sig")) if file.is_file() else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: is not TOML: {error}") from error
    try:
        return Settings(**{**document, **(overrides or {})})
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(error, file))) from error
    except EnvironmentFault as error:
        raise SettingsError(f"environment FAWEN__…: {error}; lists are written as JSON") from error


def _explain(error: ValidationError, file: Path) -> list[str]:
    lines = []
    for detail in error.errors(include_url=False):
        section, *keys = (str(part) for part in detail["loc"])
        name = f"[{section}] {'.'.join(keys)}".strip()
        # A whole section, a misspelt key and the database's address may hold a secret too.
        secret = not keys or section == "database" or any(word in name for word in _SECRET_WORDS)
        hidden = secret or detail["type"] in ("missing", "extra_forbidden") or isinstance(detail["input"], dict)
        value = "" if hidden else f" = {detail['input']!r}"
        wish = (
            "is no setting of Fawen: see config.example.toml" if detail["type"] == "extra_forbidden" else detail["msg"]
        )
        lines.append(f"{file}: {name}{value}: {wish.removeprefix('Value error, ')}")
    return lines
