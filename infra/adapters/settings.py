"""Settings: environment variables with prefix GUICHET_, also from `.env`; secrets also as `…_FILE` (contract §7)."""

import hmac
import os
import re
from collections.abc import Mapping
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

import orjson
from pydantic import Field, IPvAnyAddress, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from infra.adapters.mail_settings import mailbox, smtp_address

PREFIX = "GUICHET_"
KEY_BYTES = 32
INTERNAL_KEY = "guichet.internal"
PORTAL_URL = re.compile(r"https?://[^\s/?#]+(/[^\s/?#]+)*", re.ASCII)
SCHEMES = frozenset({"postgresql", "postgres"})
WHAT_TO_DO = {
    "KAFKA": 'the broker\'s host:port; start the local stack with "guichet up", then eval "$(guichet env)"',
    "DATABASE": 'a postgresql:// address; start the local stack with "guichet up", then eval "$(guichet env)"',
    "OBJECTS": 'file:///folder or s3://bucket/prefix; on the local stack take it from eval "$(guichet env)"',
    "DEAD_LETTER_KEY": "64 hex digits: the key that encrypts dead letters",
    "SMTP": "the mail server, smtp://host:port or smtps://user:password@host:port",
    "MAIL_FROM": "who e-mails come from, as Guichet <guichet@example.org>",
    "PORTAL_URL": "where the e-mails' links lead, as https://portail.example.org",
    "TOKEN_KEY": "64 hex digits: the key of activation tokens and of keyed hashes",
}


class SettingsError(Exception):
    """A setting is missing or wrong; the message names it and says what to do."""


class Settings(BaseSettings):
    """What a process reads at its start, never at import."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True)

    kafka: str = ""
    kafka_security: Literal["PLAINTEXT", "SSL", "SASL_SSL"] = "PLAINTEXT"
    kafka_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_username: str = ""
    kafka_password: str = ""
    kafka_ca: str = ""
    kafka_cert: str = ""
    kafka_key: str = ""
    kafka_replication: int = Field(3, ge=1)
    database: str = ""
    objects: str = ""
    smtp: str = ""
    smtp_verify: bool = True
    smtp_timeout_s: float = Field(30, gt=0, le=40)
    mail_from: str = ""
    mail_reply_to: str = ""
    portal_url: str = ""
    dead_letter_key: str = ""
    token_key: str = ""
    hmac_keys: str = "{}"
    home: Path = Path(".guichet")
    partitions: int = Field(8, ge=1, le=1000)
    batch_records: int = Field(2000, ge=1, le=10_000)
    http_host: IPvAnyAddress = IPv4Address("127.0.0.1")
    http_port: int = Field(0, ge=0, le=65_535)
    log: Literal["json", "console"] = "json"

    @field_validator("database")
    @classmethod
    def _database_address(cls, text: str) -> str:
        if text and not _is_database(text):
            raise ValueError(
                "is no address; write postgresql://user:password@host:port/name, with %2F for a slash in the password"
            )
        return text

    @field_validator("kafka")
    @classmethod
    def _broker_addresses(cls, text: str) -> str:
        if text and not all(_is_broker(broker.strip()) for broker in text.split(",")):
            raise ValueError("is no address; write host:port, several with a comma")
        return text

    @field_validator("smtp")
    @classmethod
    def _smtp_server(cls, text: str) -> str:
        if text:
            smtp_address(text)
        return text

    @field_validator("mail_from", "mail_reply_to")
    @classmethod
    def _mailboxes(cls, text: str) -> str:
        if text:
            mailbox(text)
        return text

    @field_validator("portal_url")
    @classmethod
    def _portal(cls, text: str) -> str:
        if text and not PORTAL_URL.fullmatch(text):
            raise ValueError("is no address; write https://host/path, without a question mark or a slash at its end")
        return text

    @field_validator("objects")
    @classmethod
    def _object_store(cls, text: str) -> str:
        if text and not _is_store(text):
            raise ValueError("is no object store; write file:///folder or s3://bucket/prefix, with %20 for a space")
        return text

    @field_validator("kafka_ca", "kafka_cert", "kafka_key")
    @classmethod
    def _readable_file(cls, text: str) -> str:
        if text and not os.access(text, os.R_OK):
            raise ValueError("cannot be read; name a readable file")
        return text

    @field_validator("dead_letter_key", "token_key")
    @classmethod
    def _hex_key(cls, text: str) -> str:
        try:
            long_enough = len(bytes.fromhex(text)) == KEY_BYTES
        except ValueError:
            long_enough = False
        if text and not long_enough:
            raise ValueError("must be 64 hex digits (32 bytes)")
        return text

    @field_validator("hmac_keys")
    @classmethod
    def _json_of_keys(cls, text: str) -> str:
        try:
            keys = {name: bytes.fromhex(value) for name, value in orjson.loads(text).items()}
        except (ValueError, AttributeError, TypeError):
            raise ValueError("must be JSON {key_ref: hex}") from None
        if not all(keys.values()):
            raise ValueError("must not hold an empty key")
        return text

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Self:
        """Make settings of `GUICHET_*` variables alone, without the environment."""
        return cls.model_validate(
            {name.removeprefix(PREFIX).lower(): value for name, value in variables.items() if name.startswith(PREFIX)}
        )

    @property
    def hmac_key_bytes(self) -> dict[str, bytes]:
        """The sources' keys by key_ref, and the one with which Guichet signs what it sends to itself."""
        keys = {name: bytes.fromhex(value) for name, value in orjson.loads(self.hmac_keys).items()}
        return keys | {INTERNAL_KEY: hmac.new(self.token_key_bytes, INTERNAL_KEY.encode(), "sha256").digest()}

    @property
    def dead_letter_key_bytes(self) -> bytes:
        """The key that encrypts dead letters."""
        return bytes.fromhex(self.dead_letter_key)

    @property
    def token_key_bytes(self) -> bytes:
        """The key of keyed hashes."""
        return bytes.fromhex(self.token_key)


