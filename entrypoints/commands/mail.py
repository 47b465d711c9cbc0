"""interview-prep mail: the outbox of emails."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.domain.mail.emails import Email, EmailState
from core.domain.mail.messages import MESSAGE_TYPES
from core.domain.paging import PageRequest
from entrypoints.client_json import rfc3339
from entrypoints.commands.context import opened_foundation

if TYPE_CHECKING:
    from core.services.mail.outbox import OutboxService
    from entrypoints.wiring.foundation import Foundation


@click.group()
def mail() -> None:
    """Show the outbox and resend emails."""


def _outbox(foundation: Foundation) -> OutboxService:
    from entrypoints.wiring.mail import build_outbox

    return build_outbox(foundation)


@mail.command("list")
@click.option("--state", type=click.Choice([state.value for state in EmailState]), help="Only these.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 100))
def list_mails(state: str | None, limit: int) -> None:
    """List the newest emails."""
    wanted = (EmailState(state),) if state else ()
    with opened_foundation() as foundation:
        for found in _outbox(foundation).page(wanted, PageRequest(limit)).items:
            when = rfc3339(found.created_at)
            line = (
                f"{found.id}  {found.kind.value:<20} {found.state.value:<10} {when}  {found.last_error or ''}"
            )
            click.echo(line.rstrip())


@mail.command("show")
@click.argument("mail_id")
def show_mail(mail_id: str) -> None:
    """Show an email as JSON, without its content."""
    with opened_foundation() as foundation:
        click.echo(json.dumps(_shown(_outbox(foundation).get(mail_id)), indent=2, ensure_ascii=False))


def _shown(found: Email) -> dict[str, object]:
    return {
        "id": found.id,
        "kind": found.kind.value,
        "state": found.state.value,
        "to": found.to_email,
        "attempts": found.attempts,
        "last_error": found.last_error,
        "created_at": rfc3339(found.created_at),
        "run_after": rfc3339(found.run_after),
        "sent_at": rfc3339(found.sent_at),
        "updated_at": rfc3339(found.updated_at),
    }


@mail.command("resend")
@click.argument("mail_id")
def resend_mail(mail_id: str) -> None:
    """Send an email once more."""
    with opened_foundation() as foundation:
        click.echo(f"{_outbox(foundation).resend(mail_id).id} is queued")


@mail.command("preview")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path("mail-preview"))
def preview_mails(folder: Path) -> None:
    """Write a sample email of each kind, as HTML and text, into a folder."""
    from adapters.fluent.catalogue import FluentCatalogue
    from adapters.jinja.renderer import JinjaEmailRenderer
    from entrypoints.wiring.foundation import PRODUCT_NAME

    renderer = JinjaEmailRenderer(PRODUCT_NAME, "https://prep.example.com", FluentCatalogue())
    folder.mkdir(parents=True, exist_ok=True)
    for kind, message_type in MESSAGE_TYPES.items():
        rendered = renderer.render(message_type.sample(), "Ada Lovelace", _UNSUBSCRIBE_URL)
        (folder / f"{kind.value}.html").write_text(rendered.html, encoding="utf-8")
        (folder / f"{kind.value}.txt").write_text(
            f"Subject: {rendered.subject}\n\n{rendered.text}", encoding="utf-8"
        )
        click.echo(f"{folder / kind.value}.html  {rendered.subject}")


_UNSUBSCRIBE_URL = "https://prep.example.com/api/v1/mail/unsubscribe?token=sample"
