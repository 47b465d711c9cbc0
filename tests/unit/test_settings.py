from __future__ import annotations

import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from entrypoints.settings import MIN_SECRET_LENGTH, Settings, SettingsError, read_settings

SECRET = "0123456789abcdef0123456789abcdef"


class Environment(dict[str, str]):
    """The whole environment of the process, for one test."""

    def read(self, env_file: Path | None = None) -> Settings:
        return read_settings(env_file)


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    replaced = Environment(DATA_DIR=str(tmp_path / "data"))
    monkeypatch.setattr(os, "environ", replaced)
    return replaced


def test_it_works_with_nothing_set(environment: Environment, tmp_path: Path) -> None:
    settings = environment.read()

    assert settings.data_dir == tmp_path / "data"
    assert settings.database_url == f"sqlite:///{tmp_path / 'data' / 'interview_prep.db'}"
    assert (settings.host, settings.port, settings.public_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert (settings.redis_url, settings.groq_api_key, settings.smtp_url) == ("", "", "")
    assert (settings.bcrypt_cost, settings.max_running_jobs_per_user, settings.job_max_attempts) == (11, 3, 3)
    assert settings.limits.default == "100 per 15 minutes"
    assert settings.limits.auth == "10 per 15 minutes"
    assert settings.is_embedded
    assert not settings.is_in_memory


def test_what_is_set_is_taken(environment: Environment) -> None:
    environment.update(
        DATABASE_URL="mongodb://db/prep",
        REDIS_URL="redis://cache/0",
        SECRET_KEY=f"{SECRET}, {SECRET[::-1]}",
        HOST="0.0.0.0",
        PORT="9000",
        PUBLIC_URL="https://prep.example/",
        BCRYPT_COST="12",
        GROQ_API_KEY="gsk_key",
        ALLOWED_ORIGINS="https://a.example, https://b.example,",
        JOB_LEASE_SECONDS="1.5",
        RATE_LIMIT_AUTH="3 per minute; 30 per hour",
    )
    settings = environment.read()

    assert (settings.database_url, settings.redis_url) == ("mongodb://db/prep", "redis://cache/0")
    assert settings.secret_keys == (SECRET, SECRET[::-1])
    assert (settings.host, settings.port, settings.public_url) == ("0.0.0.0", 9000, "https://prep.example")
    assert (settings.bcrypt_cost, settings.groq_api_key) == (12, "gsk_key")
    assert settings.allowed_origins == ("https://a.example", "https://b.example")
    assert settings.job_lease == timedelta(seconds=1.5)
    assert settings.limits.auth == "3 per minute; 30 per hour"
    assert settings.is_public_over_https
    assert settings.has_public_url
    assert not settings.is_embedded


def test_a_database_in_memory_keeps_nothing(environment: Environment) -> None:
    environment["DATABASE_URL"] = "sqlite:///:memory:"

    assert environment.read().is_in_memory


def test_the_public_url_follows_host_and_port(environment: Environment) -> None:
    environment.update(HOST="0.0.0.0", PORT="9000")

    assert environment.read().public_url == "http://0.0.0.0:9000"
    assert not environment.read().has_public_url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgres://db/prep"),
        ("DATABASE_URL", "sqlite:prep.db"),
        ("REDIS_URL", "http://cache"),
        ("SECRET_KEY", "too short"),
        ("SECRET_KEY", f"{SECRET},too short"),
        ("PORT", "http"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "80.5"),
        ("LOG_LEVEL", "LOUD"),
        ("BCRYPT_COST", "9"),
        ("BCRYPT_COST", "17"),
        ("BCRYPT_COST", "strong"),
        ("TRUSTED_PROXIES", "-1"),
        ("MIN_PASSWORD_LENGTH", "5"),
        ("RATE_LIMIT_DEFAULT", "a lot"),
        ("RATE_LIMIT_AUTH", "10 per fortnight"),
        ("RATE_LIMIT_GENERATE", "-1 per hour"),
        ("RATE_LIMIT_EXPORT", ""),
        ("RATE_LIMIT_HEALTH", "10 per"),
        ("RATE_LIMIT_CONNECT", "10 per hour;"),
        ("WORKER_THREADS", "0"),
        ("WORKER_THREADS", "65"),
        ("MAX_RUNNING_JOBS_PER_USER", "0"),
        ("JOB_MAX_ATTEMPTS", "0"),
        ("JOB_MAX_ATTEMPTS", "many"),
        ("JOB_LEASE_SECONDS", "0"),
        ("JOB_LEASE_SECONDS", "nan"),
        ("JOB_LEASE_SECONDS", "soon"),
        ("SWEEP_INTERVAL_SECONDS", "0"),
        ("SWEEP_INTERVAL_SECONDS", "inf"),
        ("SHUTDOWN_GRACE_SECONDS", "-1"),
    ],
)
def test_a_wrong_value_is_refused_by_name(environment: Environment, name: str, value: str) -> None:
    environment[name] = value

    with pytest.raises(SettingsError, match=name):
        environment.read()