def _is_database(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in SCHEMES and parts.port != 0
    except ValueError:
        return False


def _is_store(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    if parts.query or parts.fragment or " " in address:
        return False
    return bool(parts.netloc) if parts.scheme == "s3" else parts.scheme == "file" and address.startswith("file:///")


def _is_broker(broker: str) -> bool:
    try:
        parts = urlsplit(f"//{broker}")
        return bool(parts.hostname) and bool(parts.port) and parts.netloc == broker
    except ValueError:
        return False


SECRETS = ("kafka_password", "database", "smtp", "dead_letter_key", "token_key", "hmac_keys")


def load_settings(*needed: str) -> Settings:
    """Read the settings and make sure that those needed (such as "KAFKA") are there.

    Raises:
        SettingsError: one is missing or wrong.
    """
    try:
        settings = Settings(**_from_files())
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = f"{PREFIX}{str(first['loc'][0]).upper()}"
        raise SettingsError(f"{name}: {first['msg'].removeprefix('Value error, ')}") from None
    for name in needed:
        if not getattr(settings, name.lower()):
            raise SettingsError(f"{PREFIX}{name}: is not set; {WHAT_TO_DO.get(name, 'set it')}")
    return settings


def _from_files() -> dict[str, Any]:
    """Read the secrets that are given as files; a variable and its file together are a mistake."""
    values = {}
    for name in SECRETS:
        variable = f"{PREFIX}{name.upper()}"
        path = os.environ.get(f"{variable}_FILE")
        if path is None:
            continue
        if variable in os.environ:
            raise SettingsError(f"{variable}: is given twice, also as {variable}_FILE; unset one")
        try:
            values[name] = Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingsError(f"{variable}_FILE: {error.strerror}; name a readable file") from None
    return values
