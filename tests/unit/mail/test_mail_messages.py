"""Envelopes as Internet messages: what is in the headers, and what cannot get into them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime

import pytest

from adapters.smtp.message import MessageWriter
from adapters.smtp.server import Relay
from core.domain.mail.emails import EmailNotSent, Envelope, RenderedEmail

Envelopes = Callable[..., Envelope]
SENDER = "Interview Prep <no-reply@prep.example.com>"


@pytest.fixture
def writer(now: datetime) -> MessageWriter:
    return MessageWriter(SENDER, lambda: now)


def parsed(message: bytes) -> EmailMessage:
    return message_from_bytes(message, policy=default)


def header_lines(message: bytes) -> list[bytes]:
    return message.split(b"\r\n\r\n", 1)[0].split(b"\r\n")


def test_it_works(writer: MessageWriter, envelope: Envelopes, now: datetime) -> None:
    message = parsed(writer.bytes_of(envelope("Grüße aus Köln")))
    assert message["From"] == SENDER
    assert message["To"] == "Ada Lovelace <ada@example.com>"
    assert message["Subject"] == "Grüße aus Köln"
    assert message["Message-ID"] == "<01JAVVX9W3Q7N8ZK2M4T5R6Y7B@prep.example.com>"
    assert message["MIME-Version"] == "1.0"
    assert parsedate_to_datetime(message["Date"]) == now
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().splitlines() == ["Grüße", ".dot"]
    assert html.get_content() == "<p>Grüße</p>"


def test_lines_are_short_and_in_ascii(writer: MessageWriter, envelope: Envelopes) -> None:
    long = RenderedEmail("🚀 " * 80, "ä" * 3000, f"<p>{'x' * 3000}</p>")
    message = writer.bytes_of(envelope(rendered=long, to_name="Ü" * 90))
    assert message.isascii()
    lines = [line for line in message.split(b"\r\n") if not line.startswith(b"Content-Type:")]
    assert max(map(len, lines)) <= 78
    assert b"\n" not in message.replace(b"\r\n", b"")
    text, html = parsed(message).iter_parts()
    assert text.get_content() == "ä" * 3000
    assert html.get_content() == long.html


@pytest.mark.parametrize(
    "name", ['Foo, "Bar" <x@evil.example>', "Zoë; <x@evil.example>, y", "عمر", "a@b.c", "\\"]
)
def test_a_display_name_names_nobody_else(writer: MessageWriter, envelope: Envelopes, name: str) -> None:
    header = parsed(writer.bytes_of(envelope(to_name=name)))["To"]
    (address,) = header.addresses
    assert (address.display_name, address.addr_spec) == (name, "ada@example.com")


def test_a_person_without_a_name_has_an_address(writer: MessageWriter, envelope: Envelopes) -> None:
    assert parsed(writer.bytes_of(envelope(to_name="")))["To"] == "ada@example.com"


def test_further_headers_arrive_as_they_are(writer: MessageWriter, envelope: Envelopes) -> None:
    url = f"<https://prep.example.com/unsubscribe?token={'a' * 300}>"
    headers = {"List-Unsubscribe": url, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    lines = header_lines(writer.bytes_of(envelope(headers=headers)))
    assert f"List-Unsubscribe: {url}".encode() in lines
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines


@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\x00"])
def test_no_line_can_be_added_to_the_header(
    writer: MessageWriter, envelope: Envelopes, line_end: str
) -> None:
    injected = f"x{line_end}Bcc: victim@example.com{line_end}{line_end}body"
    message = writer.bytes_of(envelope(injected, to_name=injected))
    plain = writer.bytes_of(envelope())
    names = [line.split(b":")[0] for line in header_lines(message) if not line.startswith(b" ")]
    assert names == [line.split(b":")[0] for line in header_lines(plain) if not line.startswith(b" ")]
    subject = str(make_header(decode_header(parsed(message)["Subject"])))
    assert subject == "x Bcc: victim@example.com body"


@pytest.mark.parametrize(
    "changes",
    [
        {"headers": {"X-Kind": "a\r\nBcc: b@c.de"}},
        {"headers": {"X-Kind": "a\nBcc: b@c.de"}},
        {"headers": {"X-Kind": "ä"}},
        {"headers": {"X-Kind": "a" * 1000}},
        {"headers": {"X-Kind: a\r\nBcc": "b@c.de"}},
        {"headers": {"": "b@c.de"}},
        {"headers": {"Bcc": "b@c.de"}},
        {"headers": {"subject": "another"}},
        {"message_id": "<a@b>\r\nBcc: b@c.de"},
        {"message_id": "<a b@c>"},
        {"message_id": "a@b"},
        {"to_email": "a@b.de\r\nBcc: b@c.de"},
        {"to_email": "a@b.de, c@d.de"},
        {"to_email": "a@b.de> SIZE=1"},
        {"to_email": "a b@c.de"},
        {"to_email": "a@b@c.de"},
        {"to_email": "@b.de"},
        {"to_email": "a@"},
        {"to_email": "a@b..de"},
        {"to_email": "nobody"},
    ],
)
def test_a_value_that_would_break_out_is_refused_for_good(
    writer: MessageWriter, envelope: Envelopes, changes: dict[str, object]
) -> None:
    with pytest.raises(EmailNotSent) as refusal:
        writer.bytes_of(envelope(**changes))
    assert not refusal.value.is_transient


@pytest.mark.parametrize(
    ("email", "domain"), [("ada@bücher.de", "xn--bcher-kva.de"), ("ada@straße.de", "xn--strae-oqa.de")]
)
def test_an_international_domain_travels_in_ascii(
    writer: MessageWriter, envelope: Envelopes, email: str, domain: str
) -> None:
    message = writer.bytes_of(envelope(to_email=email))
    assert f"To: Ada Lovelace <ada@{domain}>".encode() in header_lines(message)


def test_an_international_name_before_the_at_stays_as_it_is(
    writer: MessageWriter, envelope: Envelopes
) -> None:
    message = writer.bytes_of(envelope("Привет", to_email="дед@пример.рф", to_name="Дед"))
    assert "To: Дед <дед@xn--e1afmkfd.xn--p1ai>".encode() in header_lines(message)
    assert "Subject: Привет".encode() in header_lines(message)


def test_sendgrid_is_told_the_mails_id(envelope: Envelopes, now: datetime) -> None:
    message = MessageWriter(SENDER, lambda: now, relay=Relay.SENDGRID).bytes_of(envelope())
    arguments = json.loads(parsed(message)["X-SMTPAPI"])
    assert arguments == {"unique_args": {"mail_id": "01JAVVX9W3Q7N8ZK2M4T5R6Y7B"}}


def test_ses_is_told_the_configuration_set(envelope: Envelopes, now: datetime) -> None:
    writer = MessageWriter(SENDER, lambda: now, relay=Relay.SES, ses_configuration_set="events")
    assert parsed(writer.bytes_of(envelope()))["X-SES-CONFIGURATION-SET"] == "events"


@pytest.mark.parametrize("mail_from", ["", "nobody", "Name <>", "дед@example.com"])
def test_a_sender_without_an_address_is_refused_at_the_start(mail_from: str) -> None:
    with pytest.raises(ValueError, match="MAIL_FROM"):
        MessageWriter(mail_from)
