"""From the act that causes a mail to the server that takes it: the whole product, and a real SMTP server."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from adapters.system.clock import SystemClock
from core.domain.mail.emails import Email, EmailState
from core.domain.mail.messages import Welcome
from core.domain.paging import PageRequest
from entrypoints.http.app import create_app
from entrypoints.wiring.application import Application
from entrypoints.worker.consumer import Worker
from ports.system import Clock
from tests.building import application_in_memory, signed_up
from tests.fakes import ManualClock
from tests.integration.http.client import ApiClient

PATIENCE_SECONDS = 15.0
WAIT = threading.Event()

Product = Callable[..., Application]
"""Starts a process of the product, with its worker unless told otherwise: `product(smtp_port, ...)`."""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def product(clock: ManualClock, tmp_path: Path) -> Iterator[Product]:
    with ExitStack() as running:

        def start(
            smtp_port: int, *, has_worker: bool = True, clock: Clock = clock, **settings: Any
        ) -> Application:
            built = application_in_memory(
                tmp_path,
                clock,
                [],
                database_url=f"sqlite:///{tmp_path / 'product.db'}",
                smtp_url=f"smtp://127.0.0.1:{smtp_port}?starttls=never&timeout=0.5",
                mail_from="Interview Prep <no-reply@prep.example.com>",
                sweep_interval=timedelta(milliseconds=100),
                **settings,
            )
            running.callback(built.close)
            if has_worker:
                worker = Worker(built)
                worker.start()
                running.callback(worker.stop, timedelta(seconds=5))
            return built

        yield start


def until(condition: Callable[[], object]) -> None:
    """Waits for what the worker does in its own time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it does not come true"
        WAIT.wait(0.01)


def only_mail(application: Application) -> Email:
    (mail,) = application.mail.outbox.page((), PageRequest(10)).items
    return mail


def messages(server: Any) -> list[EmailMessage]:
    return [message_from_bytes(delivery.message, policy=default) for delivery in server.deliveries]


def test_it_works(server: Any, product: Product) -> None:
    application = product(server.port)
    signed_up(application)

    until(lambda: only_mail(application).state is EmailState.SENT)

    (message,) = messages(server)
    assert message["To"] == "Ada Lovelace <ada@example.com>"
    assert message["From"] == "Interview Prep <no-reply@prep.example.com>"
    assert message["Message-ID"] == f"<{only_mail(application).id}@prep.example.com>"
    assert {part.get_content_type() for part in message.walk()} == {
        "multipart/alternative",
        "text/plain",
        "text/html",
    }


def test_what_causes_a_mail_does_not_wait_for_the_server(server: Any, product: Product) -> None:
    server.will_answer("MAIL", "silence", "silence")
    application = product(server.port)
    client = ApiClient(create_app(application).test_client(use_cookies=False))
    began_at = time.monotonic()
    client.sign_up("ada@example.com")

    assert time.monotonic() - began_at < 0.4
    assert only_mail(application).state in (EmailState.QUEUED, EmailState.SENDING)


def test_a_one_time_password_leaves_within_a_second_when_idle(server: Any, product: Product) -> None:
    """Generously measured: the machine may be busy with other tests."""
    application = product(server.port, clock=SystemClock())
    signed_up(application)
    until(lambda: len(server.deliveries) == 1)
    client = ApiClient(create_app(application).test_client(use_cookies=False))

    began_at = time.monotonic()
    client.post("/auth/password-reset/request", email="ada@example.com")
    until(lambda: len(server.deliveries) == 2)

    assert time.monotonic() - began_at < 3
    text = messages(server)[1].get_body(("plain",))
    assert text is not None
    otp = re.search(r"(?<!\d)\d{6}(?!\d)", text.get_content())
    assert otp is not None
    verified = client.post("/auth/password-reset/verify", email="ada@example.com", otp=otp.group())
    assert verified.status_code == 200


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("MAIL", "421 closing"),
        ("MAIL", "silence"),
        ("RCPT", "451 try later"),
        ("DATA", "452 no space"),
        ("DATA", "hang up"),
    ],
)
def test_after_an_error_that_may_pass_it_is_tried_again(
    server: Any, product: Product, clock: ManualClock, command: str, answer: str
) -> None:
    server.will_answer(command, answer)
    application = product(server.port)
    signed_up(application)
    until(lambda: only_mail(application).last_error)
    waiting = only_mail(application)
    assert (waiting.state, waiting.attempts) == (EmailState.QUEUED, 1)

    clock.advance(minutes=1)
    until(lambda: only_mail(application).state is EmailState.SENT)

    assert only_mail(application).attempts == 2
    assert len(server.deliveries) == 1


