"""What the commands share: settings, and an application for the time of one command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from core.domain.errors import DomainError
from entrypoints.settings import Settings, SettingsError, read_settings

if TYPE_CHECKING:
    from entrypoints.wiring.application import Application


def settings_or_exit() -> Settings:
    """The settings, with logs set up as they say; what is wrong with them ends the command."""
    from entrypoints.logs import set_up_logs

    os.umask(0o077)  # what is kept is for this user's eyes only
    try:
        settings = read_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    set_up_logs(settings.log_level)
    return settings


@contextmanager
def opened_application() -> Iterator[Application]:
    """Closed at the end; errors of the domain end the command with their sentence."""
    from entrypoints.wiring.application import build_application

    settings = settings_or_exit()
    try:
        application = build_application(settings)
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    try:
        yield application
    except DomainError as error:
        raise click.ClickException(error.detail) from error
    finally:
        application.close()
