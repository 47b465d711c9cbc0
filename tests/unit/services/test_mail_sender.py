from __future__ import annotations

from datetime import timedelta

import pytest

from core.domain.errors import Unavailable
from core.domain.mail.emails import (
    EMAIL_TRIES_FOR,
    OTP_TRIES_FOR,
    DeliveryEvent,
    EmailKind,
    EmailState,
    Envelope,
)
from entrypoints.wiring.stores import Stores
from tests.fakes import ManualClock
from tests.unit.services.mail_desk import MailDesk


@pytest.fixture
def desk(stores: Stores, clock: ManualClock) -> MailDesk:
    return MailDesk(stores, clock)


def send_until_it_is_over(desk: MailDesk, mail_id: str) -> list[timedelta]:
    """Lets the clock run to each try; how long it waited before each."""
    waits = []
    while desk.mail(mail_id).state is EmailState.QUEUED:
        wait = desk.mail(mail_id).run_after - desk.clock.now()
        desk.clock.advance(seconds=wait.total_seconds())
        waits.append(wait)
        desk.sender.send_now(mail_id)
    return waits


def test_it_works(desk: MailDesk, clock: ManualClock) -> None:
    mail_id = desk.post(EmailKind.WELCOME)
    clock.advance(seconds=1)

    desk.sender.send_now(mail_id)

    (envelope,) = desk.relay.taken
    assert (envelope.to_email, envelope.to_name) == ("ada@example.com", "Ada Lovelace")
    assert "Ada Lovelace" in envelope.rendered.text
    assert "Ada Lovelace" in envelope.rendered.html
    mail = desk.mail(mail_id)
    assert (mail.state, mail.attempts, mail.lease) == (EmailState.SENT, 1, None)
    assert mail.sent_at == clock.now()


@pytest.mark.parametrize("kind", EmailKind)
def test_every_kind_is_sent(desk: MailDesk, kind: EmailKind) -> None:
    mail_id = desk.post(kind, otp="042137")
    desk.sender.send_now(mail_id)

    (envelope,) = desk.relay.taken
    assert desk.mail(mail_id).state is EmailState.SENT
    assert envelope.rendered.subject
    assert ("042137" in envelope.rendered.text) is (kind is EmailKind.OTP)


def test_a_message_id_is_derived_from_the_record(desk: MailDesk) -> None:
    mail_id = desk.post()
    desk.relay.fail("421 later", is_transient=True)
    seen: list[str] = []
    desk.relay.before_send = lambda envelope: seen.append(envelope.message_id)
    send_until_it_is_over(desk, mail_id)

    assert seen == [f"<{mail_id}@prep.example.com>"] * 2


def test_a_mail_is_sent_once(desk: MailDesk) -> None:
    mail_id = desk.post()
    for _ in range(3):
        desk.sender.send_now(mail_id)

    assert len(desk.relay.taken) == 1


def test_a_hint_at_nothing_does_nothing(desk: MailDesk) -> None:
    desk.sender.send_now("nothing")

    assert desk.relay.taken == []


def test_one_hint_is_enough_for_all_that_wait(desk: MailDesk) -> None:
    mails = [desk.post() for _ in range(3)]
    desk.sender.send_now(mails[0])

    assert {envelope.mail_id for envelope in desk.relay.taken} == set(mails)


def test_the_mail_that_was_hinted_at_goes_first(desk: MailDesk) -> None:
    for _ in range(30):
        desk.post(EmailKind.EXPORT_READY)
    urgent = desk.post(EmailKind.OTP, otp="042137")
    desk.sender.send_now(urgent)

    assert desk.relay.taken[0].mail_id == urgent


def test_after_a_slice_other_work_gets_its_turn(desk: MailDesk) -> None:
    mails = [desk.post() for _ in range(60)]
    desk.queue.hints.clear()
    desk.sender.send_now(mails[0])

    assert len(desk.relay.taken) == 26
    assert len(desk.queue.hints) == 1


