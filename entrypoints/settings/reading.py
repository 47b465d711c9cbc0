"""Reading of the settings from the environment, once at start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from environs import Env
from environs.exceptions import EnvError

from entrypoints.settings.declaration import RateLimits, Settings, settings_of
from entrypoints.settings.parsing import SettingsError
from entrypoints.settings.secret_key import kept_secret_key


def read_settings(env_file: Path | None = Path(".env")) -> Settings:
    """The settings from the environment, and from `env_file` for variables that are not set.

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
    values = _values(env, Settings)
    if values["fallback_llm_url"] and not values["fallback_llm_model"]:
        raise SettingsError("FALLBACK_LLM_MODEL is required with FALLBACK_LLM_URL.")
    data_dir: Path = values["data_dir"]
    values["database_url"] = values["database_url"] or f"sqlite:///{data_dir / 'interview_prep.db'}"
    values["has_public_url"] = bool(values["public_url"])
    values["public_url"] = values["public_url"] or f"http://{values['host']}:{values['port']}"
    limits = RateLimits(**_values(env, RateLimits))
    if not values["secret_keys"]:
        values["secret_keys"] = (_own_secret_key(data_dir, values["database_url"], values["redis_url"]),)
    return Settings(limits=limits, **values)


def _values(env: Env, declaring: type[Settings | RateLimits]) -> dict[str, Any]:
    return {name: setting.read(env) for name, setting in settings_of(declaring)}


def _own_secret_key(data_dir: Path, database_url: str, redis_url: str) -> str:
    if redis_url or database_url.startswith("mongodb"):
        raise SettingsError(
            "SECRET_KEY is required with MongoDB or Redis, the same for all processes. "
            "Generate one with: openssl rand -hex 32"
        )
    try:
        return kept_secret_key(data_dir / "secret_key")
    except OSError as error:
        raise SettingsError(f"DATA_DIR {data_dir} cannot be used: {error.strerror}") from error
