from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from adapters.smtp.folder import FolderTransport
from core.domain.mail.emails import EmailNotSent, Envelope

Envelopes = Callable[..., Envelope]
SENDER = "Interview Prep <no-reply@prep.example.com>"


def test_it_works(tmp_path: Path, envelope: Envelopes) -> None:
    transport = FolderTransport(tmp_path / "new" / "mail", SENDER)
    transport.send(envelope("First"))
    transport.close()
    (file,) = (tmp_path / "new" / "mail").iterdir()
    assert file.name == "01JAVVX9W3Q7N8ZK2M4T5R6Y7B.eml"
    assert message_from_bytes(file.read_bytes(), policy=default)["Subject"] == "First"


def test_a_mail_may_hold_a_secret_so_only_its_owner_reads_it(tmp_path: Path, envelope: Envelopes) -> None:
    FolderTransport(tmp_path, SENDER).send(envelope())
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o077 == 0


def test_a_mail_sent_again_replaces_its_file(tmp_path: Path, envelope: Envelopes) -> None:
    transport = FolderTransport(tmp_path, SENDER)
    transport.send(envelope("First"))
    transport.send(envelope("Second"))
    (file,) = tmp_path.iterdir()
    assert b"Subject: Second" in file.read_bytes()


@pytest.mark.parametrize("mail_id", ["../../etc/passwd", "/etc/passwd", "..", "a\x00b"])
def test_no_mail_leaves_the_folder(tmp_path: Path, envelope: Envelopes, mail_id: str) -> None:
    folder = tmp_path / "mail"
    FolderTransport(folder, SENDER).send(envelope(mail_id=mail_id))
    assert list(tmp_path.iterdir()) == [folder]
    assert len(list(folder.iterdir())) == 1


def test_a_folder_that_cannot_be_written_is_a_passing_error(tmp_path: Path, envelope: Envelopes) -> None:
    (tmp_path / "mail").write_text("in the way")
    with pytest.raises(EmailNotSent) as failure:
        FolderTransport(tmp_path / "mail", SENDER).send(envelope())
    assert failure.value.is_transient


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path, envelope: Envelopes) -> None:
    (tmp_path / "01JAVVX9W3Q7N8ZK2M4T5R6Y7B.eml").mkdir()
    with pytest.raises(EmailNotSent):
        FolderTransport(tmp_path, SENDER).send(envelope())
    assert [path.name for path in tmp_path.iterdir()] == ["01JAVVX9W3Q7N8ZK2M4T5R6Y7B.eml"]