class TestPassingErrors:
    def test_a_mail_is_put_back_with_what_went_wrong(self, desk: MailDesk, clock: ManualClock) -> None:
        mail_id = desk.post()
        desk.relay.fail("The mail server answered 451: try later", is_transient=True)
        desk.sender.send_now(mail_id)

        mail = desk.mail(mail_id)
        assert (mail.state, mail.attempts, mail.lease) == (EmailState.QUEUED, 1, None)
        assert mail.last_error == "The mail server answered 451: try later"
        assert clock.now() < mail.run_after <= clock.now() + timedelta(seconds=10)

    def test_it_is_not_tried_before_its_time(self, desk: MailDesk) -> None:
        mail_id = desk.post()
        desk.relay.fail("421 later", is_transient=True)
        for _ in range(3):
            desk.sender.send_now(mail_id)

        assert desk.mail(mail_id).attempts == 1

    def test_it_is_sent_when_the_server_is_back(self, desk: MailDesk) -> None:
        mail_id = desk.post()
        desk.relay.fail("The mail server could not be reached", is_transient=True, times=4)
        send_until_it_is_over(desk, mail_id)

        assert desk.mail(mail_id).state is EmailState.SENT
        assert desk.mail(mail_id).attempts == 5

    def test_the_waits_grow_up_to_an_hour(self, desk: MailDesk) -> None:
        mail_id = desk.post()
        desk.relay.fail("421 later", is_transient=True, times=1_000)
        waits = send_until_it_is_over(desk, mail_id)[1:]

        assert waits[0] <= timedelta(seconds=10)
        assert max(waits) <= timedelta(hours=1)
        assert max(waits[:3]) < min(waits[8:])

    def test_after_a_day_it_has_failed(self, desk: MailDesk, clock: ManualClock) -> None:
        mail_id = desk.post()
        posted_at = clock.now()
        desk.relay.fail("421 later", is_transient=True, times=1_000)
        send_until_it_is_over(desk, mail_id)

        mail = desk.mail(mail_id)
        assert (mail.state, mail.last_error) == (EmailState.FAILED, "421 later")
        assert EMAIL_TRIES_FOR - timedelta(hours=1) <= clock.now() - posted_at < EMAIL_TRIES_FOR

    def test_a_one_time_password_is_not_mailed_after_its_time(
        self, desk: MailDesk, clock: ManualClock
    ) -> None:
        mail_id = desk.post(EmailKind.OTP, otp="042137")
        posted_at = clock.now()
        desk.relay.fail("421 later", is_transient=True, times=1_000)
        send_until_it_is_over(desk, mail_id)

        assert desk.mail(mail_id).state is EmailState.FAILED
        assert clock.now() - posted_at < OTP_TRIES_FOR

    def test_a_server_that_does_not_answer_is_not_tried_for_every_mail_at_once(self, desk: MailDesk) -> None:
        first, *others = [desk.post() for _ in range(5)]
        desk.relay.fail("The mail server did not answer in time.", is_transient=True, times=5)
        desk.sender.send_now(first)

        assert len(desk.relay.failures) == 4
        assert {desk.mail(other).attempts for other in others} == {0}

    def test_one_mail_that_waits_does_not_hold_up_the_others(self, desk: MailDesk) -> None:
        first, second, third = [desk.post() for _ in range(3)]
        desk.relay.fail("451 greylisted", is_transient=True)
        desk.sender.send_now(first)
        desk.sender.send_now(second)

        assert desk.mail(first).state is EmailState.QUEUED
        assert {desk.mail(other).state for other in (second, third)} == {EmailState.SENT}


