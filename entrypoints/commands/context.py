"""The settings and the use cases of one command."""

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
    from entrypoints.wiring.foundation import Foundation


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
def opened_foundation() -> Iterator[Foundation]:
    """The stores and the queue, for a command that needs a few use cases. Closed at the end; errors of the
    domain end the command with their sentence."""
    from entrypoints.wiring.foundation import build_foundation

    with _errors_as_sentences():
        foundation = build_foundation(settings_or_exit())
        try:
            yield foundation
        finally:
            foundation.close()


@contextmanager
def opened_application() -> Iterator[Application]:
    """The same for a command that needs the whole product."""
    from entrypoints.wiring.application import build_application

    with _errors_as_sentences():
        application = build_application(settings_or_exit())
        try:
            yield application
        finally:
            application.close()


@contextmanager
def _errors_as_sentences() -> Iterator[None]:
    try:
        yield
    except DomainError as error:
        raise click.ClickException(error.detail) from error
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
