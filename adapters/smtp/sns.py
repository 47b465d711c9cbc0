"""Verification of messages from Amazon SNS."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from cachetools import LRUCache
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.x509 import load_pem_x509_certificate

from core.domain.mail.emails import ForgedReport

NOTIFICATION = "Notification"
SUBSCRIPTION_CONFIRMATION = "SubscriptionConfirmation"

_HOST = re.compile(r"sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")
_CONFIRMATION_FIELDS = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED_FIELDS = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    SUBSCRIPTION_CONFIRMATION: _CONFIRMATION_FIELDS,
    "UnsubscribeConfirmation": _CONFIRMATION_FIELDS,
}
_HASHES: Mapping[str, Callable[[], HashAlgorithm]] = {"1": SHA1, "2": SHA256}
_MAX_KEYS = 16


class SnsMessages:
    """Verifies messages of the given topics. Each signing certificate is fetched once."""

    def __init__(self, topic_arns: Collection[str], fetch_certificate: Callable[[str], bytes]) -> None:
        """`fetch_certificate` fetches the PEM at a URL over verified HTTPS. Its errors are passed on."""
        self._topic_arns = frozenset(topic_arns)
        self._fetch_certificate = fetch_certificate
        # Amazon changes the certificate, and with it the URL, about once a year.
        self._keys: LRUCache[str, RSAPublicKey] = LRUCache(_MAX_KEYS)
        self._lock = threading.Lock()

    def verified(self, body: bytes) -> Mapping[str, str]:
        """The fields of the message. Raises ForgedReport."""
        message = _fields(body)
        if message.get("TopicArn") not in self._topic_arns:
            raise ForgedReport("The message is from a topic that is not configured.")
        signed = canonical_text(message)
        hash_of = _HASHES.get(message.get("SignatureVersion", ""))
        if hash_of is None:
            raise ForgedReport("The message has a signature of an unknown version.")
        key = self._key(message.get("SigningCertURL", ""))
        try:
            signature = base64.b64decode(message.get("Signature", ""), validate=True)
            key.verify(signature, signed.encode(), PKCS1v15(), hash_of())
        except (InvalidSignature, ValueError):
            raise ForgedReport("The signature is not Amazon's.") from None
        return message

    def _key(self, url: str) -> RSAPublicKey:
        if not is_amazon_url(url) or not urlsplit(url).path.endswith(".pem"):
            raise ForgedReport("The message names a certificate that is not Amazon's.")
        with self._lock:
            known = self._keys.get(url)
        if known is not None:
            return known
        try:
            key = load_pem_x509_certificate(self._fetch_certificate(url)).public_key()
        except (ValueError, UnsupportedAlgorithm):
            raise ForgedReport("The message names something that is not a certificate.") from None
        if not isinstance(key, RSAPublicKey):
            raise ForgedReport("The message names a certificate of another kind.")
        with self._lock:
            self._keys[url] = key
        return key


def is_amazon_url(url: str) -> bool:
    """Whether the URL is HTTPS to the SNS host of a region, however a client parses it."""
    if not url.isascii() or not url.isprintable() or set(url) & set(' \\"<>'):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and _HOST.fullmatch(parts.netloc) is not None


def canonical_text(message: Mapping[str, str]) -> str:
    """The signed text: names and values of the signed fields, one per line. Raises ForgedReport."""
    names = _SIGNED_FIELDS.get(message.get("Type", ""))
    if names is None:
        raise ForgedReport("The message is of an unknown type.")
    missing = [name for name in names if name not in message and name != "Subject"]
    if missing:
        raise ForgedReport(f"The message lacks {missing[0]}.")
    return "".join(f"{name}\n{message[name]}\n" for name in names if name in message)


def _fields(body: bytes) -> dict[str, str]:
    try:
        message: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise ForgedReport("The message is not one of Amazon SNS.") from None
    if not isinstance(message, dict):
        raise ForgedReport("The message is not one of Amazon SNS.")
    return {name: value for name, value in message.items() if isinstance(value, str)}
