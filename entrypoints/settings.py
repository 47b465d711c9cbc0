"""The environment, read once at start, as one frozen value."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import urlsplit

import limits
from environs import Env, validate
from environs.exceptions import EnvError

from core.domain.identity.users import MIN_PASSWORD_LENGTH

MIN_SECRET_LENGTH = 32
DEFAULT_DATA_DIR = "data"
DEFAULT_MAIL_FROM = "Interview Prep <no-reply@localhost>"
DEFAULT_GROQ_MODEL = "llama-3.3-70b-versatile"


class SettingsError(Exception):
    """A setting is missing or wrong; the message names it."""


@dataclass(frozen=True, slots=True)
class RateLimits:
    """How often a user, or an address without one, may do things: in the syntax of the `limits` library."""

    default: str = "100 per 15 minutes"
    auth: str = "10 per 15 minutes"
    generate: str = "20 per hour"
    export: str = "5 per 10 minutes"
    health: str = "1000 per minute"
    connect: str = "120 per minute"
    pages: str = "300 per minute"
    reports: str = "1000 per minute"


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator can set. `database_url` empty means SQLite in `data_dir`; `redis_url` empty
    means that this process is the only one. Of `secret_keys` the first signs and all verify."""

    data_dir: Path
    database_url: str
    redis_url: str
    secret_keys: tuple[str, ...]
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    log_level: str = "INFO"
    bcrypt_cost: int = 11
    groq_api_key: str = ""
    groq_model: str = DEFAULT_GROQ_MODEL
    groq_base_url: str = ""
    fallback_llm_url: str = ""
    fallback_llm_api_key: str = ""
    fallback_llm_model: str = ""
    smtp_url: str = ""
    mail_from: str = DEFAULT_MAIL_FROM
    sendgrid_webhook_key: str = ""
    ses_topic_arns: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    trusted_proxies: int = 0
    min_password_length: int = MIN_PASSWORD_LENGTH
    limits: RateLimits = RateLimits()
    max_sockets_per_user: int = 10
    max_sockets_per_address: int = 100
    live_page: bool = False
    worker_threads: int = 4
    max_running_jobs_per_user: int = 3
    job_max_attempts: int = 3
    job_lease: timedelta = timedelta(seconds=30)
    sweep_interval: timedelta = timedelta(seconds=5)
    shutdown_grace: timedelta = timedelta(seconds=10)

    @property
    def is_embedded(self) -> bool:
        """Whether this one process is the whole product."""
        return not self.redis_url and self.database_url.startswith("sqlite:")

    @property
    def shows_live_page(self) -> bool:
        """Whether /live is there: always in an embedded installation, elsewhere on demand."""
        return self.live_page or self.is_embedded

    @property
    def is_public_over_https(self) -> bool:
        """Whether people reach the installation over HTTPS."""
        return self.public_url.startswith("https://")

    @property
    def is_in_memory(self) -> bool:
        """Whether all is gone when the process ends."""
        return self.is_embedded and self.database_url.endswith(":memory:")


def read_settings(env_file: Path | None = Path(".env")) -> Settings:
    """The settings from the environment, and from `env_file` where the environment is silent.

    Raises SettingsError.
    """
    env = Env()
    if env_file is not None and env_file.is_file():
        env.read_env(str(env_file), recurse=False)
    try:
        return _read(env)
    except EnvError as error:
        raise SettingsError(str(error)) from error


