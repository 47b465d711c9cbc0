from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from core.domain.mail.emails import Envelope, RenderedEmail

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def envelope() -> Callable[..., Envelope]:
    """Makes envelopes that differ from a plain one in what the test says."""

    def make(subject: str = "Hello", **changes: Any) -> Envelope:
        fields: dict[str, Any] = {
            "mail_id": "01JAVVX9W3Q7N8ZK2M4T5R6Y7B",
            "message_id": "<01JAVVX9W3Q7N8ZK2M4T5R6Y7B@prep.example.com>",
            "to_email": "ada@example.com",
            "to_name": "Ada Lovelace",
            "rendered": RenderedEmail(subject, "Grüße\n.dot\n", "<p>Grüße</p>"),
            "headers": {},
        }
        return Envelope(**(fields | changes))

    return make
