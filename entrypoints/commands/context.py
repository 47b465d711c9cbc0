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
    from entrypoints.wiring.stores import Stores


def settings_or_exit() -> Settings:
    """The settings, after setting up the logs. An invalid setting ends the command with its message."""
    from entrypoints.logs import set_up_logs

    os.umask(0o077)  # stored files are readable by this user only
    try:
        settings = read_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    set_up_logs(settings.log_level)
    return settings


@contextmanager
def opened_stores() -> Iterator[Stores]:
    """The stores alone. They are closed at the end."""
    from entrypoints.wiring.stores import open_stores

    with _errors_as_sentences():
        stores = open_stores(settings_or_exit())
        try:
            yield stores
        finally:
            stores.close()


@contextmanager
def opened_foundation() -> Iterator[Foundation]:
    """The foundation, for a command that needs a few use cases. It is closed at the end. Errors of the domain
    end the command with their detail."""
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
