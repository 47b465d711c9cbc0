"""The signed event webhook of SendGrid."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from adapters.smtp.reporting import detail_of, lowercase_names, mail_id_of, parsed_json
from core.domain.errors import Malformed
from core.domain.mail.emails import DeliveryEvent, EmailState, ForgedReport

SIGNATURE_HEADER = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP_HEADER = "X-Twilio-Email-Event-Webhook-Timestamp"
TRUSTED_FOR = timedelta(minutes=10)
"""The largest accepted difference between a report's time and now, against replayed reports."""

_LASTING_DROPS = frozenset({"bounced address", "spam reporting address", "invalid"})
"""Reasons of a drop after which the address gets no more emails."""


class SendGridReports:
    """DeliveryReports of SendGrid.

    The email is identified by the unique argument `mail_id`, or else by its Message-ID.
    """

    def __init__(self, public_key: str, now: Callable[[], datetime]) -> None:
        """`public_key` is the verification key as SendGrid shows it, or in PEM. Raises ValueError."""
        self._key = _public_key(public_key)
        self._now = now

    def read(self, body: bytes, headers: Mapping[str, str]) -> Sequence[DeliveryEvent]:
        self._verify(body, lowercase_names(headers))
        records = parsed_json(body)
        if not isinstance(records, list):
            raise Malformed("The report is not a list of events.")
        return [event for record in records if (event := _event(record)) is not None]

    def _verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        timestamp = headers.get(TIMESTAMP_HEADER.lower(), "")
        try:
            signature = base64.b64decode(headers.get(SIGNATURE_HEADER.lower(), ""), validate=True)
            self._key.verify(signature, timestamp.encode() + body, ECDSA(SHA256()))
            signed_at = datetime.fromtimestamp(int(timestamp), UTC)
        except (InvalidSignature, ValueError, OverflowError, OSError):
            raise ForgedReport("The signature is not SendGrid's.") from None
        if abs(self._now() - signed_at) > TRUSTED_FOR:
            raise ForgedReport("The report's time is too far from now.")


def _public_key(text: str) -> EllipticCurvePublicKey:
    lines = (line.strip() for line in text.splitlines())
    encoded = "".join(line for line in lines if not line.startswith("-----"))
    try:
        key = load_der_public_key(base64.b64decode(encoded, validate=True))
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        raise ValueError("The verification key of SendGrid is not a public key.") from None
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError("The verification key of SendGrid is a P-256 key.")
    return key


def _event(record: Any) -> DeliveryEvent | None:
    """The event, or None if it is not an outcome of the email, such as `deferred` or `open`."""
    try:
        reason = record.get("reason")
        match record["event"]:
            case "delivered":
                outcome = (EmailState.DELIVERED, False, detail_of(record.get("response")))
            case "bounce":
                is_blocked = record.get("type") == "blocked"
                outcome = (EmailState.BOUNCED, not is_blocked, detail_of(record.get("status"), reason))
            case "dropped":
                is_lasting = str(reason).lower() in _LASTING_DROPS
                outcome = (EmailState.BOUNCED, is_lasting, detail_of("dropped", reason))
            case "spamreport":
                outcome = (EmailState.COMPLAINED, True, detail_of("reported as spam"))
            case _:
                return None
        state, is_permanent, detail = outcome
        mail_id = record.get("mail_id")
        return DeliveryEvent(
            mail_id=mail_id if isinstance(mail_id, str) else mail_id_of(record.get("smtp-id")),
            email=str(record["email"]),
            state=state,
            is_permanent=is_permanent,
            detail=detail,
            at=datetime.fromtimestamp(int(record["timestamp"]), UTC),
        )
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError, OSError):
        raise Malformed("An event of the report cannot be understood.") from None
