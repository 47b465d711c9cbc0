"""The reports of mail relays: signed as the relays sign them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from werkzeug.test import TestResponse

from core.domain.mail.emails import Email, EmailKind, EmailState
from core.domain.paging import PageRequest
from entrypoints.wiring.application import Application
from tests.building import application_in_memory
from tests.fakes import ManualClock, ScriptedGenerator
from tests.integration.http.client import ApiClient, refusal
from tests.integration.http.mailbox import Mailbox
from tests.unit.mail import test_sendgrid_reports as sendgrid
from tests.unit.mail import test_ses_reports as ses


@pytest.fixture
def internet() -> ses.Internet:
    """All that there is to fetch is Amazon's certificate."""
    return ses.Internet()


@pytest.fixture
def application(
    clock: ManualClock, writer: ScriptedGenerator, tmp_path: Path, internet: ses.Internet
) -> Iterator[Application]:
    built = application_in_memory(
        tmp_path,
        clock,
        [writer],
        fetch=internet.fetch,
        public_url="https://prep.example.com",
        mail_from="Interview Prep <no-reply@prep.example.com>",
        sendgrid_webhook_key=sendgrid.public_key(),
        ses_topic_arns=(ses.TOPIC,),
    )
    yield built
    built.close()


@pytest.fixture
def mailbox(application: Application) -> Mailbox:
    return Mailbox(application)


def finished_generation(ada: ApiClient, application: Application) -> None:
    """A job of Ada's ends, which she may want to be told of."""
    ada.post(f"/sessions/{ada.make_session()['id']}/questions/generate", count=1)
    application.work.runner.run_due()


@pytest.fixture
def mail(ada: ApiClient, application: Application, mailbox: Mailbox) -> Email:
    """One that has been sent to Ada."""
    mailbox.new(EmailKind.WELCOME)
    (sent,) = application.mail.outbox.page((EmailState.SENT,), PageRequest(10)).items
    return sent


@pytest.fixture(params=["sendgrid", "ses"])
def relay(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def report(
    client: ApiClient,
    relay: str,
    event: str,
    mail: Email,
    now: datetime,
    *,
    is_forged: bool = False,
) -> TestResponse:
    """As that relay posts it; `event` is delivered, bounced or complained."""
    if relay == "sendgrid":
        name = {"delivered": "delivered", "bounced": "bounce", "complained": "spamreport"}[event]
        records = [sendgrid.record(name, mail_id=mail.id, email=mail.to_email, type="bounce", reason="550")]
        body = json.dumps(records).encode()
        key = ec.generate_private_key(ec.SECP256R1()) if is_forged else sendgrid.KEY
        return client.request(
            "POST", "/mail/reports/sendgrid", data=body, headers=sendgrid.signed(body, now, key)
        )
    signer = rsa.generate_private_key(65537, 2048) if is_forged else ses.KEY
    message = ses.signed(ses.notification(_of_ses(event, mail)), signer)
    return client.request(
        "POST",
        "/mail/reports/ses",
        data=json.dumps(message),
        headers={"Content-Type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": "Notification"},
    )


@pytest.mark.parametrize("event", ["delivered", "bounced", "complained"])
def test_it_works(
    application: Application,
    anonymous: ApiClient,
    clock: ManualClock,
    mail: Email,
    relay: str,
    event: str,
) -> None:
    answer = report(anonymous, relay, event, mail, clock.now())

    assert (answer.status_code, answer.data) == (204, b"")
    assert application.mail.outbox.get(mail.id).state == event


@pytest.mark.parametrize("event", ["bounced", "complained"])
def test_an_address_that_bounced_or_complained_gets_security_mail_only(
    application: Application,
    anonymous: ApiClient,
    ada: ApiClient,
    clock: ManualClock,
    mail: Email,
    mailbox: Mailbox,
    relay: str,
    event: str,
) -> None:
    report(anonymous, relay, event, mail, clock.now())
    finished_generation(ada, application)
    anonymous.post("/auth/password-reset/request", email="ada@example.com")

    assert mailbox.new(EmailKind.GENERATION_COMPLETE) == []
    assert len(mailbox.new(EmailKind.OTP)) == 1


@pytest.mark.parametrize("event", ["delivered", "bounced", "complained"])
def test_a_forged_webhook_is_refused_and_changes_nothing(
    application: Application,
    anonymous: ApiClient,
    clock: ManualClock,
    mail: Email,
    relay: str,
    event: str,
) -> None:
    answer = report(anonymous, relay, event, mail, clock.now(), is_forged=True)

    refusal(answer, 401, "report_forged")
    assert application.mail.outbox.get(mail.id).state is EmailState.SENT


def test_a_recorded_webhook_is_refused_later(
    application: Application, anonymous: ApiClient, clock: ManualClock, mail: Email
) -> None:
    then = clock.now()
    clock.advance(minutes=11)

    answer = report(anonymous, "sendgrid", "bounced", mail, then)

    refusal(answer, 401, "report_forged")
    assert application.mail.outbox.get(mail.id).state is EmailState.SENT


def test_a_webhook_whose_body_was_changed_is_refused(
    anonymous: ApiClient, clock: ManualClock, mail: Email
) -> None:
    headers = sendgrid.signed(b"[]", clock.now())
    body = json.dumps([sendgrid.record("bounce", mail_id=mail.id)]).encode()

    answer = anonymous.request("POST", "/mail/reports/sendgrid", data=body, headers=headers)
    refusal(answer, 401, "report_forged")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"null", b"[" * 100_000])
