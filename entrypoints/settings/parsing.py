"""Parsers of environment variables: each takes a name and a default, and checks the value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import limits
from environs import Env, validate

MIN_SECRET_LENGTH = 32

Parser = Callable[[Env, str, Any], Any]
"""The arguments are the environment, the variable's name and its default. Raises SettingsError, EnvError."""


class SettingsError(Exception):
    """A setting is missing or wrong; the message names it."""


def text(env: Env, name: str, default: str) -> str:
    return env.str(name, default)


def text_or_default(env: Env, name: str, default: str) -> str:
    """The value, or the default if the variable is unset or empty."""
    return env.str(name, "") or default


def flag(env: Env, name: str, default: bool) -> bool:
    return env.bool(name, default)


def one_of(*choices: str) -> Parser:
    return lambda env, name, default: env.str(name, default, validate=validate.OneOf(choices))


def whole_number(minimum: int, maximum: int) -> Parser:
    return lambda env, name, default: env.int(name, default, validate=validate.Range(minimum, maximum))


def seconds(minimum: float, maximum: float) -> Parser:
    def read(env: Env, name: str, default: timedelta) -> timedelta:
        value = env.float(name, default.total_seconds(), validate=validate.Range(minimum, maximum))
        return timedelta(seconds=value)

    return read


def folder(where: str) -> Parser:
    """An absolute path. `where` is the default, relative to the working directory."""
    return lambda env, name, default: Path(env.str(name, where)).absolute()


def listed(env: Env, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    """The values between commas."""
    return tuple(part.strip() for part in env.str(name, ",".join(default)).split(",") if part.strip())


def url(*schemes: str) -> Parser:
    """Empty if it is not set."""

    def read(env: Env, name: str, default: object) -> str:
        value = env.str(name, "")
        if value:
            _check_url(name, value, schemes)
        return value

    return read


def public_url(env: Env, name: str, default: str) -> str:
    """Empty if it is not set. Then it follows from host and port."""
    value: str = url("http", "https")(env, name, "")
    return value.rstrip("/")


def database_url(env: Env, name: str, default: object) -> str:
    """Empty if it is not set. Then it follows from the data folder."""
    value = env.str(name, "")
    if value and not value.startswith("sqlite:///"):
        _check_url(name, value, ("mongodb", "mongodb+srv"))
    return value


def secret_keys(env: Env, name: str, default: object) -> tuple[str, ...]:
    """Empty if it is not set. Then an embedded installation generates one."""
    keys = listed(env, name, ())
    if any(len(key) < MIN_SECRET_LENGTH for key in keys):
        raise SettingsError(f"{name}: every key must have at least {MIN_SECRET_LENGTH} characters.")
    return keys


def origins(env: Env, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    """Raises SettingsError for a value that is not an origin (RFC 6454: scheme, host and port only)."""
    values = listed(env, name, default)
    for origin in values:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or origin != f"{parts.scheme}://{parts.netloc}":
            raise SettingsError(f"{name}: {origin!r} is not like 'https://app.example.com'.")
    return values


def rate_limit(env: Env, name: str, default: str) -> str:
    rule = env.str(name, default)
    try:
        limits.parse_many(rule)
    except ValueError as error:
        raise SettingsError(f"{name}: {rule!r} is not like '100 per hour'.") from error
    return rule


def _check_url(name: str, url: str, schemes: tuple[str, ...]) -> None:
    """Raises SettingsError, which does not repeat the URL, since it may contain a password."""
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in schemes and (bool(parts.netloc) or parts.scheme == "unix")
        if "," not in parts.netloc:  # MongoDB URLs may have several hosts
            is_good = is_good and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good:
        raise SettingsError(f"{name} must be a URL like {schemes[0]}://host:port.")
