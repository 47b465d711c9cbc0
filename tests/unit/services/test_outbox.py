from __future__ import annotations

import json
from dataclasses import replace

import pytest

from core.domain.errors import Conflict, NotFound
from core.domain.mail.emails import OPTIONAL_EMAILS, EmailKind, EmailState
from core.domain.mail.messages import MESSAGE_TYPES
from core.domain.paging import PageRequest
from entrypoints.wiring.stores import Stores
from ports.queue import Priority, Work
from tests.fakes import ManualClock
from tests.unit.services.mail_services import MailServices


@pytest.fixture
def services(stores: Stores, clock: ManualClock) -> MailServices:
    return MailServices(stores, clock)


def post(services: MailServices, kind: EmailKind, cause: str) -> None:
    message = MESSAGE_TYPES[kind].sample()
    services.outbox.post(message, services.ada.recipient, cause=cause, caused_at=services.clock.now())


def test_it_works(services: MailServices, clock: ManualClock) -> None:
    mail_id = services.post(EmailKind.WELCOME)

    (mail,) = services.mails()
    assert mail.id == mail_id
    assert mail.state is EmailState.QUEUED
    assert (mail.to_email, mail.to_name) == ("ada@example.com", "Ada Lovelace")
    assert mail.run_after == mail.created_at == clock.now()
    assert services.queue.hints == [(Work.MAIL, mail_id, Priority.BULK)]


def test_the_same_cause_is_one_mail(services: MailServices) -> None:
    for _ in range(3):
        post(services, EmailKind.EXPORT_READY, "job 1")
    post(services, EmailKind.EXPORT_READY, "job 2")
    post(services, EmailKind.GENERATION_COMPLETE, "job 1")

    assert len(services.mails()) == 3
    assert len(services.queue.hints) == 3


@pytest.mark.parametrize("kind", EmailKind)
def test_security_mail_is_hinted_at_as_urgent(services: MailServices, kind: EmailKind) -> None:
    services.post(kind)

    ((_, _, priority),) = services.queue.hints
    assert priority is (Priority.INTERACTIVE if kind.is_security else Priority.BULK)


@pytest.mark.parametrize("kind", OPTIONAL_EMAILS)
def test_what_a_user_does_not_want_is_not_written(services: MailServices, kind: EmailKind) -> None:
    services.ada = replace(services.ada, muted_mail=(kind,))
    for each in OPTIONAL_EMAILS:
        services.post(each)

    assert {mail.kind for mail in services.mails()} == set(OPTIONAL_EMAILS) - {kind}


def test_security_mail_cannot_be_turned_off() -> None:
    assert {kind for kind in EmailKind if kind.is_security} == {
        EmailKind.OTP,
        EmailKind.PASSWORD_CHANGED,
        EmailKind.SUSPICIOUS_LOGIN,
    }
    assert not any(kind.is_optional for kind in EmailKind if kind.is_security)


def test_a_secret_is_kept_encrypted(services: MailServices) -> None:
    mail = services.mail(services.post(EmailKind.OTP))

    assert "042137" not in repr(mail)
    assert mail.sealed_context is not None
    assert json.loads(services.cipher.decrypt(mail.sealed_context) or "") == {"otp": "042137"}


def test_a_mail_waits_in_the_outbox_while_the_queue_is_unavailable(services: MailServices) -> None:
    services.queue.is_unavailable = True
    mail_id = services.post()
    services.queue.is_unavailable = False

    assert services.queue.hints == []
    assert services.outbox.sweep() == 1
    assert [hinted for _, hinted, _ in services.queue.hints] == [mail_id]


class TestTheSweep:
    def test_mails_that_may_be_sent_are_hinted_at_longest_waiting_first(
        self, services: MailServices, clock: ManualClock
    ) -> None:
        expected = []
        for _ in range(3):
            expected.append(services.post())
            clock.advance(seconds=1)
        services.queue.hueys[Work.MAIL].flush()
        services.queue.hints.clear()

        assert services.outbox.sweep() == 3
        assert [mail_id for _, mail_id, _ in services.queue.hints] == expected

    def test_those_that_must_wait_are_not(self, services: MailServices, clock: ManualClock) -> None:
        mail_id = services.post()
        services.relay.fail("421 later", is_transient=True)
        services.sender.send_now(mail_id)
        services.queue.hueys[Work.MAIL].flush()

        assert services.outbox.sweep() == 0
        clock.advance(hours=1)
        assert services.outbox.sweep() == 1

    def test_no_hint_is_added_while_there_are_enough(self, services: MailServices) -> None:
        for _ in range(3):
            services.post()
            services.queue.hint(Work.JOB, "a job", Priority.INTERACTIVE)

        assert services.outbox.sweep(limit=3) == 0
        services.queue.hueys[Work.MAIL].flush()
        assert services.outbox.sweep(limit=2) == 2


class TestForOperators:
    def test_mails_are_listed_by_state_newest_first(self, services: MailServices, clock: ManualClock) -> None:
        first = services.post()
        clock.advance(seconds=1)
        second = services.post()
        clock.advance(seconds=1)
        services.relay.fail("550 no such user", is_transient=False)
        services.sender.send_now(first)
        services.sender.send_now(second)
        third = services.post()

        def listed(*states: EmailState) -> list[str]:
            return [mail.id for mail in services.outbox.page(states, PageRequest(10)).items]

        assert listed() == [third, second, first]
        assert listed(EmailState.FAILED) == [first]
        assert listed(EmailState.FAILED, EmailState.SENT) == [second, first]

    def test_a_mail_that_does_not_exist_is_not_found(self, services: MailServices) -> None:
        with pytest.raises(NotFound):
            services.outbox.get("nothing")
        with pytest.raises(NotFound):
            services.outbox.resend("nothing")

    @pytest.mark.parametrize("is_failed", [True, False])
    def test_a_mail_is_sent_once_more(self, services: MailServices, is_failed: bool) -> None:
        mail_id = services.post()
        if is_failed:
            services.relay.fail("550 no such user", is_transient=False)
        services.sender.send_now(mail_id)

        assert services.outbox.resend(mail_id).state is EmailState.QUEUED
        assert services.queue.hints[-1][1] == mail_id
        services.sender.send_now(mail_id)
        assert services.mail(mail_id).state is EmailState.SENT
        assert {envelope.message_id for envelope in services.relay.taken} == {f"<{mail_id}@prep.example.com>"}

    def test_a_mail_that_is_sent_once_more_has_a_day_of_its_own(
        self, services: MailServices, clock: ManualClock
    ) -> None:
        mail_id = services.post()
        services.relay.fail("550 no such user", is_transient=False)
        services.sender.send_now(mail_id)
        clock.advance(days=3)
        services.outbox.resend(mail_id)
        services.relay.fail("421 later", is_transient=True)
        services.sender.send_now(mail_id)

        assert services.mail(mail_id).state is EmailState.QUEUED

    def test_one_that_is_on_its_way_is_not(self, services: MailServices) -> None:
        with pytest.raises(Conflict) as refusal:
            services.outbox.resend(services.post())
        assert refusal.value.code == "mail_in_progress"

    def test_a_one_time_password_is_not(self, services: MailServices) -> None:
        mail_id = services.post(EmailKind.OTP)
        services.sender.send_now(mail_id)

        with pytest.raises(Conflict) as refusal:
            services.outbox.resend(mail_id)
        assert refusal.value.code == "mail_not_resendable"
