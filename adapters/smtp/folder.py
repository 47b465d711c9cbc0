"""Mail into a folder, where there is no SMTP server: .eml files, which any mail program opens."""

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
    """A MailTransport that writes `<folder>/<mail id>.eml`; a mail that is sent again replaces its file."""

    def __init__(self, folder: Path, mail_from: str, *, now: Callable[[], datetime] = utc_now) -> None:
        """The folder is made when it is needed. Raises ValueError if `mail_from` is not an address."""
        self._folder = folder
        self._writer = MessageWriter(mail_from, now)

    def send(self, envelope: Envelope) -> None:
        message = self._writer.bytes_of(envelope)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._write(self._folder / f"{quote(envelope.mail_id, safe='')}.eml", message)
        except OSError as error:
            raise EmailNotSent(
                f"The mail could not be written: {error.strerror}.", is_transient=True
            ) from error

    def _write(self, target: Path, message: bytes) -> None:
        """So that nobody ever sees half a mail: a mail may hold a one-time password, hence its mode 0600."""
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
        """Nothing is kept open."""
