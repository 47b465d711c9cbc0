"""Delivery to a real SMTP server: messages and connections."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from adapters.smtp.connection import SmtpConnection
from adapters.smtp.pool import CHECKED_AFTER_SECONDS, SmtpPool
from adapters.smtp.server import SmtpServer
from adapters.smtp.transport import SmtpTransport
from core.domain.mail.emails import EmailNotSent, Envelope

Envelopes = Callable[..., Envelope]


def test_it_works(server: Any, transport: SmtpTransport, envelope: Envelopes) -> None:
    transport.send(envelope())
    (delivery,) = server.deliveries
    assert (delivery.sender, delivery.recipients) == ("no-reply@prep.example.com", ["ada@example.com"])
    message = message_from_bytes(delivery.message, policy=default)
    assert message["From"] == "Interview Prep <no-reply@prep.example.com>"
    assert message["To"] == "Ada Lovelace <ada@example.com>"
    assert message["Subject"] == "Grüße"
    assert message["Message-ID"] == "<01J@prep.example.com>"
    assert message["Date"]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, html = message.iter_parts()
    assert text.get_content().splitlines() == ["Grüße,", ".", ".dot"]
    assert html.get_content() == "<p>Grüße</p>"


def test_many_mails_go_over_one_connection(
    server: Any, transport: SmtpTransport, envelope: Envelopes
) -> None:
    for number in range(20):
        transport.send(envelope(f"mail-{number}"))
    assert len(server.deliveries) == 20
    assert server.connections == 1


def test_threads_share_a_bounded_number_of_connections(
    server: Any, transport_to: Callable[..., SmtpTransport], envelope: Envelopes
) -> None:
    transport = transport_to(server, max_connections=3)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: transport.send(envelope(f"mail-{number}")), range(40)))
    message_ids = {message_from_bytes(delivery.message)["Message-ID"] for delivery in server.deliveries}
    assert message_ids == {f"<mail-{number}@prep.example.com>" for number in range(40)}
    assert 1 <= server.connections <= 3


def test_a_thread_that_gets_no_connection_in_time_may_try_again() -> None:
    pool = SmtpPool(lambda: pytest.fail("not to be opened"), max_connections=0, wait_seconds=0.01)
    with pytest.raises(EmailNotSent, match="busy") as failure, pool.connection():
        pytest.fail("there is none")
    assert failure.value.is_transient


def test_a_connection_dropped_between_mails_is_opened_anew(
    server: Any, transport: SmtpTransport, envelope: Envelopes
) -> None:
    transport.send(envelope("first"))
    server.hang_up()
    transport.send(envelope("second"))
    transport.send(envelope("third"))
    assert len(server.deliveries) == 3
    assert server.connections == 2


def test_a_server_that_wants_no_more_on_a_connection_gets_a_new_one(
    server: Any, transport: SmtpTransport, envelope: Envelopes
) -> None:
    transport.send(envelope("first"))
    server.will_answer("MAIL", "421 Too many messages on this connection")
    transport.send(envelope("second"))
    assert len(server.deliveries) == 2
    assert server.connections == 2


def test_a_rested_connection_is_asked_first_whether_it_is_there(server: Any) -> None:
    now = [0.0]
    smtp_server = SmtpServer.from_url(f"smtp://127.0.0.1:{server.port}?timeout=5")
    context: Any = None
    pool = SmtpPool(
        lambda: SmtpConnection.opened(smtp_server, context), 1, wait_seconds=1, elapsed=lambda: now[0]
    )

    def use() -> SmtpConnection:
        with pool.connection() as connection:
            return connection

    first = use()
    assert use() is first
    assert "NOOP" not in server.answers.commands
    now[0] += CHECKED_AFTER_SECONDS
    assert use() is first
    assert server.answers.commands == ["NOOP"]
    server.will_answer("NOOP", "421 Good-bye")
    now[0] += CHECKED_AFTER_SECONDS
    assert use() is not first
    assert server.connections == 2
    pool.close()


def test_a_closed_transport_keeps_no_connection(
    server: Any, transport: SmtpTransport, envelope: Envelopes
) -> None:
    transport.send(envelope("first"))
    transport.close()
    transport.send(envelope("second"))
    transport.send(envelope("third"))
    assert server.connections == 3


def test_a_server_that_does_not_answer_does_not_hold_up_the_end(
    server: Any, transport_to: Callable[..., SmtpTransport], envelope: Envelopes
) -> None:
    transport = transport_to(server)
    transport.send(envelope())
    server.will_answer("QUIT", "silence")
    began_at = time.monotonic()
    transport.close()

    assert time.monotonic() - began_at < 2
    assert server.answers.commands[-1] == "QUIT"


def test_an_international_address_is_written_as_it_is(
    server: Any, transport: SmtpTransport, envelope: Envelopes
) -> None:
    transport.send(envelope(to_email="дед@пример.рф"))
    transport.send(envelope())
    assert server.deliveries[0].recipients == ["дед@xn--e1afmkfd.xn--p1ai"]
    assert "To: Ada Lovelace <дед@xn--e1afmkfd.xn--p1ai>".encode() in server.deliveries[0].message
    assert server.deliveries[1].recipients == ["ada@example.com"]


def test_a_server_that_cannot_take_such_an_address_never_will(
    smtp_server: Callable[..., Any], transport_to: Callable[..., SmtpTransport], envelope: Envelopes
) -> None:
    server = smtp_server(enable_SMTPUTF8=False)
    transport = transport_to(server)
    with pytest.raises(EmailNotSent) as failure:
        transport.send(envelope(to_email="дед@пример.рф"))
    assert not failure.value.is_transient
    transport.send(envelope(to_email="ada@пример.рф"))
    assert server.deliveries[0].recipients == ["ada@xn--e1afmkfd.xn--p1ai"]


def test_an_injected_header_never_reaches_the_server(
    server: Any, transport: SmtpTransport, envelope: Envelopes
) -> None:
    with pytest.raises(EmailNotSent) as failure:
        transport.send(envelope(to_email="ada@example.com>\r\nRCPT TO:<eve@example.com"))
    assert not failure.value.is_transient
    assert server.connections == 0
