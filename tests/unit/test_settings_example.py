from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from entrypoints.cli import main
from entrypoints.settings import Settings, env_example, read_settings

SECRET = "0123456789abcdef0123456789abcdef"
SHOWN = dict(re.findall(r"^#([A-Z_]+)=(.*)$", env_example(), re.MULTILINE))


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The whole environment of the process, for one test."""
    replaced = {"DATA_DIR": str(tmp_path / "data")}
    monkeypatch.setattr(os, "environ", replaced)
    return replaced


def settings() -> Settings:
    return read_settings(env_file=None)


def test_the_committed_example_is_current() -> None:
    """`make settings` writes it."""
    assert (Path(__file__).parents[2] / ".env.example").read_text("utf-8") == env_example()


def test_the_command_line_prints_the_example() -> None:
    printed = CliRunner().invoke(main, ["settings"])

    assert (printed.exit_code, printed.output) == (0, env_example())


def test_every_value_of_the_example_is_accepted(environment: dict[str, str]) -> None:
    environment.update(SHOWN | {"SECRET_KEY": SECRET})

    assert settings().database_url == "mongodb://127.0.0.1:27017/interview_prep"
    assert settings().public_url == "https://prep.example.com"


def test_what_the_example_shows_as_default_is_the_default(environment: dict[str, str]) -> None:
    by_default = settings()
    environment.update(
        {name: value for name, value in SHOWN.items() if "example" not in value}
        | dict.fromkeys(("DATABASE_URL", "REDIS_URL", "FALLBACK_LLM_URL", "FALLBACK_LLM_MODEL"), "")
        | {"DATA_DIR": str(by_default.data_dir)}
    )

    assert settings() == by_default
