"""Speed of sending emails: `python -m benchmarks.mail [emails]`.

A worker drains an outbox into a local SMTP server in a separate process. Then one-time passwords are
requested from an idle product, and the time until the server has each is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from core.domain.identity.users import User
from core.domain.mail.emails import EmailState
from core.domain.mail.messages import ExportReady
from core.domain.paging import PageRequest
from core.services.identity.logins import LoggedIn
from entrypoints.http.app import create_app
from entrypoints.settings import RateLimits, Settings
from entrypoints.wiring.application import Application, build_application
from entrypoints.worker.consumer import Worker

MAILS = 1_000
OTPS = 10
LEAST_MAILS_PER_SECOND = 50.0
MOST_OTP_SECONDS = 1.0

_GRACE = timedelta(seconds=5)
_PATIENCE_SECONDS = 300.0


class _Counting:
    """An aiosmtpd handler that reports the time of each message by the machine's monotonic clock."""

    def __init__(self, told: Connection) -> None:
        self._told = told

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self._told.send(time.monotonic())
        return "250 OK"


def _serve(told: Connection) -> None:
    from aiosmtpd.smtp import SMTP

    async def serve() -> None:
        handler = _Counting(told)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(handler, enable_SMTPUTF8=True), "127.0.0.1", 0)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


@contextmanager
def smtp_server() -> Iterator[tuple[int, Connection]]:
    """The server's port, and the connection on which it reports each message."""
    here, there = get_context("spawn").Pipe(duplex=False)
    process = get_context("spawn").Process(target=_serve, args=(there,), daemon=True)
    process.start()
    try:
        yield here.recv(), here
    finally:
        process.terminate()
        process.join()


@contextmanager
def product(smtp_port: int) -> Iterator[Application]:
    """The embedded product, on files, as it runs on one machine."""
    with tempfile.TemporaryDirectory() as folder:
        application = build_application(
            Settings(
                data_dir=Path(folder),
                database_url=f"sqlite:///{folder}/interview_prep.db",
                redis_url="",
                secret_keys=("a secret for measurements, long enough for all",),
                smtp_url=f"smtp://127.0.0.1:{smtp_port}?starttls=never",
                mail_from="Interview Prep <no-reply@prep.example.com>",
                limits=RateLimits(*["1000000 per minute"] * len(RateLimits.__dataclass_fields__)),
            )
        )
        try:
            yield application
        finally:
            application.close()


@contextmanager
def working(application: Application) -> Iterator[None]:
    worker = Worker(application)
    worker.start()
    try:
        yield
    finally:
        worker.stop(_GRACE)


def queue_mails(application: Application, user: User, count: int) -> None:
    for number in range(count):
        application.mail.outbox.post(
            ExportReady(
                download_url="https://prep.example.com/api/v1/exports/sample/download",
                file_name=f"Backend engineer - questions {number}.pdf",
                size_bytes=48_213,
                expires_at=user.created_at,
            ),
            user.recipient,
            cause=f"job {number}",
            caused_at=user.created_at,
        )


def take_messages(told: Connection, count: int) -> list[float]:
    """The times at which the server accepted each of so many messages."""
    moments: list[float] = []
    while len(moments) < count:
        if not told.poll(_PATIENCE_SECONDS):
            raise TimeoutError(f"only {len(moments)} of {count} mails have arrived")
        moments.append(told.recv())
    return moments


def drain(mails: int) -> float:
    """Emails per second, from the start of the worker until the last one has arrived."""
    with smtp_server() as (port, told), product(port) as application:
        user = _signed_up(application).user
        queue_mails(application, user, mails)
        began_at = time.monotonic()
        with working(application):
            seconds = take_messages(told, mails + 1)[-1] - began_at  # one is the welcome
        left_over = application.mail.outbox.page(
            (EmailState.QUEUED, EmailState.SENDING), PageRequest(1)
        ).items
        if left_over or told.poll(0):
            raise AssertionError("the outbox is not empty, or an email was sent twice")
    return (mails + 1) / seconds


def otp_seconds(times: int) -> list[float]:
    """The time from each request to the arrival of its email, with the product idle in between."""
    with smtp_server() as (port, told), product(port) as application:
        client = create_app(application).test_client(use_cookies=False)
        emails = [f"person{number}@example.com" for number in range(times)]
        measured = []
        with working(application):
            for email in emails:
                application.identity.accounts.register("Ada Lovelace", email, "correct horse battery")
            take_messages(told, times)
            for email in emails:
                time.sleep(1.0)  # idle: the worker polls at its longest interval
                began_at = time.monotonic()
                client.post("/api/v1/auth/password-reset/request", json={"email": email})
                measured.append(take_messages(told, 1)[0] - began_at)
        return measured


def _signed_up(application: Application) -> LoggedIn:
    return application.identity.accounts.register("Ada Lovelace", "ada@example.com", "correct horse battery")


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure how fast emails are sent.")
    parser.add_argument("mails", nargs="?", type=int, default=MAILS)
    mails: int = parser.parse_args().mails
    per_second = drain(mails)
    print(f"{'outbox drained':<32}{mails:>8,} mails{per_second:>10.1f} a second")
    seconds = otp_seconds(OTPS)
    print(
        f"{'one-time password, when idle':<32}{OTPS:>8,} mails{statistics.median(seconds):>10.3f} s median"
        f"{max(seconds):>10.3f} s at most"
    )
    is_within = per_second >= LEAST_MAILS_PER_SECOND and max(seconds) <= MOST_OTP_SECONDS
    print("within the limits" if is_within else "over the limits")
    return 0 if is_within else 1


if __name__ == "__main__":
    sys.exit(main())