def test_an_unsigned_webhook_is_refused_whatever_it_says(
    anonymous: ApiClient, relay: str, body: bytes
) -> None:
    refusal(anonymous.request("POST", f"/mail/reports/{relay}", data=body), 401, "report_forged")


def test_a_signed_one_that_makes_no_sense_is_bad(anonymous: ApiClient, clock: ManualClock) -> None:
    for body in (b"{", b"{}", b'[{"event": "bounce"}]'):
        headers = sendgrid.signed(body, clock.now())
        answer = anonymous.request("POST", "/mail/reports/sendgrid", data=body, headers=headers)
        assert answer.status_code == 400
        assert answer.json["code"]


def test_a_certificate_of_elsewhere_is_not_fetched(
    anonymous: ApiClient, internet: ses.Internet, mail: Email
) -> None:
    message = ses.notification(_of_ses("bounced", mail), SigningCertURL="https://evil.example/a.pem")
    answer = anonymous.request("POST", "/mail/reports/ses", data=json.dumps(ses.signed(message)))

    refusal(answer, 401, "report_forged")
    assert internet.fetched == []


def test_the_subscription_of_our_topic_is_confirmed(anonymous: ApiClient, internet: ses.Internet) -> None:
    message = ses.signed(ses.confirmation())
    answer = anonymous.request("POST", "/mail/reports/ses", data=json.dumps(message))

    assert answer.status_code == 204
    assert ses.SUBSCRIBE_URL in internet.fetched


@pytest.mark.parametrize("relay", ["mailgun", "SENDGRID", "x", "..", "%00"])
def test_an_unknown_relay_is_not_found(anonymous: ApiClient, relay: str) -> None:
    assert anonymous.request("POST", f"/mail/reports/{relay}", data=b"[]").status_code == 404


class TestWithoutWebhooks:
    @pytest.fixture
    def application(self, clock: ManualClock, tmp_path: Path) -> Iterator[Application]:
        built = application_in_memory(tmp_path, clock, [])
        yield built
        built.close()

    @pytest.mark.parametrize("relay", ["sendgrid", "ses"])
    def test_a_relay_that_is_not_set_up_is_not_found(self, anonymous: ApiClient, relay: str) -> None:
        answer = anonymous.request("POST", f"/mail/reports/{relay}", data=b"[]")

        refusal(answer, 404, "relay_not_found")


def _of_ses(event: str, mail: Email) -> dict[str, Any]:
    at = datetime(2026, 1, 15, 9, 30, tzinfo=UTC).isoformat()
    report: dict[str, Any] = {
        "mail": {
            **ses.MAIL,
            "destination": [mail.to_email],
            "commonHeaders": {"messageId": f"<{mail.id}@prep.example.com>"},
        }
    }
    if event == "delivered":
        return report | {
            "eventType": "Delivery",
            "delivery": {"timestamp": at, "recipients": [mail.to_email], "smtpResponse": "250 OK"},
        }
    if event == "bounced":
        recipient = {"emailAddress": mail.to_email, "diagnosticCode": "smtp; 550 no such user"}
        return report | {
            "eventType": "Bounce",
            "bounce": {
                "bounceType": "Permanent",
                "bounceSubType": "General",
                "timestamp": at,
                "bouncedRecipients": [recipient],
            },
        }
    return report | {
        "eventType": "Complaint",
        "complaint": {"timestamp": at, "complainedRecipients": [{"emailAddress": mail.to_email}]},
    }
