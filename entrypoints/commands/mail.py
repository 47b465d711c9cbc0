"""interview-prep mail: the outbox."""

from __future__ import annotations

import json
from pathlib import Path

import click

from core.domain.mail.emails import Email, EmailKind, EmailState
from core.domain.paging import PageRequest
from core.services.representations import rfc3339
from entrypoints.commands.context import opened_application


@click.group()
def mail() -> None:
    """The outbox: what was sent, and what became of it."""


@mail.command("list")
@click.option("--state", type=click.Choice([state.value for state in EmailState]), help="Only these.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 100))
def list_mails(state: str | None, limit: int) -> None:
    """The newest mails."""
    wanted = (EmailState(state),) if state else ()
    with opened_application() as application:
        for found in application.outbox.page(wanted, PageRequest(limit)).items:
            when = rfc3339(found.created_at)
            line = (
                f"{found.id}  {found.kind.value:<20} {found.state.value:<10} {when}  {found.last_error or ''}"
            )
            click.echo(line.rstrip())


@mail.command("show")
@click.argument("mail_id")
def show_mail(mail_id: str) -> None:
    """One mail, as JSON; not what it says."""
    with opened_application() as application:
        click.echo(json.dumps(_shown(application.outbox.get(mail_id)), indent=2, ensure_ascii=False))


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
    """Send a mail once more."""
    with opened_application() as application:
        click.echo(f"{application.outbox.resend(mail_id).id} is queued")


@mail.command("preview")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path("mail-preview"))
def preview_mails(folder: Path) -> None:
    """Write one mail of each kind, as HTML and as text, into a folder."""
    from adapters.jinja.renderer import JinjaEmailRenderer
    from entrypoints.wiring.application import PRODUCT_NAME

    renderer = JinjaEmailRenderer(PRODUCT_NAME, "https://prep.example.com")
    folder.mkdir(parents=True, exist_ok=True)
    for kind in EmailKind:
        rendered = renderer.render(kind, _SAMPLE)
        (folder / f"{kind.value}.html").write_text(rendered.html, encoding="utf-8")
        (folder / f"{kind.value}.txt").write_text(
            f"Subject: {rendered.subject}\n\n{rendered.text}", encoding="utf-8"
        )
        click.echo(f"{folder / kind.value}.html  {rendered.subject}")


_SAMPLE = {
    "full_name": "Ada Lovelace",
    "unsubscribe_url": "https://prep.example.com/api/v1/mail/unsubscribe?token=sample",
    "otp": "042137",
    "minutes": 10,
    "at": "15 January 2026, 09:30 UTC",
    "address": "203.0.113.7",
    "device": "Firefox on Linux",
    "role": "Backend engineer",
    "made": 18,
    "requested": 20,
    "session_url": "https://prep.example.com/sessions/sample",
    "failed": False,
    "error_detail": "",
    "file_name": "Backend engineer - questions 2026-01-15.pdf",
    "size_bytes": 48213,
    "expires_at": "22 January 2026, 09:30 UTC",
    "download_url": "https://prep.example.com/exports/sample",
    "template_name": "Senior Python interview",
    "shared_by": "Grace Hopper",
    "access": "edit",
    "template_url": "https://prep.example.com/templates/sample",
}
