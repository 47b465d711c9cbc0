"""Delivery reports of Amazon SES, received through Amazon SNS."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from adapters.smtp.reporting import detail_of, mail_id_of, parsed_json
from adapters.smtp.sns import NOTIFICATION, SUBSCRIPTION_CONFIRMATION, SnsMessages, is_amazon_url
from core.domain.errors import Malformed
from core.domain.mail.emails import DeliveryEvent, EmailState, ForgedReport

_GREETING = "Successfully validated SNS topic"
"""SES sends this plain text to a topic when it is set up."""


class SesReports:
    """DeliveryReports of Amazon SES, both as identity notifications and as published events.

    The email is identified by its original Message-ID, which SES reports if "include original headers" is
    on. A topic's request to confirm the subscription is confirmed automatically.
    """

    def __init__(
        self,
        topic_arns: Collection[str],
        fetch_certificate: Callable[[str], bytes],
        confirm_subscription: Callable[[str], object],
    ) -> None:
        """Both callables get a URL of Amazon SNS and fetch it over verified HTTPS without following redirects
        to other hosts. Their errors are passed on."""
        self._messages = SnsMessages(topic_arns, fetch_certificate)
        self._confirm_subscription = confirm_subscription

    def read(self, body: bytes, headers: Mapping[str, str]) -> Sequence[DeliveryEvent]:
        message = self._messages.verified(body)
        if message["Type"] == SUBSCRIPTION_CONFIRMATION:
            if not is_amazon_url(message["SubscribeURL"]):
                raise ForgedReport("The message asks for a confirmation elsewhere.")
            self._confirm_subscription(message["SubscribeURL"])
        if message["Type"] != NOTIFICATION or message["Message"].startswith(_GREETING):
            return ()
        record = parsed_json(message["Message"])
        try:
            return list(_events(record))
        except (AttributeError, KeyError, TypeError, ValueError):
            raise Malformed("The report cannot be understood.") from None


def _events(record: Any) -> Iterator[DeliveryEvent]:
    """One event per recipient; none for reports that are not an outcome, such as a delay."""
    mail_id = _mail_id(record["mail"])
    match record.get("eventType") or record["notificationType"]:
        case "Delivery":
            delivery = record["delivery"]
            detail, at = detail_of(delivery.get("smtpResponse")), _moment(delivery["timestamp"])
            for email in delivery["recipients"]:
                yield DeliveryEvent(mail_id, str(email), EmailState.DELIVERED, False, detail, at)
        case "Bounce":
            bounce = record["bounce"]
            is_permanent, at = bounce["bounceType"] == "Permanent", _moment(bounce["timestamp"])
            for recipient in bounce["bouncedRecipients"]:
                email = str(recipient["emailAddress"])
                detail = detail_of(
                    bounce["bounceType"], bounce.get("bounceSubType"), recipient.get("diagnosticCode")
                )
                yield DeliveryEvent(mail_id, email, EmailState.BOUNCED, is_permanent, detail, at)
        case "Complaint":
            complaint = record["complaint"]
            detail = detail_of("reported as spam", complaint.get("complaintFeedbackType"))
            at = _moment(complaint["timestamp"])
            for recipient in complaint["complainedRecipients"]:
                email = str(recipient["emailAddress"])
                yield DeliveryEvent(mail_id, email, EmailState.COMPLAINED, True, detail, at)


def _mail_id(mail: Mapping[str, Any]) -> str | None:
    """The id from the original headers. `mail["messageId"]` is Amazon's own id."""
    original = mail.get("commonHeaders", {}).get("messageId")
    if original is None:
        for header in mail.get("headers", ()):
            if header["name"].lower() == "message-id":
                original = header["value"]
    return mail_id_of(original)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
