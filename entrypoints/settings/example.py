"""The text of `.env.example`, generated from the declared settings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from entrypoints.settings.declaration import Setting, all_settings

_INTRODUCTION = (
    "# Copy to .env; every line is optional in embedded mode. `interview-prep run` needs none of them.\n"
    "# Written by `make settings`: change entrypoints/settings/declaration.py instead."
)


def env_example() -> str:
    """Every setting as a comment with its default or an example, in groups with headings."""
    return (
        "\n".join([_INTRODUCTION, *(line for setting in all_settings() for line in _lines(setting))]) + "\n"
    )


def _lines(setting: Setting) -> Iterator[str]:
    if setting.heading:
        yield ""
        yield f"# {setting.heading}"
    if setting.help:
        yield f"# {setting.help}"
    yield f"#{setting.name}={shown_value(setting)}"


def shown_value(setting: Setting) -> str:
    """The example, or else the default in the form of the environment."""
    if setting.example is not None:
        return setting.example
    match setting.default:
        case bool():
            return str(setting.default).lower()
        case timedelta():
            return f"{setting.default.total_seconds():g}"
        case tuple():
            return ",".join(setting.default)
        case other:
            return str(other)