def _read(env: Env) -> Settings:
    data_dir = Path(env.str("DATA_DIR", DEFAULT_DATA_DIR)).absolute()
    database_url = _database_url(env.str("DATABASE_URL", ""), data_dir)
    redis_url = env.str("REDIS_URL", "")
    if redis_url:
        _check_url("REDIS_URL", redis_url, ("redis", "rediss", "unix"))
    for name in ("PUBLIC_URL", "GROQ_BASE_URL", "FALLBACK_LLM_URL"):
        if env.str(name, ""):
            _check_url(name, env.str(name), ("http", "https"))
    if env.str("FALLBACK_LLM_URL", "") and not env.str("FALLBACK_LLM_MODEL", ""):
        raise SettingsError("FALLBACK_LLM_MODEL is required with FALLBACK_LLM_URL.")
    host = env.str("HOST", "127.0.0.1")
    port = env.int("PORT", 8000, validate=validate.Range(1, 65535))
    return Settings(
        data_dir=data_dir,
        database_url=database_url,
        redis_url=redis_url,
        secret_keys=_secret_keys(env, data_dir, is_shared=bool(redis_url) or "mongodb" in database_url[:7]),
        host=host,
        port=port,
        public_url=env.str("PUBLIC_URL", "").rstrip("/") or f"http://{host}:{port}",
        log_level=env.str(
            "LOG_LEVEL", "INFO", validate=validate.OneOf(("DEBUG", "INFO", "WARNING", "ERROR"))
        ),
        bcrypt_cost=env.int("BCRYPT_COST", 11, validate=validate.Range(10, 16)),
        groq_api_key=env.str("GROQ_API_KEY", ""),
        groq_model=env.str("GROQ_MODEL", "") or DEFAULT_GROQ_MODEL,
        groq_base_url=env.str("GROQ_BASE_URL", ""),
        fallback_llm_url=env.str("FALLBACK_LLM_URL", ""),
        fallback_llm_api_key=env.str("FALLBACK_LLM_API_KEY", ""),
        fallback_llm_model=env.str("FALLBACK_LLM_MODEL", ""),
        smtp_url=env.str("SMTP_URL", ""),
        mail_from=env.str("MAIL_FROM", DEFAULT_MAIL_FROM),
        sendgrid_webhook_key=env.str("SENDGRID_WEBHOOK_KEY", ""),
        ses_topic_arns=_listed(env.str("SES_TOPIC_ARNS", "")),
        allowed_origins=_origins(env.str("ALLOWED_ORIGINS", "")),
        trusted_proxies=env.int("TRUSTED_PROXIES", 0, validate=validate.Range(0, 10)),
        min_password_length=env.int(
            "MIN_PASSWORD_LENGTH", MIN_PASSWORD_LENGTH, validate=validate.Range(6, 64)
        ),
        limits=_rate_limits(env),
        max_sockets_per_user=env.int("MAX_SOCKETS_PER_USER", 10, validate=validate.Range(1, 100_000)),
        max_sockets_per_address=env.int("MAX_SOCKETS_PER_ADDRESS", 100, validate=validate.Range(1, 100_000)),
        live_page=env.bool("LIVE_PAGE", False),
        worker_threads=env.int("WORKER_THREADS", 4, validate=validate.Range(1, 64)),
        max_running_jobs_per_user=env.int("MAX_RUNNING_JOBS_PER_USER", 3, validate=validate.Range(1, 100)),
        job_max_attempts=env.int("JOB_MAX_ATTEMPTS", 3, validate=validate.Range(1, 20)),
        job_lease=timedelta(seconds=env.float("JOB_LEASE_SECONDS", 30, validate=validate.Range(1, 3600))),
        sweep_interval=timedelta(
            seconds=env.float("SWEEP_INTERVAL_SECONDS", 5, validate=validate.Range(0.1, 3600))
        ),
        shutdown_grace=timedelta(
            seconds=env.float("SHUTDOWN_GRACE_SECONDS", 10, validate=validate.Range(0, 600))
        ),
    )


def _rate_limits(env: Env) -> RateLimits:
    rules = {}
    for field in fields(RateLimits):
        name = f"RATE_LIMIT_{field.name.upper()}"
        rules[field.name] = env.str(name, str(field.default))
        try:
            limits.parse_many(rules[field.name])
        except ValueError as error:
            raise SettingsError(f"{name}: {rules[field.name]!r} is not like '100 per hour'.") from error
    return RateLimits(**rules)


def _origins(value: str) -> tuple[str, ...]:
    """Raises SettingsError for what is no origin (RFC 6454: scheme, host and port, nothing else)."""
    origins = _listed(value)
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or origin != f"{parts.scheme}://{parts.netloc}":
            raise SettingsError(f"ALLOWED_ORIGINS: {origin!r} is not like 'https://app.example.com'.")
    return origins


def _listed(value: str) -> tuple[str, ...]:
    """The parts between commas."""
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _database_url(url: str, data_dir: Path) -> str:
    if not url:
        return f"sqlite:///{data_dir / 'interview_prep.db'}"
    if not url.startswith("sqlite:///"):
        _check_url("DATABASE_URL", url, ("mongodb", "mongodb+srv"))
    return url


def _check_url(name: str, url: str, schemes: tuple[str, ...]) -> None:
    """Raises SettingsError, which does not repeat the URL: it may hold a password."""
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in schemes and (bool(parts.netloc) or parts.scheme == "unix")
        if "," not in parts.netloc:  # several hosts are MongoDB's own way of writing
            is_good = is_good and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good:
        raise SettingsError(f"{name} must be a URL like {schemes[0]}://host:port.")


def _secret_keys(env: Env, data_dir: Path, *, is_shared: bool) -> tuple[str, ...]:
    keys = _listed(env.str("SECRET_KEY", ""))
    if any(len(key) < MIN_SECRET_LENGTH for key in keys):
        raise SettingsError(f"SECRET_KEY: every key must have at least {MIN_SECRET_LENGTH} characters.")
    if keys:
        return keys
    if is_shared:
        raise SettingsError(
            "SECRET_KEY is required with MongoDB or Redis, the same for all processes. "
            "Make one with: openssl rand -hex 32"
        )
    try:
        return (_kept_secret(data_dir / "secret_key"),)
    except OSError as error:
        raise SettingsError(f"DATA_DIR {data_dir} cannot be used: {error.strerror}") from error


def _kept_secret(path: Path) -> str:
    """The key of an embedded installation: made at the first start, readable by its owner only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=path.parent, prefix=".secret_key", delete=False) as written:
            written.write(secrets.token_hex(32))
        with suppress(FileExistsError):  # another process was faster: its key is everybody's
            os.link(written.name, path)
        os.unlink(written.name)
    key = path.read_text().strip()
    if len(key) < MIN_SECRET_LENGTH:
        raise SettingsError(f"{path} does not hold a key. Delete it, and a new one will be made.")
    return key
