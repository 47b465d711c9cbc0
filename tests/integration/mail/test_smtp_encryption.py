"""Encrypted connections, and logins over them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from adapters.smtp.transport import SmtpTransport
from core.domain.mail.emails import EmailNotSent, Envelope

Envelopes = Callable[..., Envelope]
Servers = Callable[..., Any]
Transports = Callable[..., SmtpTransport]
LOGIN = "ada:hush%20%26%20hush"

# The server warns of what two tests are about: a login without encryption.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


def refusal(transport: SmtpTransport, envelope: Envelope) -> EmailNotSent:
    with pytest.raises(EmailNotSent) as failure:
        transport.send(envelope)
    return failure.value


def test_it_works(smtp_server: Servers, transport_to: Transports, envelope: Envelopes, tls: Any) -> None:
    server = smtp_server(login=True, tls_context=tls.server)
    transport = transport_to(server, f"smtp://{LOGIN}@127.0.0.1:{{port}}", tls=tls.client)
    transport.send(envelope("first"))
    transport.send(envelope("second"))
    assert [(delivery.is_encrypted, delivery.login) for delivery in server.deliveries] == [(True, "ada")] * 2
    assert server.connections == 1


def test_starttls_is_used_where_it_is_offered(
    smtp_server: Servers, transport_to: Transports, envelope: Envelopes, tls: Any
) -> None:
    server = smtp_server(tls_context=tls.server)
    transport_to(server, tls=tls.client).send(envelope())
    assert server.deliveries[0].is_encrypted


def test_starttls_can_be_left(
    smtp_server: Servers, transport_to: Transports, envelope: Envelopes, tls: Any
) -> None:
    server = smtp_server(tls_context=tls.server)
    transport_to(server, "smtp://127.0.0.1:{port}?starttls=never").send(envelope())
    assert not server.deliveries[0].is_encrypted


def test_starttls_that_is_required_must_be_offered(
    server: Any, transport_to: Transports, envelope: Envelopes
) -> None:
    failure = refusal(transport_to(server, "smtp://127.0.0.1:{port}?starttls=required"), envelope())
    assert failure.is_transient
    assert "offers no STARTTLS" in failure.detail
    assert server.deliveries == []


def test_a_password_is_not_sent_in_clear(
    smtp_server: Servers, transport_to: Transports, envelope: Envelopes
) -> None:
    server = smtp_server(login=True, auth_require_tls=False)
    failure = refusal(transport_to(server, f"smtp://{LOGIN}@127.0.0.1:{{port}}"), envelope())
    assert failure.is_transient
    assert "offers no STARTTLS" in failure.detail


def test_a_password_is_sent_in_clear_to_whom_the_operator_says(
    smtp_server: Servers, transport_to: Transports, envelope: Envelopes
) -> None:
    server = smtp_server(login=True, auth_require_tls=False)
    transport_to(server, f"smtp://{LOGIN}@127.0.0.1:{{port}}?starttls=never").send(envelope())
    assert server.deliveries[0].login == "ada"


def test_tls_from_the_start(
    smtp_server: Servers, transport_to: Transports, envelope: Envelopes, tls: Any
) -> None:
    server = smtp_server(login=True, auth_require_tls=False, implicit_tls=tls.server)
    transport_to(server, f"smtps://{LOGIN}@127.0.0.1:{{port}}", tls=tls.client).send(envelope())
    assert (server.deliveries[0].is_encrypted, server.deliveries[0].login) == (True, "ada")


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_server_that_nobody_vouches_for_gets_nothing(
    smtp_server: Servers, transport_to: Transports, envelope: Envelopes, tls: Any, scheme: str
) -> None:
    options = {"implicit_tls": tls.server} if scheme == "smtps" else {"tls_context": tls.server}
    server = smtp_server(**options)
    failure = refusal(transport_to(server, f"{scheme}://127.0.0.1:{{port}}"), envelope())
    assert failure.is_transient
    assert failure.detail.startswith("The mail server's certificate is not trusted: self")
    assert server.deliveries == []


def test_a_certificate_of_another_host_is_not_trusted(
    smtp_server: Servers, transport_to: Transports, envelope: Envelopes, tls: Any
) -> None:
    server = smtp_server(tls_context=tls.server)
    failure = refusal(transport_to(server, "smtp://localhost:{port}", tls=tls.client), envelope())
    assert failure.is_transient
    assert "certificate is not trusted" in failure.detail


def test_tls_to_a_server_without_it_fails_for_now(
    server: Any, transport_to: Transports, envelope: Envelopes, tls: Any
) -> None:
    failure = refusal(transport_to(server, "smtps://127.0.0.1:{port}", tls=tls.client), envelope())
    assert failure.is_transient
    assert failure.detail == "An encrypted connection to the mail server could not be made."


def test_a_wrong_password_does_not_kill_the_mail_and_is_not_told(
    smtp_server: Servers, transport_to: Transports, envelope: Envelopes, tls: Any
) -> None:
    server = smtp_server(login=True, tls_context=tls.server)
    transport = transport_to(server, "smtp://ada:wrong-secret@127.0.0.1:{port}", tls=tls.client)
    failure = refusal(transport, envelope())
    assert failure.is_transient
    assert failure.detail == "The mail server refused the login (535). Check the login in SMTP_URL."
    assert "wrong-secret" not in repr(failure)
    assert failure.__suppress_context__


def test_a_server_without_login_fails_for_now(
    smtp_server: Servers, transport_to: Transports, envelope: Envelopes, tls: Any
) -> None:
    server = smtp_server(tls_context=tls.server, auth_exclude_mechanism=["LOGIN", "PLAIN"])
    transport = transport_to(server, f"smtp://{LOGIN}@127.0.0.1:{{port}}", tls=tls.client)
    failure = refusal(transport, envelope())
    assert (failure.is_transient, failure.detail) == (
        True,
        "The mail server supports no known login method.",
    )


def test_mail_that_needs_a_login_waits_for_one(
    smtp_server: Servers, transport_to: Transports, envelope: Envelopes, tls: Any
) -> None:
    server = smtp_server(login=True, tls_context=tls.server)
    failure = refusal(transport_to(server, tls=tls.client), envelope())
    assert failure.is_transient
    assert "530" in failure.detail