def test_a_server_that_is_down_gets_its_mail_when_it_is_back(
    free_port: int, server: Any, product: Product, clock: ManualClock
) -> None:
    away = product(free_port, has_worker=False)
    signed_up(away)
    for _ in range(3):
        away.mail.sender.send_now(only_mail(away).id)
        clock.advance(hours=1)
    assert (only_mail(away).state, only_mail(away).attempts) == (EmailState.QUEUED, 3)

    back = product(server.port)
    until(lambda: only_mail(back).state is EmailState.SENT)

    assert len(server.deliveries) == 1


def test_after_a_day_it_has_failed(free_port: int, product: Product, clock: ManualClock) -> None:
    application = product(free_port)
    signed_up(application)
    until(lambda: only_mail(application).attempts == 1 and only_mail(application).last_error)

    clock.advance(hours=24)
    until(lambda: only_mail(application).state is EmailState.FAILED)

    assert only_mail(application).attempts == 2


@pytest.mark.parametrize("answer", ["550 no such user", "554 refused"])
def test_after_a_lasting_error_it_has_failed_at_once(server: Any, product: Product, answer: str) -> None:
    server.will_answer("RCPT", answer)
    application = product(server.port)
    signed_up(application)

    until(lambda: only_mail(application).state is EmailState.FAILED)

    assert only_mail(application).attempts == 1
    assert answer[4:] in (only_mail(application).last_error or "")
    assert server.deliveries == []


def test_an_operator_sends_it_once_more(server: Any, product: Product) -> None:
    server.will_answer("RCPT", "550 no such user")
    application = product(server.port)
    signed_up(application)
    until(lambda: only_mail(application).state is EmailState.FAILED)

    application.mail.outbox.resend(only_mail(application).id)
    until(lambda: only_mail(application).state is EmailState.SENT)

    assert len(server.deliveries) == 1


def test_a_mail_of_a_worker_that_died_is_taken_over(
    server: Any, product: Product, clock: ManualClock
) -> None:
    quiet = product(server.port, has_worker=False)
    signed_up(quiet)
    mails = quiet.foundation.stores.mails
    mails.save(only_mail(quiet).leased("a dead worker", clock.now(), timedelta(minutes=2)))
    application = product(server.port)
    clock.advance(minutes=1)
    assert server.deliveries == []

    clock.advance(minutes=1)
    until(lambda: only_mail(application).state is EmailState.SENT)

    assert only_mail(application).attempts == 2


def test_two_workers_send_each_of_many_mails_once(server: Any, product: Product) -> None:
    application = product(server.port, has_worker=False)
    user = signed_up(application).user
    for number in range(60):
        application.mail.outbox.post(
            Welcome(), user.recipient, cause=f"cause {number}", caused_at=user.created_at
        )
    product(server.port)
    product(server.port)

    def is_over() -> bool:
        return not application.mail.outbox.page((EmailState.QUEUED, EmailState.SENDING), PageRequest(1)).items

    until(is_over)
    ids = [message["Message-ID"] for message in messages(server)]
    assert len(ids) == len(set(ids)) == 61
