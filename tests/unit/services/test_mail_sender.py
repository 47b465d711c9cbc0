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
from ports.queue import Priority, Work
from tests.fakes import ManualClock
from tests.faults import Faults
from tests.unit.services.mail_services import MailServices


@pytest.fixture
def services(stores: Stores, clock: ManualClock) -> MailServices:
    return MailServices(stores, clock)


def send_until_it_is_over(services: MailServices, mail_id: str) -> list[timedelta]:
    """Lets the clock run to each try; how long it waited before each."""
    waits = []
    while services.mail(mail_id).state is EmailState.QUEUED:
        wait = services.mail(mail_id).run_after - services.clock.now()
        services.clock.advance(seconds=wait.total_seconds())
        waits.append(wait)
        services.sender.send_now(mail_id)
    return waits


def test_it_works(services: MailServices, clock: ManualClock) -> None:
    mail_id = services.post(EmailKind.WELCOME)
    clock.advance(seconds=1)

    services.sender.send_now(mail_id)

    (envelope,) = services.relay.taken
    assert (envelope.to_email, envelope.to_name) == ("ada@example.com", "Ada Lovelace")
    assert "Ada Lovelace" in envelope.rendered.text
    assert "Ada Lovelace" in envelope.rendered.html
    mail = services.mail(mail_id)
    assert (mail.state, mail.attempts, mail.lease) == (EmailState.SENT, 1, None)
    assert mail.sent_at == clock.now()


@pytest.mark.parametrize("kind", EmailKind)
def test_every_kind_is_sent(services: MailServices, kind: EmailKind) -> None:
    mail_id = services.post(kind)
    services.sender.send_now(mail_id)

    (envelope,) = services.relay.taken
    assert services.mail(mail_id).state is EmailState.SENT
    assert envelope.rendered.subject
    assert ("042137" in envelope.rendered.text) is (kind is EmailKind.OTP)


def test_a_message_id_is_derived_from_the_record(services: MailServices) -> None:
    mail_id = services.post()
    services.relay.fail("421 later", is_transient=True)
    seen: list[str] = []
    services.relay.before_send = lambda envelope: seen.append(envelope.message_id)
    send_until_it_is_over(services, mail_id)

    assert seen == [f"<{mail_id}@prep.example.com>"] * 2


def test_a_mail_is_sent_once(services: MailServices) -> None:
    mail_id = services.post()
    for _ in range(3):
        services.sender.send_now(mail_id)

    assert len(services.relay.taken) == 1


def test_a_hint_at_nothing_does_nothing(services: MailServices) -> None:
    services.sender.send_now("nothing")

    assert services.relay.taken == []


def test_one_hint_is_enough_for_all_that_wait(services: MailServices) -> None:
    mails = [services.post() for _ in range(3)]
    services.queue.hints = services.queue.hints[:1]
    services.follow_hints()

    assert {envelope.mail_id for envelope in services.relay.taken} == set(mails)


def test_the_mail_that_was_hinted_at_goes_first(services: MailServices) -> None:
    for _ in range(30):
        services.post(EmailKind.EXPORT_READY)
    urgent = services.post(EmailKind.OTP)
    services.sender.send_now(urgent)

    assert services.relay.taken[0].mail_id == urgent


def test_after_each_email_others_get_their_turn(services: MailServices) -> None:
    mails = [services.post() for _ in range(60)]
    services.queue.hints.clear()
    services.sender.send_now(mails[0])

    assert len(services.relay.taken) == 1
    ((work, hinted, priority),) = services.queue.hints
    assert (work, priority) == (Work.MAIL, Priority.BULK)
    assert hinted in mails[1:]


def test_a_hint_at_an_email_that_is_sent_stands_for_another(services: MailServices) -> None:
    first, second = services.post(), services.post()
    services.sender.send_now(first)
    services.sender.send_now(first)

    assert [envelope.mail_id for envelope in services.relay.taken] == [first, second]