class TestLastingErrors:
    def test_a_mail_has_failed_at_once(self, desk: MailDesk) -> None:
        mail_id = desk.post()
        desk.relay.fail("The mail server answered 550: no such user", is_transient=False)
        desk.sender.send_now(mail_id)

        mail = desk.mail(mail_id)
        assert (mail.state, mail.attempts) == (EmailState.FAILED, 1)
        assert mail.last_error == "The mail server answered 550: no such user"

    def test_a_mail_that_cannot_be_made_has_failed_and_the_others_go_on(self, desk: MailDesk) -> None:
        broken, good = desk.post(EmailKind.OTP), desk.post()
        desk.sender.send_now(broken)

        assert desk.mail(broken).state is EmailState.FAILED
        assert desk.mail(broken).last_error == "The mail could not be made."
        assert desk.mail(good).state is EmailState.SENT


class TestTheLease:
    def test_a_mail_whose_sender_has_died_is_taken_over_after_two_minutes(
        self, desk: MailDesk, clock: ManualClock
    ) -> None:
        mail_id = desk.post()
        desk.stores.mails.save(desk.mail(mail_id).leased("a dead worker", clock.now(), timedelta(minutes=2)))

        clock.advance(minutes=1, seconds=59)
        desk.sender.send_now(mail_id)
        assert desk.relay.taken == []

        clock.advance(seconds=1)
        desk.sender.send_now(mail_id)
        assert [envelope.mail_id for envelope in desk.relay.taken] == [mail_id]
        assert (desk.mail(mail_id).state, desk.mail(mail_id).attempts) == (EmailState.SENT, 2)

    def test_the_sweeper_finds_it(self, desk: MailDesk, clock: ManualClock) -> None:
        mail_id = desk.post()
        desk.queue.huey.flush()
        desk.stores.mails.save(desk.mail(mail_id).leased("a dead worker", clock.now(), timedelta(minutes=2)))
        assert desk.outbox.sweep() == 0

        clock.advance(minutes=2)
        assert desk.outbox.sweep() == 1

    def test_two_workers_do_not_send_one_mail_twice(self, desk: MailDesk) -> None:
        mail_id = desk.post()
        another = desk.another_sender("worker 2")
        desk.relay.before_send = lambda envelope: another.send_now(mail_id)
        desk.sender.send_now(mail_id)

        assert len(desk.relay.taken) == 1

    def test_a_worker_that_dies_before_it_writes_the_outcome_sends_again(
        self, desk: MailDesk, clock: ManualClock
    ) -> None:
        """At least once: the same Message-ID lets the reader's server see that it is the same mail."""

        class Killed(BaseException):
            pass

        def die(envelope: Envelope) -> None:
            desk.relay.taken.append(envelope)
            raise Killed

        mail_id = desk.post()
        desk.relay.before_send = die
        with pytest.raises(Killed):
            desk.sender.send_now(mail_id)
        desk.relay.close()
        clock.advance(minutes=2)
        desk.another_sender("worker 2").send_now(mail_id)

        assert desk.mail(mail_id).state is EmailState.SENT
        assert len({envelope.message_id for envelope in desk.relay.taken}) == 1

    def test_a_report_that_is_faster_than_the_sender_stays(self, desk: MailDesk, clock: ManualClock) -> None:
        mail_id = desk.post()
        report = DeliveryEvent(mail_id, "ada@example.com", EmailState.DELIVERED, False, "250 OK", clock.now())
        desk.relay.before_send = lambda envelope: desk.delivery.take([report])
        desk.sender.send_now(mail_id)

        assert desk.mail(mail_id).state is EmailState.DELIVERED


def test_a_mail_waits_for_its_lease_if_the_database_goes_away(
    desk: MailDesk, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail_id = desk.post()

    def away(_: str) -> bool:
        raise Unavailable("The database is away.")

    with monkeypatch.context() as patch:
        patch.setattr(desk.stores.suppressions, "contains", away)
        with pytest.raises(Unavailable):
            desk.sender.send_now(mail_id)
    assert desk.mail(mail_id).state is EmailState.SENDING

    clock.advance(minutes=2)
    desk.sender.send_now(mail_id)
    assert desk.mail(mail_id).state is EmailState.SENT
