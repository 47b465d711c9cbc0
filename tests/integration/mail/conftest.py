"""A real SMTP server on a free port of this machine, told what to answer."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from adapters.smtp.transport import SmtpTransport
from core.domain.mail.emails import Envelope, RenderedEmail

SENDER = "Interview Prep <no-reply@prep.example.com>"


@dataclass
class Delivery:
    """A message that the server has taken over."""

    message: bytes
    sender: str
    recipients: list[str]
    peer: tuple[str, int]
    is_encrypted: bool
    login: str | None


def _abort(connection: SMTP) -> None:
    if isinstance(connection.transport, asyncio.WriteTransport):
        connection.transport.abort()


@dataclass
class Answers:
    """An aiosmtpd handler. `scripted` maps a command to answers that it gives first, once each.

    The answer "hang up" ends the connection, "silence" is none at all.
    """

    scripted: dict[str, list[str]] = field(default_factory=dict)
    deliveries: list[Delivery] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    has_implicit_tls: bool = False

    async def _answer(self, command: str, server: SMTP) -> str | None:
        self.commands.append(command)
        scripted = self.scripted.get(command)
        answer = scripted.pop(0) if scripted else None
        if answer == "silence":
            await asyncio.Event().wait()
        if answer == "hang up":
            _abort(server)
        return answer

    async def handle_NOOP(self, server: SMTP, session: Any, envelope: Any, arg: str) -> str:
        return await self._answer("NOOP", server) or "250 OK"

    async def handle_QUIT(self, server: SMTP, session: Any, envelope: Any) -> str:
        return await self._answer("QUIT", server) or "221 Bye"

    async def handle_RSET(self, server: SMTP, session: Any, envelope: Any) -> str:
        return await self._answer("RSET", server) or "250 OK"

    async def handle_MAIL(
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if answer := await self._answer("MAIL", server):
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if answer := await self._answer("RCPT", server):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        if answer := await self._answer("DATA", server):
            return answer
        login = session.auth_data.login.decode() if session.authenticated else None
        self.deliveries.append(
            Delivery(
                envelope.original_content,
                envelope.mail_from,
                list(envelope.rcpt_tos),
                session.peer,
                session.ssl is not None or self.has_implicit_tls,
                login,
            )
        )
        return "250 OK"


class LocalSmtpServer:
    """Serves in a thread of its own until it is stopped."""

    def __init__(self, implicit_tls: ssl.SSLContext | None = None, **options: Any) -> None:
        self.answers = Answers(has_implicit_tls=implicit_tls is not None)
        self.connections = 0
        self._options: dict[str, Any] = {"hostname": "mail.test", "enable_SMTPUTF8": True} | options
        self._open: list[SMTP] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._run(self._loop.create_server(self._connected, "127.0.0.1", 0, ssl=implicit_tls))
        self.port: int = self._server.sockets[0].getsockname()[1]

    @property
    def deliveries(self) -> list[Delivery]:
        return self.answers.deliveries

    def will_answer(self, command: str, *answers: str) -> None:
        self.answers.scripted[command] = list(answers)

    def hang_up(self) -> None:
        """End all connections, as a server does that has been idle for long."""
        self._run(self._hang_up())

    def stop(self) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _connected(self) -> SMTP:
        self.connections += 1
        protocol = SMTP(self.answers, loop=self._loop, **self._options)
        self._open.append(protocol)
        return protocol

    def _run(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=5)

    async def _hang_up(self) -> None:
        for protocol in self._open:
            _abort(protocol)
        self._open.clear()

    async def _stop(self) -> None:
        self._server.close()
        await self._hang_up()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


@dataclass(frozen=True)
class Tls:
    """A certificate for 127.0.0.1, and who trusts it."""

    server: ssl.SSLContext
    client: ssl.SSLContext


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    yesterday = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(yesterday)
        .not_valid_after(yesterday + timedelta(days=30))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .sign(key, SHA256())
    )
    pem = certificate.public_bytes(Encoding.PEM)
    file: Path = tmp_path_factory.mktemp("tls") / "server.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + pem)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(file)
    return Tls(server, ssl.create_default_context(cadata=pem.decode()))


def only_ada(server: SMTP, session: Any, envelope: Any, mechanism: str, auth_data: Any) -> AuthResult:
    is_right = isinstance(auth_data, LoginPassword) and auth_data.password == b"hush & hush"
    return AuthResult(success=is_right, handled=False, auth_data=auth_data)


@pytest.fixture
def smtp_server() -> Iterator[Callable[..., LocalSmtpServer]]:
    """Starts servers with the options of aiosmtpd's SMTP; `login=True` asks for ada's password."""
    servers: list[LocalSmtpServer] = []

    def start(*, login: bool = False, **options: Any) -> LocalSmtpServer:
        if login:
            options |= {"authenticator": only_ada, "auth_required": True}
        servers.append(LocalSmtpServer(**options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def server(smtp_server: Callable[..., LocalSmtpServer]) -> LocalSmtpServer:
    return smtp_server()


@pytest.fixture
def transport_to() -> Iterator[Callable[..., SmtpTransport]]:
    """Makes transports to a server; `url` is the setting with the server's port for {port}."""
    transports: list[SmtpTransport] = []

    def make(
        server: LocalSmtpServer, url: str = "smtp://127.0.0.1:{port}?timeout=5", **options: Any
    ) -> SmtpTransport:
        transports.append(SmtpTransport(url.format(port=server.port), SENDER, **options))
        return transports[-1]

    yield make
    for transport in transports:
        transport.close()


@pytest.fixture
def transport(server: LocalSmtpServer, transport_to: Callable[..., SmtpTransport]) -> SmtpTransport:
    return transport_to(server)


@pytest.fixture
def envelope() -> Callable[..., Envelope]:
    """Makes envelopes that differ from a plain one in what the test says."""

    def make(mail_id: str = "01J", **changes: Any) -> Envelope:
        fields: dict[str, Any] = {
            "message_id": f"<{mail_id}@prep.example.com>",
            "to_email": "ada@example.com",
            "to_name": "Ada Lovelace",
            "rendered": RenderedEmail("Grüße", "Grüße,\n.\n.dot\n", "<p>Grüße</p>"),
            "headers": {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        }
        return Envelope(mail_id=mail_id, **(fields | changes))

    return make


@pytest.fixture
def free_port() -> int:
    """A port at which nobody listens."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port