def test_an_email_is_sent_while_the_queue_is_unavailable(services: MailServices) -> None:
    first, _ = services.post(), services.post()
    services.queue.is_unavailable = True
    services.sender.send_now(first)

    assert services.mail(first).state is EmailState.SENT


class TestPassingErrors:
    def test_a_mail_is_put_back_with_what_went_wrong(
        self, services: MailServices, clock: ManualClock
    ) -> None:
        mail_id = services.post()
        services.relay.fail("The mail server answered 451: try later", is_transient=True)
        services.sender.send_now(mail_id)

        mail = services.mail(mail_id)
        assert (mail.state, mail.attempts, mail.lease) == (EmailState.QUEUED, 1, None)
        assert mail.last_error == "The mail server answered 451: try later"
        assert clock.now() < mail.run_after <= clock.now() + timedelta(seconds=10)

    def test_it_is_not_tried_before_its_time(self, services: MailServices) -> None:
        mail_id = services.post()
        services.relay.fail("421 later", is_transient=True)
        for _ in range(3):
            services.sender.send_now(mail_id)

        assert services.mail(mail_id).attempts == 1

    def test_it_is_sent_when_the_server_is_back(self, services: MailServices) -> None:
        mail_id = services.post()
        services.relay.fail("The mail server could not be reached", is_transient=True, times=4)
        send_until_it_is_over(services, mail_id)

        assert services.mail(mail_id).state is EmailState.SENT
        assert services.mail(mail_id).attempts == 5

    def test_the_waits_grow_up_to_an_hour(self, services: MailServices) -> None:
        mail_id = services.post()
        services.relay.fail("421 later", is_transient=True, times=1_000)
        waits = send_until_it_is_over(services, mail_id)[1:]

        assert waits[0] <= timedelta(seconds=10)
        assert max(waits) <= timedelta(hours=1)
        assert max(waits[:3]) < min(waits[8:])

    def test_after_a_day_it_has_failed(self, services: MailServices, clock: ManualClock) -> None:
        mail_id = services.post()
        posted_at = clock.now()
        services.relay.fail("421 later", is_transient=True, times=1_000)
        send_until_it_is_over(services, mail_id)

        mail = services.mail(mail_id)
        assert (mail.state, mail.last_error) == (EmailState.FAILED, "421 later")
        assert EMAIL_TRIES_FOR - timedelta(hours=1) <= clock.now() - posted_at < EMAIL_TRIES_FOR

    def test_a_one_time_password_is_not_mailed_after_its_time(
        self, services: MailServices, clock: ManualClock
    ) -> None:
        mail_id = services.post(EmailKind.OTP)
        posted_at = clock.now()
        services.relay.fail("421 later", is_transient=True, times=1_000)
        send_until_it_is_over(services, mail_id)

        assert services.mail(mail_id).state is EmailState.FAILED
        assert clock.now() - posted_at < OTP_TRIES_FOR

    def test_a_silent_server_is_not_tried_for_every_email_at_once(self, services: MailServices) -> None:
        first, *others = [services.post() for _ in range(5)]
        services.relay.fail("The mail server did not answer in time.", is_transient=True, times=5)
        services.sender.send_now(first)

        assert len(services.relay.failures) == 4
        assert {services.mail(other).attempts for other in others} == {0}

    def test_one_mail_that_waits_does_not_hold_up_the_others(self, services: MailServices) -> None:
        first, second, third = [services.post() for _ in range(3)]
        services.relay.fail("451 greylisted", is_transient=True)
        services.follow_hints()

        assert services.mail(first).state is EmailState.QUEUED
        assert {services.mail(other).state for other in (second, third)} == {EmailState.SENT}


