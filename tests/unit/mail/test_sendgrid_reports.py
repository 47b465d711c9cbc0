"""SendGrid's event webhook, with payloads as SendGrid documents them, signed with a key of our own."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from adapters.smtp.sendgrid import SendGridReports
from core.domain.errors import Malformed
from core.domain.mail.emails import DeliveryEvent, EmailState, ForgedReport

KEY = ec.generate_private_key(ec.SECP256R1())
MAIL_ID = "01JAVVX9W3Q7N8ZK2M4T5R6Y7B"
HAPPENED_AT = datetime(2026, 3, 1, 11, 59, 40, tzinfo=UTC)


def public_key(key: Any = KEY, encoding: Encoding = Encoding.DER) -> str:
    encoded = key.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
    return encoded.decode() if encoding is Encoding.PEM else base64.b64encode(encoded).decode()


def signed(body: bytes, at: datetime, key: ec.EllipticCurvePrivateKey = KEY) -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    signature = key.sign(timestamp.encode() + body, ec.ECDSA(SHA256()))
    return {
        "x-twilio-email-event-webhook-signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        "Content-Type": "application/json",
    }


def record(event: str, **fields: Any) -> dict[str, Any]:
    """As SendGrid posts it, with our unique argument among the fields."""
    return {
        "email": "ada@example.com",
        "timestamp": int(HAPPENED_AT.timestamp()),
        "event": event,
        "mail_id": MAIL_ID,
        "smtp-id": f"<{MAIL_ID}@prep.example.com>",
        "sg_event_id": "ZGVsaXZlcmVkLTAtMTIzNDU2Nzg",
        "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
        **fields,
    }


@pytest.fixture
def reports(now: datetime) -> SendGridReports:
    return SendGridReports(public_key(), lambda: now)


def read(reports: SendGridReports, now: datetime, *records: Any) -> list[DeliveryEvent]:
    body = json.dumps(records).encode()
    return list(reports.read(body, signed(body, now)))


def test_it_works(reports: SendGridReports, now: datetime) -> None:
    events = read(reports, now, record("delivered", response="250 OK", ip="192.0.2.1", tls=1))
    assert events == [
        DeliveryEvent(MAIL_ID, "ada@example.com", EmailState.DELIVERED, False, "250 OK", HAPPENED_AT)
    ]


@pytest.mark.parametrize(
    ("fields", "state", "is_permanent", "detail"),
    [
        (
            {"event": "bounce", "type": "bounce", "status": "5.1.1", "reason": "550 no such user"},
            EmailState.BOUNCED,
            True,
            "5.1.1: 550 no such user",
        ),
        (
            {"event": "bounce", "type": "blocked", "status": "5.7.1", "reason": "554\nlisted"},
            EmailState.BOUNCED,
            False,
            "5.7.1: 554 listed",
        ),
        (
            {"event": "dropped", "reason": "Bounced Address"},
            EmailState.BOUNCED,
            True,
            "dropped: Bounced Address",
        ),
        ({"event": "dropped", "reason": "Spam Content"}, EmailState.BOUNCED, False, "dropped: Spam Content"),
        ({"event": "spamreport"}, EmailState.COMPLAINED, True, "reported as spam"),
    ],
)
def test_each_end_of_a_mail_is_told(
    reports: SendGridReports,
    now: datetime,
    fields: dict[str, str],
    state: EmailState,
    is_permanent: bool,
    detail: str,
) -> None:
    assert read(reports, now, record(**fields)) == [
        DeliveryEvent(MAIL_ID, "ada@example.com", state, is_permanent, detail, HAPPENED_AT)
    ]


def test_what_is_not_an_end_is_left_out(reports: SendGridReports, now: datetime) -> None:
    steps = [record(event) for event in ("processed", "deferred", "open", "click", "new_kind")]
    assert read(reports, now, *steps, record("spamreport"))[0].state is EmailState.COMPLAINED
    assert read(reports, now, *steps) == []


def test_a_mail_is_also_known_by_its_message_id(reports: SendGridReports, now: datetime) -> None:
    without_argument = record("delivered")
    del without_argument["mail_id"]
    foreign = without_argument | {"smtp-id": None}
    assert [event.mail_id for event in read(reports, now, without_argument, foreign)] == [MAIL_ID, None]


def test_a_key_in_pem_is_a_key_too(now: datetime) -> None:
    reports = SendGridReports(public_key(encoding=Encoding.PEM), lambda: now)
    assert len(read(reports, now, record("delivered"))) == 1


@pytest.mark.parametrize(
    "key",
    ["", "no key", base64.b64encode(b"no key").decode(), public_key(ed25519.Ed25519PrivateKey.generate())],
    ids=["empty", "not base 64", "not a key", "of another kind"],
)
def test_what_is_not_such_a_key_is_refused_at_the_start(key: str) -> None:
    with pytest.raises(ValueError, match="verification key"):
        SendGridReports(key, lambda: HAPPENED_AT)


def test_a_report_signed_by_somebody_else_is_forged(reports: SendGridReports, now: datetime) -> None:
    body = json.dumps([record("spamreport")]).encode()
    with pytest.raises(ForgedReport):
        reports.read(body, signed(body, now, ec.generate_private_key(ec.SECP256R1())))


def test_a_report_changed_on_the_way_is_forged(reports: SendGridReports, now: datetime) -> None:
    body = json.dumps([record("spamreport")]).encode()
    with pytest.raises(ForgedReport):
        reports.read(body.replace(b"ada@", b"bob@"), signed(body, now))


def test_a_report_with_another_time_is_forged(reports: SendGridReports, now: datetime) -> None:
    body = json.dumps([record("spamreport")]).encode()
    headers = signed(body, now - timedelta(hours=1))
    headers["X-Twilio-Email-Event-Webhook-Timestamp"] = str(int(now.timestamp()))
    with pytest.raises(ForgedReport):
        reports.read(body, headers)


@pytest.mark.parametrize("age", [timedelta(minutes=10, seconds=1), -timedelta(minutes=10, seconds=1)])
def test_a_replayed_report_is_forged(reports: SendGridReports, now: datetime, age: timedelta) -> None:
    body = json.dumps([record("spamreport")]).encode()
    with pytest.raises(ForgedReport):
        reports.read(body, signed(body, now - age))


def test_a_report_of_ten_minutes_ago_is_not(reports: SendGridReports, now: datetime) -> None:
    body = json.dumps([record("spamreport")]).encode()
    assert len(reports.read(body, signed(body, now - timedelta(minutes=10)))) == 1


@pytest.mark.parametrize("signature", [None, "", "####", "AAAA", "é"])
def test_a_report_without_a_signature_is_forged(
    reports: SendGridReports, now: datetime, signature: str | None
) -> None:
    body = json.dumps([record("spamreport")]).encode()
    headers = signed(body, now)
    headers.pop("x-twilio-email-event-webhook-signature")
    if signature is not None:
        headers["X-Twilio-Email-Event-Webhook-Signature"] = signature
    with pytest.raises(ForgedReport):
        reports.read(body, headers)


@pytest.mark.parametrize("timestamp", ["", "soon", "9" * 30])
def test_a_signed_time_that_is_none_is_forged(reports: SendGridReports, timestamp: str) -> None:
    signature = KEY.sign(timestamp.encode() + b"[]", ec.ECDSA(SHA256()))
    headers = {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
    }
    with pytest.raises(ForgedReport):
        reports.read(b"[]", headers)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"{}",
        b"[1]",
        b'[{"email": "a@b.de"}]',
        b'[{"event": "bounce", "email": "a@b.de"}]',
        b"[" * 99_999,
    ],
)
def test_a_true_report_that_says_nothing_known_is_malformed(
    reports: SendGridReports, now: datetime, body: bytes
) -> None:
    with pytest.raises(Malformed):
        reports.read(body, signed(body, now))