@pytest.mark.parametrize(
    "rule", ["10 per 15 minutes", "1/second", "3 per hour; 10 per day", "5 PER 1 minute"]
)
def test_a_rate_limit_can_be_written_in_several_ways(environment: Environment, rule: str) -> None:
    environment["RATE_LIMIT_AUTH"] = rule

    assert environment.read().limits.auth == rule


def test_a_secret_that_is_refused_is_not_told(environment: Environment) -> None:
    environment["SECRET_KEY"] = "hunter2"

    with pytest.raises(SettingsError) as refusal:
        environment.read()
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    "shared",
    [
        {"DATABASE_URL": "mongodb://db/prep"},
        {"DATABASE_URL": "mongodb+srv://db/prep"},
        {"REDIS_URL": "redis://cache/0"},
    ],
)
def test_a_secret_key_is_required_where_processes_share_it(
    environment: Environment, tmp_path: Path, shared: dict[str, str]
) -> None:
    environment.update(shared)
    with pytest.raises(SettingsError, match="SECRET_KEY is required"):
        environment.read()
    assert not (tmp_path / "data").exists()

    environment["SECRET_KEY"] = SECRET
    assert environment.read().secret_keys == (SECRET,)


def test_an_embedded_installation_makes_its_key_and_keeps_it(
    environment: Environment, tmp_path: Path
) -> None:
    (made,) = environment.read().secret_keys
    kept = tmp_path / "data" / "secret_key"

    assert len(made) >= MIN_SECRET_LENGTH
    assert environment.read().secret_keys == (made,)
    assert kept.read_text().strip() == made
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_two_installations_make_different_keys(environment: Environment, tmp_path: Path) -> None:
    one = environment.read().secret_keys
    environment["DATA_DIR"] = str(tmp_path / "other")

    assert environment.read().secret_keys != one


def test_a_key_that_is_set_is_not_written_down(environment: Environment, tmp_path: Path) -> None:
    environment["SECRET_KEY"] = SECRET

    assert environment.read().secret_keys == (SECRET,)
    assert not (tmp_path / "data").exists()


def test_a_data_dir_that_cannot_be_one_is_refused_by_name(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")

    with pytest.raises(SettingsError, match="DATA_DIR"):
        environment.read()


def test_a_file_says_what_the_environment_does_not(environment: Environment, tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("PORT=9000\nHOST=0.0.0.0\n# a comment\n")
    environment["PORT"] = "9001"
    settings = environment.read(env_file)

    assert (settings.host, settings.port) == ("0.0.0.0", 9001)


def test_a_file_that_is_not_there_says_nothing(environment: Environment, tmp_path: Path) -> None:
    assert environment.read(tmp_path / ".env").port == 8000


def test_a_wrong_value_in_a_file_is_refused_by_name(environment: Environment, tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("WORKER_THREADS=lots\n")

    with pytest.raises(SettingsError, match="WORKER_THREADS"):
        environment.read(env_file)


@pytest.mark.parametrize("kept", ["", "too short"])
def test_a_kept_secret_key_that_is_none_is_refused(
    environment: Environment, tmp_path: Path, kept: str
) -> None:
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / "secret_key").write_text(kept)

    with pytest.raises(SettingsError, match="secret_key"):
        environment.read()


@pytest.mark.parametrize("origin", ["app.example.com", "https://app.example.com/", "*", "ftp://a.example"])
def test_what_is_no_origin_is_refused(environment: Environment, origin: str) -> None:
    environment["ALLOWED_ORIGINS"] = f"https://good.example,{origin}"

    with pytest.raises(SettingsError, match="ALLOWED_ORIGINS"):
        environment.read()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_URL", "redis://h:notaport/0"),
        ("REDIS_URL", "http://h:1"),
        ("DATABASE_URL", "mongodb://h:notaport/x"),
        ("DATABASE_URL", "mongodb://bad:27017:xx"),
        ("DATABASE_URL", "sqlite://x"),
        ("PUBLIC_URL", "foo"),
        ("GROQ_BASE_URL", "nonsense"),
        ("FALLBACK_LLM_URL", "ftp://h/v1"),
    ],
)
def test_what_is_no_such_url_is_refused_by_name(environment: Environment, name: str, value: str) -> None:
    environment["SECRET_KEY"] = SECRET
    environment[name] = value

    with pytest.raises(SettingsError, match=name):
        environment.read()


def test_a_fallback_without_a_model_is_refused(environment: Environment) -> None:
    environment["FALLBACK_LLM_URL"] = "http://127.0.0.1:11434/v1"

    with pytest.raises(SettingsError, match="FALLBACK_LLM_MODEL"):
        environment.read()
