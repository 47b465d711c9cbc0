"""Reports of Amazon SES through SNS, with payloads of the shape that Amazon documents, signed with a
certificate of our own."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from adapters.smtp.ses import SesReports
from core.domain.errors import Malformed
from core.domain.mail.emails import DeliveryEvent, EmailState, ForgedReport

TOPIC = "arn:aws:sns:eu-west-1:123456789012:mail-events"
CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
SUBSCRIBE_URL = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336412f37f"
MAIL_ID = "01JAVVX9W3Q7N8ZK2M4T5R6Y7B"
HAPPENED_AT = datetime(2026, 3, 1, 11, 59, 40, 237000, tzinfo=UTC)
MOMENT = "2026-03-01T11:59:40.237Z"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(key: Any) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    built = builder.not_valid_before(HAPPENED_AT).not_valid_after(HAPPENED_AT + timedelta(days=365))
    return built.sign(key, SHA256()).public_bytes(Encoding.PEM)


CERTIFICATE = certificate(KEY)


class Internet:
    """What is fetched, and what there is to fetch."""

    def __init__(self, content: bytes = CERTIFICATE) -> None:
        self.content = content
        self.fetched: list[str] = []

    def fetch(self, url: str) -> bytes:
        self.fetched.append(url)
        return self.content


@pytest.fixture
def internet() -> Internet:
    return Internet()


@pytest.fixture
def reports(internet: Internet) -> SesReports:
    return SesReports({TOPIC}, internet.fetch, internet.fetch)


def signed(message: dict[str, Any], key: rsa.RSAPrivateKey = KEY) -> dict[str, Any]:
    """With a signature over the fields that Amazon signs for this type, spelled out once more."""
    names = {
        "Notification": ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
        "SubscriptionConfirmation": [
            "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
        ],
        "UnsubscribeConfirmation": [
            "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
        ],
    }[message["Type"]]  # fmt: skip
    text = "".join(f"{name}\n{message[name]}\n" for name in names if name in message)
    algorithm = SHA1() if message["SignatureVersion"] == "1" else SHA256()
    signature = key.sign(text.encode(), PKCS1v15(), algorithm)
    return message | {"Signature": base64.b64encode(signature).decode()}


def notification(report: object, **changes: Any) -> dict[str, Any]:
    return {
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": TOPIC,
        "Subject": "Amazon SES Email Event Notification",
        "Message": report if isinstance(report, str) else json.dumps(report),
        "Timestamp": MOMENT,
        "SignatureVersion": "2",
        "SigningCertURL": CERTIFICATE_URL,
        "UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe",
        **changes,
    }


def confirmation(kind: str = "SubscriptionConfirmation", **changes: Any) -> dict[str, Any]:
    return {
        "Type": kind,
        "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
        "Token": "2336412f37f",
        "TopicArn": TOPIC,
        "Message": "You have chosen to subscribe to the topic.\nTo confirm, visit the SubscribeURL.",
        "SubscribeURL": SUBSCRIBE_URL,
        "Timestamp": MOMENT,
        "SignatureVersion": "1",
        "SigningCertURL": CERTIFICATE_URL,
        **changes,
    }


MAIL = {
    "timestamp": MOMENT,
    "source": "no-reply@prep.example.com",
    "messageId": "010201234567-0a0b0c0d-0000-0000-0000-000000000000-000000",
    "destination": ["ada@example.com"],
    "headersTruncated": False,
    "headers": [
        {"name": "From", "value": "Interview Prep <no-reply@prep.example.com>"},
        {"name": "Message-ID", "value": f"<{MAIL_ID}@prep.example.com>"},
    ],
    "commonHeaders": {"messageId": f"<{MAIL_ID}@prep.example.com>", "subject": "Hello"},
}
DELIVERY = {
    "timestamp": MOMENT,
    "processingTimeMillis": 546,
    "recipients": ["ada@example.com"],
    "smtpResponse": "250 ok: message accepted",
    "reportingMTA": "a8-70.smtp-out.amazonses.com",
}


def bounce(kind: str, sub_kind: str) -> dict[str, Any]:
    return {
        "bounceType": kind,
        "bounceSubType": sub_kind,
        "bouncedRecipients": [
            {
                "emailAddress": "ada@example.com",
                "action": "failed",
                "status": "5.1.1",
                "diagnosticCode": "smtp; 550 5.1.1 user unknown",
            }
        ],
        "timestamp": MOMENT,
        "feedbackId": "010201234567-0",
    }


COMPLAINT = {
    "complainedRecipients": [{"emailAddress": "ada@example.com"}],
    "timestamp": MOMENT,
    "feedbackId": "010201234567-1",
    "complaintFeedbackType": "abuse",
}


def read(reports: SesReports, message: dict[str, Any]) -> list[DeliveryEvent]:
    return list(reports.read(json.dumps(message).encode(), {"x-amz-sns-message-type": message["Type"]}))


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("name", ["notificationType", "eventType"])
def test_it_works(reports: SesReports, version: str, name: str) -> None:
    report = {name: "Delivery", "mail": MAIL, "delivery": DELIVERY}
    assert read(reports, signed(notification(report, SignatureVersion=version))) == [
        DeliveryEvent(
            MAIL_ID, "ada@example.com", EmailState.DELIVERED, False, "250 ok: message accepted", HAPPENED_AT
        )
    ]


@pytest.mark.parametrize("name", ["notificationType", "eventType"])
@pytest.mark.parametrize(
    ("kind", "sub_kind", "is_permanent"),
    [("Permanent", "General", True), ("Transient", "MailboxFull", False)],
)
def test_a_bounce_tells_whether_it_may_pass(
    reports: SesReports, name: str, kind: str, sub_kind: str, is_permanent: bool
) -> None:
    report = {name: "Bounce", "mail": MAIL, "bounce": bounce(kind, sub_kind)}
    (event,) = read(reports, signed(notification(report)))
    assert (event.mail_id, event.email, event.at) == (MAIL_ID, "ada@example.com", HAPPENED_AT)
    assert (event.state, event.is_permanent) == (EmailState.BOUNCED, is_permanent)
    assert event.detail == f"{kind}: {sub_kind}: smtp; 550 5.1.1 user unknown"


def test_a_complaint_is_told(reports: SesReports) -> None:
    report = {"eventType": "Complaint", "mail": MAIL, "complaint": COMPLAINT}
    (event,) = read(reports, signed(notification(report)))
    assert (event.state, event.is_permanent) == (EmailState.COMPLAINED, True)
    assert event.detail == "reported as spam: abuse"


@pytest.mark.parametrize("kind", ["Send", "Open", "Click", "DeliveryDelay", "Subscription"])
def test_what_is_not_an_end_is_left_out(reports: SesReports, kind: str) -> None:
    assert read(reports, signed(notification({"eventType": kind, "mail": MAIL}))) == []


def test_the_greeting_of_a_new_topic_says_nothing(reports: SesReports) -> None:
    greeting = "Successfully validated SNS topic for Amazon SES event publishing."
    assert read(reports, signed(notification(greeting))) == []


@pytest.mark.parametrize(
    ("mail", "mail_id"),
    [
        ({key: value for key, value in MAIL.items() if key != "commonHeaders"}, MAIL_ID),
        ({"messageId": "0102-0a0b", "timestamp": MOMENT}, None),
        (MAIL | {"commonHeaders": {"messageId": "none"}}, None),
    ],
)
def test_a_mail_is_known_by_our_message_id_only(
    reports: SesReports, mail: dict[str, Any], mail_id: str | None
) -> None:
    report = {"notificationType": "Delivery", "mail": mail, "delivery": DELIVERY}
    (event,) = read(reports, signed(notification(report)))
    assert event.mail_id == mail_id


def test_a_message_without_a_subject_is_signed_without_it(reports: SesReports) -> None:
    message = notification({"eventType": "Complaint", "mail": MAIL, "complaint": COMPLAINT})
    del message["Subject"]
    assert len(read(reports, signed(message))) == 1


def test_a_subscription_is_confirmed(reports: SesReports, internet: Internet) -> None:
    assert read(reports, signed(confirmation())) == []
    assert internet.fetched == [CERTIFICATE_URL, SUBSCRIBE_URL]


def test_an_end_of_subscription_is_not_undone(reports: SesReports, internet: Internet) -> None:
    assert read(reports, signed(confirmation("UnsubscribeConfirmation"))) == []
    assert internet.fetched == [CERTIFICATE_URL]


def test_the_certificate_is_fetched_once(reports: SesReports, internet: Internet) -> None:
    for _ in range(3):
        read(reports, signed(notification({"eventType": "Send", "mail": MAIL})))
    assert internet.fetched == [CERTIFICATE_URL]


def test_a_message_signed_by_somebody_else_is_forged(reports: SesReports) -> None:
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with pytest.raises(ForgedReport):
        read(reports, signed(notification({"eventType": "Send", "mail": MAIL}), stranger))


@pytest.mark.parametrize("field", ["Message", "MessageId", "Subject", "Timestamp", "Signature"])
def test_a_message_changed_on_the_way_is_forged(reports: SesReports, field: str) -> None:
    message = signed(notification({"eventType": "Send", "mail": MAIL}))
    with pytest.raises(ForgedReport):
        read(reports, message | {field: "c29tZXRoaW5n"})


@pytest.mark.parametrize(
    "field", ["Message", "MessageId", "Timestamp", "Signature", "SigningCertURL", "SignatureVersion"]
)
def test_a_message_that_lacks_something_is_forged(reports: SesReports, field: str) -> None:
    message = signed(notification({"eventType": "Send", "mail": MAIL}))
    del message[field]
    with pytest.raises(ForgedReport):
        read(reports, message)


def test_a_signature_of_another_version_is_forged(reports: SesReports) -> None:
    message = signed(notification({"eventType": "Send", "mail": MAIL}))
    for version in ("1", "3"):
        with pytest.raises(ForgedReport):
            read(reports, message | {"SignatureVersion": version})


def test_a_message_of_another_topic_is_forged(reports: SesReports, internet: Internet) -> None:
    foreign = notification({"eventType": "Send", "mail": MAIL}, TopicArn=TOPIC + "2")
    with pytest.raises(ForgedReport):
        read(reports, signed(foreign))
    assert internet.fetched == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://sns.eu-west-1.amazonaws.com/a.pem",
        "https://sns.eu-west-1.amazonaws.com/a.txt",
        "https://sns.eu-west-1.amazonaws.com/a?b=.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/a.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/a.pem",
        "https://sns.eu-west-1.amazonaws.com@evil.example/a.pem",
        "https://evil.example\\@sns.eu-west-1.amazonaws.com/a.pem",
        "https://evil.example#@sns.eu-west-1.amazonaws.com/a.pem",
        "https://x@sns.eu-west-1.amazonaws.com/a.pem",
        "https://sns.eu.west.amazonaws.com/a.pem",
        "https://evil.amazonaws.com/sns.eu-west-1.amazonaws.com/a.pem",
        "https://sns.eu-west-1.amazonaws.com\n.evil.example/a.pem",
        "https://[sns.eu-west-1.amazonaws.com/a.pem",
    ],
)
def test_a_certificate_from_elsewhere_is_not_even_fetched(
    reports: SesReports, internet: Internet, url: str
) -> None:
    message = notification({"eventType": "Send", "mail": MAIL}, SigningCertURL=url)
    with pytest.raises(ForgedReport):
        read(reports, signed(message))
    assert internet.fetched == []


def test_a_certificate_in_china_is_amazons_too(reports: SesReports) -> None:
    url = "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-1.pem"
    assert read(reports, signed(notification({"eventType": "Send", "mail": MAIL}, SigningCertURL=url))) == []


@pytest.mark.parametrize(
    "content", [b"", b"no certificate", certificate(ec.generate_private_key(ec.SECP256R1()))]
)
def test_what_is_no_certificate_of_amazons_kind_proves_nothing(content: bytes) -> None:
    reports = SesReports({TOPIC}, Internet(content).fetch, Internet().fetch)
    with pytest.raises(ForgedReport):
        read(reports, signed(notification({"eventType": "Send", "mail": MAIL})))


def test_a_confirmation_that_leads_elsewhere_is_forged(reports: SesReports, internet: Internet) -> None:
    with pytest.raises(ForgedReport):
        read(reports, signed(confirmation(SubscribeURL="https://evil.example/?Action=ConfirmSubscription")))
    assert internet.fetched == [CERTIFICATE_URL]


def test_a_forged_confirmation_is_not_granted(reports: SesReports, internet: Internet) -> None:
    with pytest.raises(ForgedReport):
        read(reports, signed(confirmation()) | {"Token": "another"})
    assert internet.fetched == [CERTIFICATE_URL]


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"{}", b'{"TopicArn": 1}', b"[" * 99_999])
def test_what_is_no_message_at_all_is_forged(reports: SesReports, body: bytes) -> None:
    with pytest.raises(ForgedReport):
        reports.read(body, {})


@pytest.mark.parametrize(
    "report",
    [
        "not JSON",
        "[]",
        {"mail": MAIL},
        {"eventType": "Delivery", "mail": MAIL},
        {"eventType": "Bounce", "mail": MAIL, "bounce": {"timestamp": "soon", "bounceType": "Permanent"}},
    ],
)
def test_a_true_message_that_says_nothing_known_is_malformed(reports: SesReports, report: object) -> None:
    with pytest.raises(Malformed):
        read(reports, signed(notification(report)))
