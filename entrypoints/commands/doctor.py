"""interview-prep doctor: a check of the stored data."""

from __future__ import annotations

import sys

import click

from entrypoints.commands.context import opened_stores


@click.command()
def doctor() -> None:
    """Report accounts that share a mailbox, by id. Nothing is changed. Exit with 1 if there are any."""
    from core.services.operations.doctor import Doctor

    with opened_stores() as stores:
        found = Doctor(stores.users).examine()
    for ids in found.shared_mailboxes:
        click.echo(f"one mailbox: {' '.join(ids)}")
    click.echo(
        f"{found.accounts} accounts, {found.unreadable} unreadable, "
        f"{len(found.shared_mailboxes)} mailboxes with several accounts"
    )
    if found.shared_mailboxes:
        sys.exit(1)