class TestLastingErrors:
    def test_a_mail_has_failed_at_once(self, services: MailServices) -> None:
        mail_id = services.post()
        services.relay.fail("The mail server answered 550: no such user", is_transient=False)
        services.sender.send_now(mail_id)

        mail = services.mail(mail_id)
        assert (mail.state, mail.attempts) == (EmailState.FAILED, 1)
        assert mail.last_error == "The mail server answered 550: no such user"

    def test_a_mail_that_cannot_be_made_has_failed_and_the_others_go_on(self, services: MailServices) -> None:
        broken, good = services.post(EmailKind.GENERATION_COMPLETE, session_url="no address"), services.post()
        services.follow_hints()

        assert services.mail(broken).state is EmailState.FAILED
        assert services.mail(broken).last_error == "The email could not be rendered."
        assert services.mail(good).state is EmailState.SENT


class TestTheLease:
    def test_a_mail_whose_sender_has_died_is_taken_over_after_two_minutes(
        self, services: MailServices, clock: ManualClock
    ) -> None:
        mail_id = services.post()
        services.stores.mails.save(
            services.mail(mail_id).leased("a dead worker", clock.now(), timedelta(minutes=2))
        )

        clock.advance(minutes=1, seconds=59)
        services.sender.send_now(mail_id)
        assert services.relay.taken == []

        clock.advance(seconds=1)
        services.sender.send_now(mail_id)
        assert [envelope.mail_id for envelope in services.relay.taken] == [mail_id]
        assert (services.mail(mail_id).state, services.mail(mail_id).attempts) == (EmailState.SENT, 2)

    def test_the_sweeper_finds_it(self, services: MailServices, clock: ManualClock) -> None:
        mail_id = services.post()
        services.queue.hueys[Work.MAIL].flush()
        services.stores.mails.save(
            services.mail(mail_id).leased("a dead worker", clock.now(), timedelta(minutes=2))
        )
        assert services.outbox.sweep() == 0

        clock.advance(minutes=2)
        assert services.outbox.sweep() == 1

    def test_two_workers_do_not_send_one_mail_twice(self, services: MailServices) -> None:
        mail_id = services.post()
        another = services.another_sender("worker 2")
        services.relay.before_send = lambda envelope: another.send_now(mail_id)
        services.sender.send_now(mail_id)

        assert len(services.relay.taken) == 1

    def test_a_worker_that_dies_before_it_writes_the_outcome_sends_again(
        self, services: MailServices, clock: ManualClock
    ) -> None:
        """At least once: the same Message-ID lets the reader's server see that it is the same mail."""

        class Killed(BaseException):
            pass

        def die(envelope: Envelope) -> None:
            services.relay.taken.append(envelope)
            raise Killed

        mail_id = services.post()
        services.relay.before_send = die
        with pytest.raises(Killed):
            services.sender.send_now(mail_id)
        services.relay.close()
        clock.advance(minutes=2)
        services.another_sender("worker 2").send_now(mail_id)

        assert services.mail(mail_id).state is EmailState.SENT
        assert len({envelope.message_id for envelope in services.relay.taken}) == 1

    def test_a_report_that_is_faster_than_the_sender_stays(
        self, services: MailServices, clock: ManualClock
    ) -> None:
        mail_id = services.post()
        report = DeliveryEvent(mail_id, "ada@example.com", EmailState.DELIVERED, False, "250 OK", clock.now())
        services.relay.before_send = lambda envelope: services.delivery.take([report])
        services.sender.send_now(mail_id)

        assert services.mail(mail_id).state is EmailState.DELIVERED


def test_a_mail_waits_for_its_lease_if_the_database_goes_away(
    services: MailServices, clock: ManualClock, faults: Faults
) -> None:
    mail_id = services.post()

    def go_away(table: str) -> None:
        if table == "suppressions":
            raise Unavailable("The database is away.")

    with faults.before_read(go_away), pytest.raises(Unavailable):
        services.sender.send_now(mail_id)
    assert services.mail(mail_id).state is EmailState.SENDING

    clock.advance(minutes=2)
    services.sender.send_now(mail_id)
    assert services.mail(mail_id).state is EmailState.SENT
