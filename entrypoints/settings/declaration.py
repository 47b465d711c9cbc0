"""Declarations of every setting: name, default, parser and help."""

# ruff: noqa: RUF009 - the calls make fields

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from environs import Env

from core.domain.identity.users import MIN_PASSWORD_LENGTH
from entrypoints.settings import parsing
from entrypoints.settings.parsing import Parser

_RATE_LIMIT_PREFIX = "RATE_LIMIT_"


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable with its text in `.env.example`.

    `heading` starts a group of settings. `example` is shown instead of the default.
    """

    name: str
    parse: Parser
    default: Any
    heading: str
    help: str
    example: str | None

    def read(self, env: Env) -> Any:
        """Raises SettingsError or EnvError."""
        return self.parse(env, self.name, self.default)


def _setting(
    parse: Parser,
    default: Any = MISSING,
    *,
    name: str = "",
    heading: str = "",
    help: str = "",
    example: str | None = None,
) -> Any:
    """A dataclass field. Without a `name`, the variable is named like the field."""
    declared = Setting(name, parse, default, heading, help, example)
    return field(default=default, metadata={"setting": declared})


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Rate limits per user, or per address without a login, in the syntax of the `limits` library."""

    default: str = _setting(
        parsing.rate_limit,
        "100 per 15 minutes",
        heading='Rate limits per user, or per address without a login. Join several with ";".',
    )
    auth: str = _setting(parsing.rate_limit, "10 per 15 minutes")
    generate: str = _setting(parsing.rate_limit, "20 per hour")
    export: str = _setting(parsing.rate_limit, "5 per 10 minutes")
    health: str = _setting(parsing.rate_limit, "1000 per minute")
    connect: str = _setting(parsing.rate_limit, "120 per minute")
    pages: str = _setting(
        parsing.rate_limit, "300 per minute", help="The documentation, the page at /live and their assets."
    )
    reports: str = _setting(parsing.rate_limit, "1000 per minute", help="Delivery reports of email relays.")


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. An empty `redis_url` means that this process is the only one. Of `secret_keys` the first
    signs and all verify."""

    data_dir: Path = _setting(
        parsing.folder("data"),
        heading="Storage. The embedded product, one process, needs only a folder.",
        example="./data",
    )
    database_url: str = _setting(
        parsing.database_url,
        help="Separate processes need the next three settings.",
        example="mongodb://127.0.0.1:27017/interview_prep",
    )
    redis_url: str = _setting(parsing.url("redis", "rediss", "unix"), example="redis://127.0.0.1:6379/0")
    secret_keys: tuple[str, ...] = _setting(
        parsing.secret_keys,
        name="SECRET_KEY",
        help=f"At least {parsing.MIN_SECRET_LENGTH} characters (openssl rand -hex 32). "
        "Several, separated by commas: the first signs, all verify.",
        example="",
    )

    host: str = _setting(parsing.text, "127.0.0.1", heading="The address of the API.")
    port: int = _setting(parsing.whole_number(1, 65535), 8000)
    public_url: str = _setting(
        parsing.public_url,
        "http://127.0.0.1:8000",
        help="The URL that users see. By default it follows from HOST and PORT. If it is set, requests for "
        "other hosts are refused, except for /health/* and /metrics.",
        example="https://prep.example.com",
    )
    trusted_proxies: int = _setting(
        parsing.whole_number(0, 10),
        0,
        help="The number of proxies in front, whose X-Forwarded-* headers are trusted.",
    )
    allowed_origins: tuple[str, ...] = _setting(
        parsing.origins,
        (),
        help="Other origins that may call the API with cookies.",
        example="https://app.example.com",
    )
    log_level: str = _setting(
        parsing.one_of("DEBUG", "INFO", "WARNING", "ERROR"), "INFO", help="DEBUG, INFO, WARNING or ERROR."
    )

    groq_api_key: str = _setting(
        parsing.text, "", heading="AI. Without a key, the offline question bank writes the questions."
    )
    groq_model: str = _setting(parsing.text_or_default, "llama-3.3-70b-versatile")
    groq_base_url: str = _setting(parsing.url("http", "https"), "")
    fallback_llm_url: str = _setting(
        parsing.url("http", "https"),
        "",
        help="Any service with the OpenAI chat format, used when Groq cannot deliver.",
        example="http://127.0.0.1:11434/v1",
    )
    fallback_llm_api_key: str = _setting(parsing.text, "")
    fallback_llm_model: str = _setting(parsing.text, "", example="llama3.1")

    worker_threads: int = _setting(parsing.whole_number(1, 64), 4, heading="Jobs.")
    max_running_jobs_per_user: int = _setting(parsing.whole_number(1, 100), 3)
    max_queued_jobs_per_user: int = _setting(parsing.whole_number(1, 100_000), 100)
    export_processes: int = _setting(
        parsing.whole_number(1, 16),
        2,
        help="How many documents are laid out at once, each in a process of its own, of at most 512 MiB.",
    )
    job_max_attempts: int = _setting(parsing.whole_number(1, 20), 3)
    job_lease: timedelta = _setting(
        parsing.seconds(1, 3600),
        timedelta(seconds=30),
        name="JOB_LEASE_SECONDS",
        help="The time after which a job of a dead worker is taken over.",
    )
    sweep_interval: timedelta = _setting(
        parsing.seconds(0.1, 3600), timedelta(seconds=5), name="SWEEP_INTERVAL_SECONDS"
    )
    shutdown_grace: timedelta = _setting(
        parsing.seconds(0, 600),
        timedelta(seconds=10),
        name="SHUTDOWN_GRACE_SECONDS",
        help="The time that running jobs get to finish when a worker stops.",
    )

    max_sessions_per_user: int = _setting(
        parsing.whole_number(1, 1_000_000), 1_000, heading="Limits on the records of one user."
    )
    max_stored_exports_per_user: int = _setting(
        parsing.whole_number(1, 100_000), 100, help="Exports whose file has not expired."
    )

    bcrypt_cost: int = _setting(
        parsing.whole_number(10, 16),
        11,
        heading="Passwords.",
        help="The cost of bcrypt, 10 to 16. If it is raised, hashes are renewed at login.",
    )
    password_checks_at_once: int = _setting(
        parsing.whole_number(0, 64),
        0,
        help="In each process. 0 leaves one core free for everything else.",
    )
    min_password_length: int = _setting(parsing.whole_number(6, 64), MIN_PASSWORD_LENGTH)

    smtp_url: str = _setting(
        parsing.text,
        "",
        heading="Email. Without SMTP_URL, emails are written to DATA_DIR/mail.",
        help='See "Email" in the README for the forms of SMTP_URL.',
        example="smtp://user:password@smtp.example.com:587",
    )
    mail_from: str = _setting(
        parsing.text,
        "Interview Prep <no-reply@localhost>",
        example="Interview Prep <no-reply@example.com>",
    )
    mail_threads: int = _setting(
        parsing.whole_number(1, 16),
        2,
        help="The number of emails that a worker sends at a time. WORKER_THREADS run jobs only.",
    )
    require_verified_email: bool = _setting(
        parsing.flag,
        False,
        help="Refuse to generate questions for a user until the email address is verified.",
    )
    sendgrid_webhook_key: str = _setting(
        parsing.text,
        "",
        help="Trusted senders of delivery reports: SendGrid's public key, topics of Amazon SNS.",
    )
    ses_topic_arns: tuple[str, ...] = _setting(parsing.listed, ())

    limits: RateLimits = field(default=RateLimits())
    has_public_url: bool = False
    """Whether PUBLIC_URL is set. If not, `public_url` is made of HOST and PORT."""

    live_page: bool = _setting(
        parsing.flag,
        False,
        heading="Live events.",
        help="Serve the page at /live. In embedded mode it is always served.",
    )
    max_sockets_per_user: int = _setting(parsing.whole_number(1, 100_000), 10)
    max_sockets_per_address: int = _setting(parsing.whole_number(1, 100_000), 100)

    @property
    def is_embedded(self) -> bool:
        """Whether this one process is the whole product."""
        return not self.redis_url and self.database_url.startswith("sqlite:")

    @property
    def shows_live_page(self) -> bool:
        """Whether /live is served: always in embedded mode, elsewhere if it is set."""
        return self.live_page or self.is_embedded

    @property
    def own_public_url(self) -> str:
        """PUBLIC_URL if it is set, or else "": a URL made of HOST and PORT may lead clients nowhere."""
        return self.public_url if self.has_public_url else ""

    @property
    def is_public_over_https(self) -> bool:
        """Whether users reach the installation over HTTPS."""
        return self.public_url.startswith("https://")

    @property
    def is_in_memory(self) -> bool:
        """Whether all data is lost when the process ends."""
        return self.is_embedded and self.database_url.endswith(":memory:")


def settings_of(declaring: type[Settings | RateLimits]) -> Iterator[tuple[str, Setting]]:
    """The names of the fields with their settings, in order."""
    prefix = _RATE_LIMIT_PREFIX if declaring is RateLimits else ""
    for each in fields(declaring):
        if "setting" in each.metadata:
            yield each.name, _named(each, prefix)


def all_settings() -> Iterator[Setting]:
    """All settings in the order of `.env.example`."""
    for each in fields(Settings):
        if each.name == "limits":
            yield from (setting for _, setting in settings_of(RateLimits))
        elif "setting" in each.metadata:
            yield _named(each, "")


def _named(declared: Field[Any], prefix: str) -> Setting:
    setting: Setting = declared.metadata["setting"]
    return replace(setting, name=setting.name or prefix + declared.name.upper())
