"""Emails as .eml files in a folder, for installations without an SMTP server."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from adapters.smtp.message import MessageWriter, utc_now
from core.domain.mail.emails import EmailNotSent, Envelope


class FolderTransport:
    """An EmailTransport that writes `<folder>/<mail id>.eml`. Sending an email again replaces its file."""

    def __init__(self, folder: Path, mail_from: str, *, now: Callable[[], datetime] = utc_now) -> None:
        """The folder is created when it is needed. Raises ValueError if `mail_from` is not an address."""
        self._folder = folder
        self._writer = MessageWriter(mail_from, now)

    def send(self, envelope: Envelope) -> None:
        message = self._writer.bytes_of(envelope)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._write(self._folder / f"{quote(envelope.mail_id, safe='')}.eml", message)
        except OSError as error:
            raise EmailNotSent(
                f"The email could not be written: {error.strerror}.", is_transient=True
            ) from error

    def _write(self, target: Path, message: bytes) -> None:
        """Write atomically, so that no half file is visible. Mode 0600: it may hold a one-time password."""
        handle, draft = tempfile.mkstemp(dir=self._folder, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(message)
            os.replace(draft, target)
        except BaseException:
            with suppress(OSError):
                os.unlink(draft)
            raise

    def close(self) -> None:
        """Do nothing: no file is kept open."""
