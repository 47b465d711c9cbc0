"""Servers that are down, slow or unwilling: which of it is worth another try."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from adapters.smtp.transport import SmtpTransport
from core.domain.mail.emails import EmailNotSent, Envelope

Envelopes = Callable[..., Envelope]
SENDER = "no-reply@prep.example.com"


def refusal(transport: SmtpTransport, envelope: Envelope) -> EmailNotSent:
    with pytest.raises(EmailNotSent) as failure:
        transport.send(envelope)
    return failure.value


def test_a_server_that_is_down_may_come_up(free_port: int, envelope: Envelopes) -> None:
    failure = refusal(SmtpTransport(f"smtp://127.0.0.1:{free_port}?timeout=5", SENDER), envelope())
    assert failure.is_transient
    assert failure.detail == "The mail server could not be reached (ConnectionRefusedError)."


def test_a_server_that_comes_up_gets_the_mail(
    server: Any, transport: SmtpTransport, envelope: Envelopes
) -> None:
    server.will_answer("MAIL", "hang up")
    assert refusal(transport, envelope()).is_transient
    transport.send(envelope())
    assert len(server.deliveries) == 1


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_a_slow_server_may_be_faster_later(
    server: Any, transport_to: Callable[..., SmtpTransport], envelope: Envelopes, command: str
) -> None:
    transport = transport_to(server, "smtp://127.0.0.1:{port}?timeout=0.2")
    transport.send(envelope("first"))
    server.will_answer(command, "silence")
    failure = refusal(transport, envelope("second"))
    assert (failure.is_transient, failure.detail) == (True, "The mail server did not answer in time.")
    assert server.connections == 1
    transport.send(envelope("third"))
    assert server.connections == 2


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(
    ("answer", "is_transient"),
    [
        ("421 Service not available", True),
        ("451 Try again later", True),
        ("452 Mailbox full", True),
        ("550 No such user", False),
        ("554 Rejected", False),
        ("530 Authentication required", True),
    ],
)
def test_an_answer_tells_whether_another_try_is_worth_it(
    server: Any, transport: SmtpTransport, envelope: Envelopes, command: str, answer: str, is_transient: bool
) -> None:
    server.will_answer(command, answer)
    failure = refusal(transport, envelope("first"))
    assert failure.is_transient is is_transient
    assert failure.detail == f"The mail server answered {answer[:3]}: {answer[4:]}"
    transport.send(envelope("second"))
    assert len(server.deliveries) == 1


def test_a_refused_mail_does_not_cost_the_connection(
    server: Any, transport: SmtpTransport, envelope: Envelopes
) -> None:
    server.will_answer("RCPT", "550 No such user", "451 Greylisted")
    assert not refusal(transport, envelope("first")).is_transient
    assert refusal(transport, envelope("second")).is_transient
    transport.send(envelope("third"))
    assert server.connections == 1
    assert len(server.deliveries) == 1


def test_a_server_that_cannot_reset_is_called_anew(
    server: Any, transport: SmtpTransport, envelope: Envelopes
) -> None:
    server.will_answer("RCPT", "550 No such user")
    server.will_answer("RSET", "500 What?")
    assert not refusal(transport, envelope("first")).is_transient
    transport.send(envelope("second"))
    assert server.connections == 2


def test_a_mail_that_may_have_been_taken_is_not_sent_twice_at_once(
    server: Any, transport: SmtpTransport, envelope: Envelopes
) -> None:
    transport.send(envelope("first"))
    server.will_answer("DATA", "hang up")
    failure = refusal(transport, envelope("second"))
    assert (failure.is_transient, failure.detail) == (True, "The mail server closed the connection.")
    assert server.connections == 1


def test_a_server_that_hangs_up_on_every_mail_is_called_twice_at_most(
    server: Any, transport: SmtpTransport, envelope: Envelopes
) -> None:
    transport.send(envelope("first"))
    server.will_answer("MAIL", "hang up", "hang up", "hang up")
    assert refusal(transport, envelope("second")).is_transient
    assert server.connections == 2


def test_a_long_answer_is_cut_and_on_one_line(
    server: Any, transport: SmtpTransport, envelope: Envelopes
) -> None:
    server.will_answer("RCPT", "550-No such user\r\n550-\x1b[31mreally\r\n550 " + "x" * 400)
    detail = refusal(transport, envelope()).detail
    assert detail.startswith("The mail server answered 550: No such user [31mreally xxx")
    assert len(detail) == 300


@pytest.fixture
def greeter() -> Iterator[Callable[[bytes], int]]:
    """A server that greets its first caller in its own way and hangs up: makes one and tells its port."""
    threads: list[threading.Thread] = []

    def start(greeting: bytes) -> int:
        listener = socket.create_server(("127.0.0.1", 0))

        def serve() -> None:
            with closing(listener), closing(listener.accept()[0]) as caller:
                caller.sendall(greeting)

        threads.append(threading.Thread(target=serve))
        threads[-1].start()
        port: int = listener.getsockname()[1]
        return port

    yield start
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("greeting", [b"", b"421 Busy\r\n", b"554 No service here\r\n", b"SSH-2.0-x\r\n"])
def test_a_server_that_does_not_greet_says_nothing_of_the_mail(
    greeter: Callable[[bytes], int], envelope: Envelopes, greeting: bytes
) -> None:
    port = greeter(greeting)
    assert refusal(SmtpTransport(f"smtp://127.0.0.1:{port}?timeout=5", SENDER), envelope()).is_transient
