from __future__ import annotations

import json
from dataclasses import replace

import pytest

from core.domain.errors import Conflict, NotFound
from core.domain.mail.emails import OPTIONAL_EMAILS, EmailKind, EmailState
from core.domain.paging import PageRequest
from entrypoints.wiring.stores import Stores
from ports.queue import Priority, Work
from tests.fakes import ManualClock
from tests.unit.services.mail_desk import CONTEXTS, MailDesk


@pytest.fixture
def desk(stores: Stores, clock: ManualClock) -> MailDesk:
    return MailDesk(stores, clock)


def post(desk: MailDesk, kind: EmailKind, cause: str) -> None:
    desk.outbox.post(kind, desk.ada, CONTEXTS[kind], cause=cause, caused_at=desk.clock.now())


def test_it_works(desk: MailDesk, clock: ManualClock) -> None:
    mail_id = desk.post(EmailKind.WELCOME)

    (mail,) = desk.mails()
    assert mail.id == mail_id
    assert mail.state is EmailState.QUEUED
    assert (mail.to_email, mail.to_name) == ("ada@example.com", "Ada Lovelace")
    assert mail.run_after == mail.created_at == clock.now()
    assert desk.queue.hints == [(Work.MAIL, mail_id, Priority.BULK)]


def test_the_same_cause_is_one_mail(desk: MailDesk) -> None:
    for _ in range(3):
        post(desk, EmailKind.EXPORT_READY, "job 1")
    post(desk, EmailKind.EXPORT_READY, "job 2")
    post(desk, EmailKind.GENERATION_COMPLETE, "job 1")

    assert len(desk.mails()) == 3
    assert len(desk.queue.hints) == 3


@pytest.mark.parametrize("kind", EmailKind)
def test_security_mail_is_hinted_at_as_urgent(desk: MailDesk, kind: EmailKind) -> None:
    desk.post(kind)

    ((_, _, priority),) = desk.queue.hints
    assert priority is (Priority.INTERACTIVE if kind.is_security else Priority.BULK)


@pytest.mark.parametrize("kind", OPTIONAL_EMAILS)
def test_what_a_user_does_not_want_is_not_written(desk: MailDesk, kind: EmailKind) -> None:
    desk.ada = replace(desk.ada, muted_mail=(kind,))
    for each in OPTIONAL_EMAILS:
        desk.post(each)

    assert {mail.kind for mail in desk.mails()} == set(OPTIONAL_EMAILS) - {kind}


def test_security_mail_cannot_be_turned_off() -> None:
    assert {kind for kind in EmailKind if kind.is_security} == {
        EmailKind.OTP,
        EmailKind.PASSWORD_CHANGED,
        EmailKind.SUSPICIOUS_LOGIN,
    }
    assert not any(kind.is_optional for kind in EmailKind if kind.is_security)


def test_a_secret_is_kept_encrypted(desk: MailDesk) -> None:
    mail = desk.mail(desk.post(EmailKind.OTP, otp="042137"))

    assert "042137" not in repr(mail)
    assert mail.sealed_context is not None
    assert json.loads(desk.vault.unseal(mail.sealed_context) or "") == {"otp": "042137"}


def test_a_mail_waits_in_the_outbox_while_the_queue_is_away(desk: MailDesk) -> None:
    desk.queue.is_away = True
    mail_id = desk.post()
    desk.queue.is_away = False

    assert desk.queue.hints == []
    assert desk.outbox.sweep() == 1
    assert [hinted for _, hinted, _ in desk.queue.hints] == [mail_id]


class TestTheSweep:
    def test_mails_that_may_be_sent_are_hinted_at_longest_waiting_first(
        self, desk: MailDesk, clock: ManualClock
    ) -> None:
        expected = []
        for _ in range(3):
            expected.append(desk.post())
            clock.advance(seconds=1)
        desk.queue.huey.flush()
        desk.queue.hints.clear()

        assert desk.outbox.sweep() == 3
        assert [mail_id for _, mail_id, _ in desk.queue.hints] == expected

    def test_those_that_must_wait_are_not(self, desk: MailDesk, clock: ManualClock) -> None:
        mail_id = desk.post()
        desk.relay.fail("421 later", is_transient=True)
        desk.sender.send_now(mail_id)
        desk.queue.huey.flush()

        assert desk.outbox.sweep() == 0
        clock.advance(hours=1)
        assert desk.outbox.sweep() == 1

    def test_no_hint_is_added_while_there_are_enough(self, desk: MailDesk) -> None:
        for _ in range(3):
            desk.post()

        assert desk.outbox.sweep(limit=3) == 0
        desk.queue.huey.flush()
        assert desk.outbox.sweep(limit=2) == 2


class TestForOperators:
    def test_mails_are_listed_by_state_newest_first(self, desk: MailDesk, clock: ManualClock) -> None:
        first = desk.post()
        clock.advance(seconds=1)
        second = desk.post()
        clock.advance(seconds=1)
        desk.relay.fail("550 no such user", is_transient=False)
        desk.sender.send_now(first)
        third = desk.post()

        def listed(*states: EmailState) -> list[str]:
            return [mail.id for mail in desk.outbox.page(states, PageRequest(10)).items]

        assert listed() == [third, second, first]
        assert listed(EmailState.FAILED) == [first]
        assert listed(EmailState.FAILED, EmailState.SENT) == [second, first]

    def test_a_mail_that_does_not_exist_is_not_found(self, desk: MailDesk) -> None:
        with pytest.raises(NotFound):
            desk.outbox.get("nothing")
        with pytest.raises(NotFound):
            desk.outbox.resend("nothing")

    @pytest.mark.parametrize("is_failed", [True, False])
    def test_a_mail_is_sent_once_more(self, desk: MailDesk, is_failed: bool) -> None:
        mail_id = desk.post()
        if is_failed:
            desk.relay.fail("550 no such user", is_transient=False)
        desk.sender.send_now(mail_id)

        assert desk.outbox.resend(mail_id).state is EmailState.QUEUED
        assert desk.queue.hints[-1][1] == mail_id
        desk.sender.send_now(mail_id)
        assert desk.mail(mail_id).state is EmailState.SENT
        assert {envelope.message_id for envelope in desk.relay.taken} == {f"<{mail_id}@prep.example.com>"}

    def test_a_mail_that_is_sent_once_more_has_a_day_of_its_own(
        self, desk: MailDesk, clock: ManualClock
    ) -> None:
        mail_id = desk.post()
        desk.relay.fail("550 no such user", is_transient=False)
        desk.sender.send_now(mail_id)
        clock.advance(days=3)
        desk.outbox.resend(mail_id)
        desk.relay.fail("421 later", is_transient=True)
        desk.sender.send_now(mail_id)

        assert desk.mail(mail_id).state is EmailState.QUEUED

    def test_one_that_is_on_its_way_is_not(self, desk: MailDesk) -> None:
        with pytest.raises(Conflict) as refusal:
            desk.outbox.resend(desk.post())
        assert refusal.value.code == "mail_in_progress"

    def test_a_one_time_password_is_not(self, desk: MailDesk) -> None:
        mail_id = desk.post(EmailKind.OTP, otp="042137")
        desk.sender.send_now(mail_id)

        with pytest.raises(Conflict) as refusal:
            desk.outbox.resend(mail_id)
        assert refusal.value.code == "mail_not_resendable"
